"""Properties of the blend that the service uses, whatever the equations say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quake.intensity import REGIMES, epicentral_intensity, intensity_at
from quake.intensity_rupture import joyner_boore_km
from quake.regions import rupture_length_km

REGIME = st.sampled_from(sorted(REGIMES))
MAGNITUDE = st.floats(1.0, 9.6)
DEPTH = st.floats(-3.0, 700.0)
DISTANCES = np.array([0.0, 3.0, 10.0, 30.0, 49.0, 51.0, 100.0, 300.0, 1000.0, 5000.0])


@given(MAGNITUDE, MAGNITUDE, DEPTH, REGIME)
def test_a_larger_magnitude_never_lowers_intensity(one: float, other: float, depth: float, regime: str) -> None:
    smaller, larger = sorted([one, other])
    below, _ = intensity_at(smaller, depth, DISTANCES, regime)
    above, _ = intensity_at(larger, depth, DISTANCES, regime)
    assert (above >= below - 1e-9).all()


def test_great_interface_earthquakes_do_not_shake_less_the_greater_they_are() -> None:
    """Allen et al.'s equation alone would fall here."""
    found = [epicentral_intensity(magnitude, 40.0, "subduction").median for magnitude in np.arange(8.2, 9.6, 0.1)]
    assert (np.diff(found) >= -1e-9).all()


@pytest.mark.parametrize(
    ("ratio", "mean", "deviation"), [(0.3, 0.2029, 0.0875), (1, 0.7688, 0.2235), (5, 4.698, 0.2545)]
)
def test_distance_to_a_rupture_of_unknown_strike(ratio: float, mean: float, deviation: float) -> None:
    """In rupture lengths; by 400,000 random straight ruptures through the epicentre (Monte Carlo)."""
    length = rupture_length_km(7.5)
    found_mean, found_deviation = joyner_boore_km(7.5, np.array([ratio * length]))
    assert found_mean[0] / length == pytest.approx(mean, rel=0.01)
    assert found_deviation[0] / length == pytest.approx(deviation, rel=0.02)


@given(MAGNITUDE, DEPTH, st.sampled_from(["active", "subduction"]))
def test_distance_never_raises_intensity(magnitude: float, depth: float, regime: str) -> None:
    median, sigma = intensity_at(magnitude, depth, np.linspace(0, 2000, 400), regime)
    assert (np.diff(median) <= 0.02).all()
    assert (sigma > 0.3).all() and (sigma < 2.5).all()


@given(MAGNITUDE, st.floats(0.0, 699.0), REGIME)
def test_depth_makes_no_jump(magnitude: float, depth: float, regime: str) -> None:
    here, _ = intensity_at(magnitude, depth, DISTANCES, regime)
    deeper, _ = intensity_at(magnitude, depth + 0.01, DISTANCES, regime)
    assert np.abs(here - deeper).max() < 0.02


def test_epicentral_intensity_carries_its_quantiles() -> None:
    found = epicentral_intensity(6.0, 12.0)
    assert found.low < found.median < found.high
    assert found.high - found.median == pytest.approx(found.median - found.low)


def test_unknown_depth_is_taken_as_ten_kilometres() -> None:
    assert epicentral_intensity(5.0, None) == epicentral_intensity(5.0, 10.0)


def test_unknown_regime_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="known: active, stable, subduction"):
        epicentral_intensity(5.0, 10.0, "volcanic")


@pytest.mark.parametrize(
    ("name", "magnitude", "depth", "regime", "reported"),
    [
        ("Ridgecrest 2019", 7.1, 8.0, "active", 9.0),
        ("Northridge 1994", 6.7, 18.2, "active", 9.0),
        ("South Napa 2014", 6.0, 11.1, "active", 8.0),
        ("La Habra 2014", 5.1, 5.0, "active", 6.5),
        ("Mineral, Virginia 2011", 5.8, 6.0, "stable", 7.5),
        ("Sea of Okhotsk 2013", 8.3, 598.0, "subduction", 5.0),
    ],
)
def test_epicentral_intensity_is_within_one_and_a_half_of_shakemap(
    name: str, magnitude: float, depth: float, regime: str, reported: float
) -> None:
    """Maximum MMI of the USGS ShakeMap of each earthquake, to the half unit."""
    assert epicentral_intensity(magnitude, depth, regime).median == pytest.approx(reported, abs=1.5), name
