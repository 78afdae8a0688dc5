"""The regions cover the Earth, overlap, and blend without a seam."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quake.geo import destination
from quake.regions import (
    COUNT,
    RADIUS_KM,
    blend_weights,
    centre_distances_km,
    centres,
    hearing_regions,
    home_region,
    region_id,
    region_index,
    rupture_length_km,
)

POINTS = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


def test_centres_are_frozen():
    """State and rows hang on these. By hand: -99.5 turns of 222.4922 degrees, asin(199 / 200) = 84.2682."""
    assert centres().shape == (COUNT, 2)
    assert centres()[0].tolist() == pytest.approx([-84.268, -177.9775], abs=1e-4)
    assert centres()[-1].tolist() == pytest.approx([84.268, 177.9775], abs=1e-4)


@given(POINTS)
def test_every_point_is_well_inside_a_region(point):
    assert centre_distances_km(*point).min() < 0.75 * RADIUS_KM


@given(POINTS)
def test_blend_is_a_partition_of_unity_led_by_home(point):
    weights = blend_weights(*point)
    assert sum(weights.values()) == pytest.approx(1)
    assert max(weights, key=weights.get) == home_region(*point)
    assert set(weights) <= set(hearing_regions(*point, magnitude=None))


@pytest.mark.parametrize("start, bearing", [((0, 179.9), 90), ((89.9, 0), 0), ((-89.9, 10), 180), ((40, -125), 90)])
def test_a_walk_has_no_step(start, bearing):
    """Steps of 100 m over 400 km across the date line, both poles and California: no weight moves by 1e-3."""
    before = blend_weights(*start)
    for metres in range(100, 400_000, 100):
        now = blend_weights(*destination(*start, bearing, metres / 1000))
        assert max(abs(now.get(r, 0) - before.get(r, 0)) for r in {*now, *before}) < 1e-3
        before = now


@given(POINTS, st.floats(4, 9))
def test_larger_earthquakes_are_heard_by_at_least_as_many(point, magnitude):
    assert set(hearing_regions(*point, magnitude)) <= set(hearing_regions(*point, magnitude + 0.5))


def test_rupture_length_of_magnitude_seven():
    """Wells and Coppersmith (1994), Table 2A: log10(RLD) = -2.44 + 0.59 * 7 = 1.69 -> 49 km."""
    assert rupture_length_km(7.0) == pytest.approx(48.98, abs=0.01)


def test_region_names_round_trip_and_strangers_are_named():
    assert [region_index(region_id(i)) for i in range(COUNT)] == list(range(COUNT))
    with pytest.raises(ValueError, match="no region 'r200'"):
        region_index("r200")
