"""Every named answer of `quake/sql`, on every warehouse: on an empty one, and on a small one whose answers are known."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from quake.adapters.sql import answer, meaning, names
from quake.adapters.warehouse.dialect import translate
from quake.schema import Alert, Assessment, EventReport, as_record, from_record

START = datetime(2023, 2, 6, 1, 17, 34, tzinfo=UTC)
PARAMETERS = {
    "after": 0,
    "as_of": START + timedelta(days=1),
    "epoch": "one",
    "limit": 100,
    "quake_id": "a",
    "seq": 0,
    "since": START - timedelta(days=1),
}


def minutes(number: float) -> datetime:
    return START + timedelta(minutes=number)


@pytest.fixture
def filled(warehouse, row):
    """Two earthquakes in four revisions, one withdrawn; two agencies; three alerts in two epochs; three dead letters."""

    def assessment(quake_id: str, revision: int, at: float, **given: object) -> Assessment:
        base = {
            "quake_id": quake_id,
            "revision": revision,
            "role": "champion",
            "status": "active",
            "origin_time": START,
        }
        return row("assessments", **base | {"assessed_at": minutes(at), "place": f"{quake_id}{revision}"} | given)

    def report(source: str, identifier: str, revision: int, processed: int, **given: object) -> EventReport:
        base = {"source": source, "source_event_id": identifier, "source_revision": revision, "origin_time": START}
        base |= {"processed_sequence": processed, "ingested_at": minutes(processed), "quake_id": "a", "kind": "create"}
        return row("event_reports", **base | {"magnitude": 5.0, "magnitude_type": "mb"} | given)

    def alert(epoch: str, seq: int, at: float) -> Alert:
        return row("alerts", epoch=epoch, seq=seq, quake_id=epoch, alert_number=seq, sent_at=minutes(at))

    rows = [
        assessment("a", 1, 1),
        assessment("a", 2, 10),
        assessment("a", 2, 11, role="challenger", place="never shown"),
        assessment("b", 1, 5, forecast=()),
        assessment("b", 2, 20, status="withdrawn"),
        assessment("old", 1, 1, origin_time=START - timedelta(days=9)),
        report("usgs", "us1", 1, 2),
        report("usgs", "us1", 2, 4, magnitude=5.4, magnitude_type="mww", kind="update"),
        report("usgs", "us2", 1, 6, quake_id="b"),
        report("usgs", "us2", 2, 7, quake_id="b", kind="delete", magnitude=None, magnitude_type=None),
        report("emsc", "em1", 1, 1, magnitude_type="mww"),
        alert("one", 1, 1),
        alert("one", 2, 2),
        alert("two", 1, 3),
        row("dead_letters", source="usgs", reason="no id", payload_hash="x", received_at=minutes(1)),
        row("dead_letters", source="usgs", reason="no id", payload_hash="y", received_at=minutes(2)),
        row("dead_letters", source="emsc", reason="no time", payload_hash="x", received_at=minutes(3)),
    ]
    assert warehouse.insert(rows) == len(rows)
    return lambda name, **given: warehouse.query(answer(name), PARAMETERS | given).to_pylist()


@pytest.mark.parametrize("name", names())
def test_every_answer_runs_on_an_empty_warehouse(warehouse, name):
    values = {parameter: PARAMETERS.get(parameter) for parameter in translate(answer(name)).parameters}
    expected = 1 if meaning(name).startswith("The one row is ") else 0
    assert warehouse.query(answer(name), values).num_rows == expected


@pytest.mark.parametrize("name", names())
def test_every_answer_says_what_a_row_is(name):
    assert meaning(name).startswith(("A row is ", "The one row is ")) and meaning(name).endswith(".")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("events_latest", Assessment),
        ("events_as_known_at", Assessment),
        ("assessments_of", Assessment),
        ("alerts_since", Alert),
        ("alerts_latest", Alert),
        ("reports_of", EventReport),
        ("state_reports", EventReport),
    ],
)
def test_answers_that_are_whole_rows_have_every_column(filled, name, kind):
    found = filled(name)
    assert found
    for record in found:
        assert list(record) == [field.name for field in fields(kind)]
        assert as_record(from_record(kind, record)) == record


def test_events_latest_shows_what_still_stands(filled):
    assert [event["place"] for event in filled("events_latest")] == ["a2"]
    assert [event["place"] for event in filled("events_latest", since=START - timedelta(days=10))] == ["a2", "old1"]


@pytest.mark.parametrize(
    ("at", "known"),
    [(0, []), (1, ["a1", "old1"]), (5, ["a1", "b1", "old1"]), (10, ["a2", "b1", "old1"]), (20, ["a2", "old1"])],
)
def test_events_as_known_at_a_time_forget_what_came_later(filled, at, known):
    assert [event["place"] for event in filled("events_as_known_at", as_of=minutes(at))] == known


def test_assessments_of_one_earthquake_in_order(filled):
    found = [(row["revision"], row["role"]) for row in filled("assessments_of", quake_id="a")]
    assert found == [(1, "champion"), (2, "challenger"), (2, "champion")]


def test_alerts_since_a_place_in_an_epoch(filled):
    assert [alert["seq"] for alert in filled("alerts_since")] == [1, 2]
    assert [alert["seq"] for alert in filled("alerts_since", seq=1)] == [2]
    assert [alert["seq"] for alert in filled("alerts_since", limit=1)] == [1]
    assert filled("alerts_since", epoch="unknown") == []


def test_alerts_latest_and_the_end_of_the_log(filled):
    assert [(alert["epoch"], alert["seq"]) for alert in filled("alerts_latest", limit=2)] == [("two", 1), ("one", 2)]
    ends = [(end["epoch"], end["last_seq"], end["messages"]) for end in filled("alert_log_end")]
    assert ends == [("two", 1, 1), ("one", 2, 2)]


def test_reports_in_the_engines_order(filled):
    assert [report["processed_sequence"] for report in filled("reports_of", quake_id="a")] == [1, 2, 4]
    assert [report["processed_sequence"] for report in filled("state_reports", after=2)] == [4, 6, 7]


def test_magnitude_types_are_counted(filled):
    found = [(row["magnitude_type"], row["reports"], row["earthquakes"]) for row in filled("magnitude_types")]
    assert found == [("mb", 2, 2), ("mww", 2, 1), (None, 1, 1)]


def test_revisions_by_source(filled):
    emsc, usgs = filled("revisions_by_source")
    assert (emsc["source"], emsc["earthquakes"], emsc["reports"], emsc["withdrawn_share"]) == ("emsc", 1, 1, 0)
    assert usgs == {
        "source": "usgs",
        "earthquakes": 2,
        "reports": 4,
        "mean_revisions": 2.0,
        "most_revisions": 2,
        "withdrawn_share": 0.5,
        "magnitude_changed_share": 0.5,
    }


def test_dead_letters_by_reason(filled):
    first, second = filled("dead_letters_by_reason")
    assert (first["reason"], first["messages"], first["last_received_at"]) == ("no id", 2, minutes(2))
    assert (second["source"], second["messages"]) == ("emsc", 1)


def test_forecast_of_one_earthquake_is_a_row_an_exceedance(filled):
    found = filled("forecast_of", quake_id="a")
    assert [(row["horizon_days"], row["magnitude_min"]) for row in found] == [
        (days, magnitude) for days in (1, 7, 30) for magnitude in (4.0, 5.0)
    ]
    assert {row["revision"] for row in found} == {2}


def test_feed_latency_is_from_origin_to_the_first_report(filled):
    emsc, usgs = filled("feed_latency")
    assert (emsc["earthquakes"], emsc["median_minutes"]) == (1, 1.0)
    assert (usgs["earthquakes"], usgs["longest_minutes"]) == (2, 6.0)
    assert 2.0 <= usgs["median_minutes"] <= usgs["p90_minutes"] <= 6.0
