"""What the worker is built of."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from quake.adapters.history import CATALOGUE, SCHEMA, write_history
from quake.adapters.history import load_world_history
from quake.adapters.storage import open_storage
from quake.magnitude import DEFAULT
from quake.risk import NO_IMPACT
from quake.adapters.report_impact import expected_magnitude
from streaming.score import impact_of_event

UNTIL = datetime(2023, 2, 6, tzinfo=UTC)


def test_leakage_the_engine_knows_only_what_lies_before_the_replay(tmp_path):
    """Rows a second before the replay's start and at it: only the first is known."""
    storage = open_storage(f"file://{tmp_path}")
    before = [utc_at(UNTIL.timestamp() + offset) for offset in (-9000 * 86_400, -1, 0, 1)]
    rows = [
        {"source": "usgs", "source_event_id": f"us{n}", "origin_time": at, "latitude": 1.0, "longitude": 2.0}
        | {"depth_km": 10.0, "magnitude": 5.0, "magnitude_type": "mb", "place": ""}
        for n, at in enumerate(before)
    ]
    write_history(storage, CATALOGUE, pa.Table.from_pylist(rows, schema=SCHEMA), UNTIL, {})
    known = load_world_history(storage, end=UNTIL)
    assert known["ids"].tolist() == ["us0", "us1"] and known["ids"].dtype.kind == "U"
    assert (known["origin_s"] < UNTIL.timestamp()).all() and known["magnitude"].dtype == np.float64


def utc_at(seconds: float) -> datetime:
    """A time from seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


def test_an_automatic_magnitude_widens_the_impact_and_a_reviewed_one_stays(report):
    event = report(0, magnitude=7.0)
    reviewed = replace(event, review_status="reviewed")
    assert expected_magnitude(DEFAULT, reviewed) == (7.0, 0.0)
    assert expected_magnitude(DEFAULT, event)[1] > 0
    automatic, settled = (impact_of_event(DEFAULT, item) for item in (event, reviewed))
    assert automatic.alert_level in ("yellow", "orange", "red") and automatic.people_mmi6 > 100_000
    assert automatic.intensity_high - automatic.intensity_low > settled.intensity_high - settled.intensity_low


@pytest.mark.parametrize("changed", [{"magnitude": None}, {"event_type": "quarry blast"}])
def test_blasts_and_unknown_magnitudes_have_no_impact(report, changed):
    assert impact_of_event(DEFAULT, report(0, **changed)) is NO_IMPACT
