"""Smoothed seismicity: rates are kept, no edge of the map matters, discs are discs."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from quake.geo import EARTH_RADIUS_KM
from quake.smoothed import RateGrid, rate_within, scaled_rate, smoothed_rate

UNIFORM = RateGrid(np.diff(np.sin(np.radians(np.arange(-90, 91))))[:, None].repeat(360, 1), 5.0, 1.0)


def cluster(latitude: float, longitude: float, count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    north = np.clip(latitude + rng.normal(0, 0.1, count), -90, 90)
    east = longitude + rng.normal(0, 0.1, count) / max(0.05, np.cos(np.radians(latitude)))
    return north, (east + 180) % 360 - 180


@settings(deadline=None)
@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(100, 600))
def test_a_disc_holds_its_share_of_an_even_world(latitude: float, longitude: float, radius_km: float) -> None:
    """The area of a spherical cap is 2 pi R^2 (1 - cos(r / R)): Archimedes; 10 % is the coarseness of subcells from 100 km on."""
    share = (1 - np.cos(radius_km / EARTH_RADIUS_KM)) / 2 * UNIFORM.rates.sum()
    assert rate_within(UNIFORM, latitude, longitude, radius_km) == pytest.approx(share, rel=0.1)


@pytest.mark.parametrize("latitude, longitude", [(10, 20), (0, 180), (89.8, 0), (-89.8, 120), (52, -179.95)])
def test_every_earthquake_is_counted_once(latitude: float, longitude: float) -> None:
    grid = smoothed_rate(*cluster(latitude, longitude), years=4, mc=4.0, b_value=1.0)
    assert grid.rates.sum() == pytest.approx(100)
    assert (grid.rates > 0).all()
    assert rate_within(grid, latitude, longitude, 300) == pytest.approx(98, abs=2)


def test_the_date_line_is_no_border() -> None:
    """The same cluster seen from a degree-aligned rotation of the Earth has the same rates."""
    inland, at_line = (smoothed_rate(*cluster(40.5, east), 1, 4, 1) for east in (0.5, 179.5))
    assert rate_within(inland, 40.5, 1.2, 100) == pytest.approx(rate_within(at_line, 40.5, -179.8, 100), rel=0.02)


def test_weights_decluster() -> None:
    latitude, longitude = cluster(10, 20)
    half = smoothed_rate(latitude, longitude, 1, 4, 1, weights=np.full(len(latitude), 0.5))
    assert half.rates.sum() == pytest.approx(len(latitude) / 2)


def test_one_unit_of_magnitude_is_ten_times_rarer() -> None:
    """Gutenberg-Richter with b = 1."""
    assert scaled_rate(30.0, 4.0, 5.0, 1.0) == pytest.approx(3.0)


def test_too_few_earthquakes_are_refused() -> None:
    with pytest.raises(ValueError, match="more than 8"):
        smoothed_rate([1.0], [1.0], 1, 4, 1)
