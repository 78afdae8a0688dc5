"""Assessments to decide on: a builder, so that a test names only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from quake.schema import Assessment

ORIGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)
ASSESSMENT = Assessment(
    quake_id="q20260301-abcdefgh",
    revision=1,
    role="champion",
    model_version="7",
    status="active",
    superseded_by=None,
    sequence=100,
    processed_sequence=1,
    assessed_at=ORIGIN + timedelta(minutes=10),
    origin_time=ORIGIN,
    latitude=40.0,
    longitude=30.0,
    depth_km=10.0,
    magnitude=6.4,
    magnitude_type="mww",
    review_status="automatic",
    event_type="earthquake",
    place="12 km S of Bolu, Turkey",
    source="usgs",
    source_event_id="us1",
    reports=1,
    region="r150",
    intensity=7.1,
    intensity_low=6.2,
    intensity_high=8.0,
    people_mmi6=123_456,
    fatalities_low=1.0,
    fatalities=12.0,
    fatalities_high=80.0,
    alert_level="yellow",
    forecast_level=2,
    probability=0.061,
    baseline_probability=0.0012,
    gain=51.0,
    forecast=(),
    mode="live",
    hindsight=False,
)


@pytest.fixture
def assessed():
    """Revision `revision` of an earthquake, received ten minutes after the one before, with `changes`."""

    def build(revision=1, **changes):
        at = ORIGIN + timedelta(minutes=10 * revision)
        return replace(ASSESSMENT, **{"revision": revision, "assessed_at": at, "sequence": 100 * revision} | changes)

    return build
