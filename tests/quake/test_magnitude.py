"""The magnitude after review: what the models answer, whatever they were fitted on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quake.event import SeismicEvent
from quake.magnitude import (
    EmpiricalInterval,
    FirstReport,
    LinearQuantiles,
    as_arrays,
    family,
    features,
    first_report,
    from_arrays,
)

ORIGIN = datetime(2025, 5, 4, 12, 0, tzinfo=UTC)
REPORT = FirstReport(
    magnitude=5.4,
    magnitude_type="mb",
    network="us",
    automatic=True,
    minutes_since_origin=12.0,
    latitude=31.6,
    longitude=-104.5,
    depth_km=7.5,
    nst=60,
    gap_deg=40.0,
    dmin_deg=0.1,
    rms_s=0.6,
)
INTERVAL = EmpiricalInterval(("mb 4.5+", "all"), np.array([-0.1, -0.3]), np.array([0.2, -0.05]))


def test_first_report_keeps_what_the_agency_said() -> None:
    event = SeismicEvent(
        source="usgs",
        source_event_id="tx1",
        origin_time=ORIGIN,
        updated_at=ORIGIN,
        latitude=31.6,
        longitude=-104.5,
        depth_km=7.5,
        magnitude=5.4,
        magnitude_type="mb",
        network="us",
        nst=60,
        gap_deg=40.0,
        dmin_deg=0.1,
        rms_s=0.6,
    )
    assert first_report(event, ORIGIN + timedelta(minutes=12)) == REPORT
    assert first_report(replace(event, magnitude=None), ORIGIN) is None


def test_the_first_value_stays_within_its_groups_interval() -> None:
    assert INTERVAL.predict(REPORT) == pytest.approx((5.3, 5.4, 5.6))


def test_another_kind_of_report_takes_the_interval_of_all_and_still_holds_the_first_value() -> None:
    assert INTERVAL.predict(replace(REPORT, magnitude_type="ml")) == pytest.approx((5.1, 5.4, 5.4))


def test_sigma_is_that_of_the_normal_with_the_same_range() -> None:
    """80 % of a normal distribution lies within 1.2816 standard deviations."""
    assert INTERVAL.predict(REPORT).sigma == pytest.approx(0.3 / (2 * 1.2816), rel=1e-4)


@given(
    st.floats(-1, 9.5),
    st.sampled_from(["ml", "mb", "mww", "Mwr", "md", None, "strange"]),
    st.none() | st.integers(0, 500),
    st.none() | st.floats(0, 360),
    st.floats(-10, 1e6),
)
def test_quantiles_never_cross_and_features_are_finite(
    magnitude: float, kind: str | None, nst: int | None, gap: float | None, minutes: float
) -> None:
    report = replace(
        REPORT, magnitude=magnitude, magnitude_type=kind, nst=nst, gap_deg=gap, minutes_since_origin=minutes
    )
    columns = features(report)
    assert np.isfinite(columns).all() and columns.shape == features(REPORT).shape
    wild = LinearQuantiles(np.random.default_rng(1).normal(size=(3, len(columns))), -0.4)
    low, median, high = wild.predict(report)
    assert low <= median <= high


@pytest.mark.parametrize(
    ("kind", "expected"), [("Mwr", "mw"), ("ML", "ml"), ("mb_lg", "mb"), (None, "other"), ("m", "other")]
)
def test_family_reads_usgs_and_emsc_types(kind: str | None, expected: str) -> None:
    assert family(kind) == expected


@pytest.mark.parametrize("model", [INTERVAL, LinearQuantiles(np.full((3, 20), 0.01), 0.1)])
def test_models_survive_the_round_trip(model: EmpiricalInterval | LinearQuantiles) -> None:
    assert from_arrays(as_arrays(model)).predict(REPORT) == model.predict(REPORT)


def test_other_arrays_are_refused() -> None:
    with pytest.raises(ValueError, match="no magnitude model"):
        from_arrays({"weights": np.zeros(3)})
