"""The world as the service loads it: the committed tables and the gazetteer."""

import numpy as np
import pytest

from quake.adapters.places import Atlas, load_atlas
from quake.impact import assess_impact
from quake.intensity_regime import regime_at


@pytest.fixture(name="atlas", scope="module")
def _atlas() -> Atlas:
    return load_atlas()


def test_every_place_of_the_gazetteer_is_there_and_sorted(atlas: Atlas) -> None:
    places = atlas.places
    assert len(places.latitude) == 155_210
    assert (np.diff(places.latitude) >= 0).all()
    assert np.isfinite(places.people).all() and (places.people >= 0).all()


def test_the_world_counts_some_seven_and_a_half_billion(atlas: Atlas) -> None:
    """World Bank: 7.59 billion in 2018, the year of the national figures."""
    assert atlas.places.people.sum() == pytest.approx(7.59e9, rel=0.03)


def test_one_country_only_has_places_but_no_coefficients(atlas: Atlas) -> None:
    """Kosovo: USGS gives none."""
    unknown = np.isnan(atlas.coefficients.theta[atlas.places.country])
    assert set(atlas.places.names[unknown]) >= {"Pristina"}
    assert unknown.sum() == 58


@pytest.mark.parametrize(
    ("name", "latitude", "longitude", "regime"),
    [
        ("Ridgecrest", 35.77, -117.60, "active"),
        ("Mineral, Virginia", 37.91, -77.94, "stable"),
        ("Off Tohoku", 38.30, 142.37, "subduction"),
        ("Date line, Tonga trench", -20.0, -174.0, "subduction"),
        ("North pole", 90.0, 180.0, "stable"),
    ],
)
def test_regimes_lie_where_they_belong(atlas: Atlas, name: str, latitude: float, longitude: float, regime: str) -> None:
    assert regime_at(atlas.regimes, latitude, longitude) == regime, name


def test_a_place_that_felt_it_is_named(atlas: Atlas) -> None:
    impact = assess_impact(37.226, 37.014, 10.0, 7.8, atlas.places, atlas.coefficients)
    assert {"Gaziantep", "Nurdağı"} & {town.name for town in impact.cities}
    assert impact.people_mmi6 > 5_000_000


def test_coefficients_are_those_of_the_file(atlas: Atlas) -> None:
    """First model of fatality.xml, esi-utils-pager 1.1.19."""
    kabul = atlas.places.country[np.flatnonzero(atlas.places.names == "Kabul")[0]]
    found = [float(column[kabul]) for column in (atlas.coefficients.theta, atlas.coefficients.beta)]
    assert found == [11.613073, 0.180683]
