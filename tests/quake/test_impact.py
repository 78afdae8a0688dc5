"""Deaths, colours and the chance of an intensity at a point."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quake.exposure import Exposure, Places, places_from
from quake.fatalities import Coefficients, alert_level, expected_fatalities
from quake.impact import Shock, assess_impact, impacts, intensity_here, probability_of_intensity
from quake.intensity import intensity_at
from quake.levels import LEVELS

TURKEY, UNKNOWN = 0, 1
COEFFICIENTS = Coefficients(*(np.array([value, np.nan]) for value in (11.067352, 0.106337, 1.533271)))
"""Of Turkey, from the fatality.xml of esi-utils-pager 1.1.19, and of a country that has none."""


def _places(country: int, people: float = 100_000.0) -> Places:
    return places_from([40.0, 40.2], [30.0, 30.0], [people] * 2, [country] * 2, ["A", "B"], [np.nan, np.nan])


def _exposure(intensity: float, sigma: float = 0.0) -> Exposure:
    one = np.ones(1)
    return Exposure(np.zeros(1, np.int64), 10 * one, intensity * one, sigma * one, 0 * one)


@pytest.mark.parametrize(("intensity", "one_in"), [(6, 234_339_908), (7, 121_351), (8, 880.29), (9, 38.586)])
def test_fatality_rates_agree_with_usgs(intensity: int, one_in: float) -> None:
    """One death in so many people: esi_utils_pager 1.1.19's own LognormalModel, run with the same coefficients."""
    found = expected_fatalities(_places(TURKEY, 1e9), COEFFICIENTS, _exposure(intensity))
    assert 1e9 / found.median == pytest.approx(one_in, rel=1e-4)


def test_quantiles_spread_by_zeta_when_the_intensity_is_certain() -> None:
    found = expected_fatalities(_places(TURKEY), COEFFICIENTS, _exposure(8.0))
    assert np.log(found.high / found.median) == pytest.approx(1.533271)
    assert np.log(found.median / found.low) == pytest.approx(1.533271)
    wider = expected_fatalities(_places(TURKEY), COEFFICIENTS, _exposure(8.0, sigma=1.0))
    assert wider.high > found.high and wider.low < found.low


@pytest.mark.parametrize(
    ("deaths", "colour"),
    [(0, "green"), (0.99, "green"), (1, "yellow"), (99, "yellow"), (100, "orange"), (999, "orange"), (1000, "red")],
)
def test_colours_change_at_one_a_hundred_and_a_thousand(deaths: float, colour: str) -> None:
    assert alert_level(deaths) == colour


def test_a_country_without_coefficients_is_unknown_never_a_guess() -> None:
    found = assess_impact(40.0, 30.0, 10.0, 7.0, _places(UNKNOWN), COEFFICIENTS)
    assert found.fatalities is None and found.fatalities_low is None and found.fatalities_high is None
    assert found.people_mmi6 > 0 and "deaths unknown" in found.note


def test_unknown_deaths_are_never_green() -> None:
    """Shaken people without coefficients must not read as fewer than one dead; MMI VI opens the alert anyway."""
    alone = assess_impact(40.0, 30.0, 10.0, 6.0, _places(UNKNOWN), COEFFICIENTS)
    assert alone.alert_level == "none" and alone.note == "deaths unknown" and alone.people_mmi6 >= 1000
    assert assess_impact(40.0, 30.0, 10.0, 6.0, _places(TURKEY), COEFFICIENTS).alert_level == "yellow"


def test_beside_an_unknown_country_the_known_deaths_are_the_least_there_can_be() -> None:
    """Half the people in each: yellow and above still hold."""
    mixed = places_from([40.0, 40.2], [30.0, 30.0], [5e6] * 2, [TURKEY, UNKNOWN], ["A", "B"], [np.nan] * 2)
    found = assess_impact(40.0, 30.0, 10.0, 7.8, mixed, COEFFICIENTS)
    assert found.alert_level == "red" and found.fatalities is None
    assert found.note == "automatic, not reviewed; deaths unknown"


def test_a_weakly_shaken_unknown_country_does_not_hide_the_rest() -> None:
    found = assess_impact(40.0, 30.0, 10.0, 4.0, _places(UNKNOWN), COEFFICIENTS)
    assert found.fatalities == 0 and found.note == ""


def test_orange_and_red_say_that_nobody_reviewed_them() -> None:
    found = assess_impact(40.0, 30.0, 10.0, 7.8, _places(TURKEY, 5e6), COEFFICIENTS)
    assert found.alert_level == "red" and found.note == "automatic, not reviewed"
    assert found.fatalities_low < found.fatalities < found.fatalities_high
    assert sum(found.people_mmi[5:]) == found.people_mmi6
    assert found.town_intensity == pytest.approx(max(town.intensity for town in found.cities))


