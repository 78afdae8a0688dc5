"""People at each intensity, on a small hand-made world."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quake.exposure import Places, expose, people_by_intensity, places_from, places_within, spread_population, towns
from quake.geo import destination, distance_km
from quake.intensity import intensity_at


@pytest.fixture(name="world")
def _world() -> Places:
    """A city at the epicentre's side, villages around it, and one country of unknown population beyond the sea."""
    around = [destination(40.0, 30.0, bearing, 25.0) for bearing in range(0, 360, 30)]
    latitude = [40.05, *(point[0] for point in around), -20.0, 60.0]
    longitude = [30.05, *(point[1] for point in around), 179.9, -30.0]
    population = [500_000, *[2_000] * 12, 70_000, 0]
    names = ["City", *(f"Village {number}" for number in range(12)), "Far", "Nowhere"]
    return places_from(latitude, longitude, population, [0] * 13 + [1, 1], names, [1_000_000.0, np.nan])


def test_every_country_counts_its_national_population(world: Places) -> None:
    assert world.people[world.country == 0].sum() == pytest.approx(1_000_000)
    assert world.people[world.country == 1].sum() == 70_000


def test_a_list_that_counts_too_many_shrinks() -> None:
    people = spread_population(np.array([600.0, 900.0]), np.array([0, 0]), np.array([1000.0]))
    assert people == pytest.approx([400.0, 600.0])


def test_places_within_agrees_with_the_haversine_across_the_date_line_and_the_pole(world: Places) -> None:
    for latitude, longitude, radius in [(-20.0, -179.9, 100.0), (89.9, 120.0, 3400.0), (40.0, 30.0, 30.0)]:
        expected = distance_km(world.latitude, world.longitude, latitude, longitude)
        index, distance = places_within(world, latitude, longitude, radius)
        assert set(index) == set(np.flatnonzero(expected <= radius))
        assert distance == pytest.approx(expected[index], abs=1e-6)


def test_interpolated_intensity_is_that_of_the_equations(world: Places) -> None:
    exposure = expose(world, 40.0, 30.0, 10.0, 6.3, "active")
    median, sigma = intensity_at(6.3, 10.0, exposure.distance_km)
    assert len(exposure.index) == 13
    assert exposure.intensity == pytest.approx(median, abs=0.01)
    assert exposure.sigma == pytest.approx(sigma, abs=0.01)


def test_a_quake_that_reaches_no_place_exposes_nobody(world: Places) -> None:
    exposure = expose(world, 0.0, -150.0, 10.0, 7.0, "active")
    assert people_by_intensity(world, exposure).sum() == 0
    assert not towns(world, exposure)


@given(st.floats(3.0, 8.5), st.floats(0.0, 1.0))
def test_people_never_fall_with_magnitude(magnitude: float, more: float) -> None:
    latitude = np.linspace(38, 42, 50)
    places = places_from(latitude, np.full(50, 30.0), np.full(50, 1000.0), [0] * 50, ["x"] * 50, [np.nan])
    smaller, larger = (
        people_by_intensity(places, expose(places, 40.0, 30.0, 10.0, size, "active"))
        for size in (magnitude, magnitude + more)
    )
    for step in range(10):
        assert larger[step:].sum() >= smaller[step:].sum()


def test_towns_are_the_nearest_and_the_largest_strongest_first(world: Places) -> None:
    found = towns(world, expose(world, 40.0, 30.0, 10.0, 6.3, "active"), limit=4)
    assert found[0].name == "City" and found[0].population == 500_000
    assert len(found) == 4
    assert [town.intensity for town in found] == sorted((town.intensity for town in found), reverse=True)
