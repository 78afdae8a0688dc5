"""Distances against published city pairs and invariants."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quake.geo import cell_centre, cell_id, destination, distance_km, place_distance_km, wrap_longitude

LATITUDE = st.floats(-90, 90)
LONGITUDE = st.floats(-180, 179.999)


def test_distance_matches_the_great_circle_of_a_quarter_meridian():
    assert distance_km(0, 0, 90, 0) == pytest.approx(6371.0 * np.pi / 2)


def test_distance_of_nashville_and_los_angeles_airports():
    """36.12 N 86.67 W to 33.94 N 118.40 W: 2886.44 km with R = 6371 (rosettacode.org, Haversine formula: 2887.26
    with R = 6372.8)."""
    assert distance_km(36.12, -86.67, 33.94, -118.40) == pytest.approx(2887.2599506 * 6371.0 / 6372.8, abs=1e-4)


@given(LATITUDE, LONGITUDE, LATITUDE, LONGITUDE)
def test_distance_is_symmetric_and_blind_to_full_turns(a, b, c, d):
    there, back = distance_km(a, b, c, d), distance_km(c, d, a, b)
    assert there == pytest.approx(back, abs=1e-6)
    assert there == pytest.approx(distance_km(a, b + 360, c, d), abs=1e-4)


@given(LATITUDE, LONGITUDE, LATITUDE, LONGITUDE)
def test_distance_of_two_places_is_that_of_arrays(a, b, c, d):
    assert place_distance_km(a, b, c, d) == pytest.approx(float(distance_km(a, b, c, d)), abs=1e-4)


@given(st.floats(-89, 89), LONGITUDE, st.floats(0, 360), st.floats(1, 5000))
def test_destination_lies_at_its_distance(latitude, longitude, bearing, distance):
    there = destination(latitude, longitude, bearing, distance)
    assert distance_km(latitude, longitude, *there) == pytest.approx(distance, rel=1e-6, abs=1e-3)


@given(st.floats(-1e4, 1e4))
def test_wrapped_longitude_is_the_same_meridian(longitude):
    wrapped = wrap_longitude(longitude)
    assert -180 <= wrapped < 180
    assert np.cos(np.radians(wrapped)) == pytest.approx(np.cos(np.radians(longitude)), abs=1e-9)


@given(LATITUDE, LONGITUDE)
def test_a_cells_centre_is_in_that_cell_and_near(latitude, longitude):
    centre = cell_centre(cell_id(latitude, longitude))
    assert cell_id(*centre) == cell_id(latitude, longitude)
    assert abs(centre[0] - latitude) <= 0.5 + 1e-9 and abs(centre[1] - longitude) <= 0.5 + 1e-9


@pytest.mark.parametrize(
    "point, name", [((38, 37), "N38.5E37.5"), ((-0.1, -0.1), "S0.5W0.5"), ((90, 180), "N89.5W179.5")]
)
def test_cell_names(point, name):
    assert cell_id(*point) == name
