"""What the browser is sent: every change, nothing twice, numbers short."""

from datetime import UTC, datetime

from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from dashboard.compact import ALERT_FIELDS, EVENT_FIELDS, Known, changes, compact_alert, compact_event
from quake.schema import Alert, Assessment, as_record

NOW = datetime(2023, 2, 6, 1, 17, 34, tzinfo=UTC)
ROWS = some.dictionaries(some.text(max_size=2), some.tuples(some.integers(0, 3)))


def as_json(row: object) -> dict[str, Any]:
    record = as_record(row)
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in record.items()}


def assessed(fake: Any, magnitude: float | None) -> dict[str, Any]:
    world = fake.FakeWorld(NOW, 1)
    row = as_json(world.assessments[0])
    unknown = {"magnitude": None, "intensity": None, "depth_km": None}
    return row | (unknown if magnitude is None else as_json_meaning(fake, magnitude))


def as_json_meaning(fake: Any, magnitude: float) -> dict[str, Any]:
    return {name: value for name, value in fake._meaning(magnitude).items() if name != "forecast"}


@given(base=ROWS, now=ROWS)
def test_base_and_changes_make_now(base: dict, now: dict) -> None:
    keyed_base, keyed_now = ({key: (key, *row) for key, row in rows.items()} for rows in (base, now))
    told = changes(Known(keyed_base, {}), Known(keyed_now, {}))
    shown = {key: row for key, row in keyed_base.items() if key not in told.gone} | {row[0]: row for row in told.events}
    assert shown == keyed_now
    assert all(keyed_base.get(row[0]) != row for row in told.events)


@given(now=ROWS)
def test_nothing_new_nothing_sent(now: dict) -> None:
    assert len(changes(Known(now, now), Known(now, now))) == 0


def test_an_event_keeps_its_figures(fake: Any) -> None:
    row = assessed(fake, 7.2)
    values = dict(zip(EVENT_FIELDS, compact_event(row), strict=True))
    assert values["origin_time"] == round(datetime.fromisoformat(row["origin_time"]).timestamp())
    assert (values["magnitude"], values["alert_level"], values["forecast_level"]) == (7.2, "red", 3)
    assert [level for level, _ in values["rings"]] == list(range(4, 4 + len(values["rings"])))


def test_an_event_without_magnitude_has_no_rings(fake: Any) -> None:
    values = dict(zip(EVENT_FIELDS, compact_event(assessed(fake, None)), strict=True))
    assert (values["magnitude"], values["depth_km"], values["rings"]) == (None, None, ())


def test_fields_are_columns_of_the_tables() -> None:
    assert set(EVENT_FIELDS) - set(Assessment.__dataclass_fields__) == {"rings"}
    assert set(ALERT_FIELDS) - set(Alert.__dataclass_fields__) == {"rings"}


def test_an_alert_is_short(fake: Any) -> None:
    alert = fake.FakeWorld(NOW, 0).publish(NOW)
    values = dict(zip(ALERT_FIELDS, compact_alert(as_json(alert)), strict=True))
    assert (values["sent_at"], values["message_type"]) == (round(NOW.timestamp()), "ALERT")
