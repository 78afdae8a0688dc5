"""The forecast model: what it says of a known Earth, and its way into arrays and back."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quake.calibration import Calibration, CalibrationTable
from quake.geo import EARTH_RADIUS_KM
from quake.model import ForecastModel, as_arrays, from_arrays
from quake.seismicity import ReasenbergJones
from quake.smoothed import RateGrid

SPAN = datetime(1973, 1, 1, tzinfo=UTC), datetime(2018, 1, 1, tzinfo=UTC)


def _model(rates: np.ndarray, mc: float = 5.0, b_value: float = 1.0) -> ForecastModel:
    law = ReasenbergJones(-2.3, b_value, 0.08, 1.1)
    return ForecastModel("m1-abc", law, RateGrid(rates, mc, b_value), *SPAN)


def _uniform_earth(a_year: float = 1600.0) -> np.ndarray:
    edges = np.sin(np.radians(np.linspace(-90, 90, 181)))
    return np.repeat(np.diff(edges)[:, None] / 2 / 360 * a_year, 360, axis=1)


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(200, 1000))
def test_uniform_earth_gives_the_cap_its_area(latitude: float, longitude: float, radius_km: float) -> None:
    """The area of a spherical cap over the sphere's is (1 - cos(r / R)) / 2; 3 % is the grid's own coarseness."""
    share = (1 - math.cos(radius_km / EARTH_RADIUS_KM)) / 2
    expected = _model(_uniform_earth()).baseline_expected(latitude, longitude, radius_km, 365.25, 5.0)
    assert expected == pytest.approx(1600 * share, rel=0.03)


@given(st.floats(3, 8), st.floats(0.1, 3), st.floats(0.5, 60))
def test_gutenberg_richter_and_time_scale_the_baseline(magnitude: float, more: float, days: float) -> None:
    model = _model(_uniform_earth(), b_value=0.9)
    here = model.baseline_expected(38, 20, 100, days, magnitude)
    assert model.baseline_expected(38, 20, 100, days, magnitude + more) == pytest.approx(here * 10 ** (-0.9 * more))
    assert model.baseline_expected(38, 20, 100, 2 * days, magnitude) == pytest.approx(2 * here)


def test_arrays_round_trip_to_a_thousandth() -> None:
    rates = 10 ** np.random.default_rng(1).uniform(-7, 1.5, (18, 36))
    model = _model(rates)
    found = from_arrays(as_arrays(model), "m1-abc")
    np.testing.assert_allclose(found.background.rates, rates, rtol=1e-3)
    assert (found.version, found.reasenberg_jones) == (model.version, model.reasenberg_jones)
    assert (found.trained_from, found.trained_to) == SPAN
    assert (found.background.mc, found.background.b_value) == (5.0, 1.0)


def test_the_calibration_travels_with_the_model() -> None:
    curves = ((Calibration(((-3.0, -3.5), (1.0, 0.8))),), (Calibration(),))
    model = replace(_model(np.ones((4, 8))), calibration=CalibrationTable((1, 7), (5.0,), curves))
    assert from_arrays(as_arrays(model), "x").calibration == model.calibration
    assert from_arrays(as_arrays(_model(np.ones((4, 8)))), "x").calibration is None


def test_even_rates_survive() -> None:
    np.testing.assert_allclose(from_arrays(as_arrays(_model(np.ones((4, 8)))), "x").background.rates, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"format": np.array(2)},
        {"background_levels": np.zeros((3, 3), np.uint16)},
        {"background_scale": np.array([np.nan, 1.0])},
        {"trained": np.array(["yesterday", "today"])},
    ],
)
def test_something_else_is_refused(change: dict) -> None:
    with pytest.raises(ValueError):
        from_arrays(as_arrays(_model(np.ones((4, 8)))) | change, "x")


def test_what_is_lacking_is_named() -> None:
    arrays = as_arrays(_model(np.ones((4, 8))))
    del arrays["background_law"]
    with pytest.raises(ValueError, match="background_law"):
        from_arrays(arrays, "x")