def test_nothing_populated_reached_is_none() -> None:
    found = assess_impact(-40.0, -120.0, 10.0, 7.0, _places(TURKEY), COEFFICIENTS)
    assert found.alert_level == "none" and found.fatalities == 0 and found.town_intensity is None
    assert found.intensity > 7


@given(st.floats(2.0, 9.0), st.floats(0.0, 1.0), st.floats(0.0, 300.0))
def test_a_larger_magnitude_never_lowers_deaths_or_colour(magnitude: float, more: float, depth: float) -> None:
    smaller, larger = (
        assess_impact(40.1, 30.0, depth, size, _places(TURKEY), COEFFICIENTS) for size in (magnitude, magnitude + more)
    )
    assert larger.intensity >= smaller.intensity - 1e-9
    assert LEVELS.index(larger.alert_level) >= LEVELS.index(smaller.alert_level)


def test_an_uncertain_magnitude_widens_every_interval() -> None:
    sure = assess_impact(40.0, 30.0, 10.0, 6.0, _places(TURKEY), COEFFICIENTS)
    unsure = assess_impact(40.0, 30.0, 10.0, 6.0, _places(TURKEY), COEFFICIENTS, magnitude_sigma=0.4)
    assert unsure.intensity == sure.intensity
    assert unsure.intensity_low < sure.intensity_low and unsure.intensity_high > sure.intensity_high
    assert unsure.fatalities_high > sure.fatalities_high


@given(st.floats(3.0, 8.5), st.floats(0.0, 300.0), st.floats(2.0, 9.0), st.floats(0.0, 0.5))
def test_probability_lies_in_its_interval_and_falls_with_the_threshold(
    magnitude: float, distance: float, threshold: float, magnitude_sigma: float
) -> None:
    low, probability, high = probability_of_intensity(
        magnitude, 10.0, [distance], threshold, magnitude_sigma=magnitude_sigma
    )
    _, harder, _ = probability_of_intensity(magnitude, 10.0, [distance], threshold + 0.5)
    assert 0 <= low[0] <= high[0] <= 1
    assert harder[0] <= probability_of_intensity(magnitude, 10.0, [distance], threshold)[1][0]
    assert low[0] - 0.08 <= probability[0] <= high[0] + 0.08


def test_probability_is_a_half_at_the_median() -> None:
    _, probability, _ = probability_of_intensity(
        6.0, 10.0, [0.0], float(intensity_at(6.0, 10.0, [0.0])[0][0]), magnitude_sigma=0.2
    )
    assert probability[0] == pytest.approx(0.5, abs=0.02)


def test_many_in_one_call_are_as_each_alone() -> None:
    rng = np.random.default_rng(1)
    shocks = [
        Shock(40 + rng.normal(), 30 + rng.normal(), depth, magnitude, regime, sigma)
        for depth, magnitude, regime, sigma in zip(
            [None, 10.0, 40.0, 120.0] * 10,
            rng.uniform(3, 8, 40),
            ["active", "stable", "subduction", "subduction"] * 10,
            [0, 0.3] * 20,
        )
    ]
    alone = [
        assess_impact(*shock[:4], _places(TURKEY), COEFFICIENTS, regime=shock.regime, magnitude_sigma=shock[5])
        for shock in shocks
    ]
    assert impacts(shocks, _places(TURKEY), COEFFICIENTS) == alone
    assert len({found.alert_level for found in alone}) > 2


@given(st.floats(3.0, 8.5), st.floats(0.0, 300.0), st.floats(0.0, 0.5))
def test_a_point_is_as_likely_above_its_median_as_below(magnitude: float, distance: float, sigma: float) -> None:
    here = intensity_here(magnitude, 10.0, distance, magnitude_sigma=sigma)
    chances = probability_of_intensity(magnitude, 10.0, [distance], here, magnitude_sigma=sigma)[1]
    if 1 < here.low and here.high < 10:
        assert chances == pytest.approx([0.5, 0.8413, 0.1587], abs=1e-4)
    assert chances[0] == pytest.approx(0.5, abs=1e-9)


def test_the_epicentre_is_where_the_distance_is_zero() -> None:
    found = assess_impact(40.0, 30.0, 12.0, 6.4, _places(TURKEY), COEFFICIENTS, magnitude_sigma=0.2)
    here = intensity_here(6.4, 12.0, 0.0, magnitude_sigma=0.2)
    assert (found.intensity, found.intensity_low, found.intensity_high) == pytest.approx(tuple(here))
