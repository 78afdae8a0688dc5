"""Rings of expected intensity: they follow the intensity equations they come from."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboard.rings import WEAKEST, intensity_rings
from quake.intensity import REGIMES, epicentral_intensity, intensity_at


@given(
    magnitude=some.floats(4, 8.5),
    depth_km=some.one_of(some.none(), some.floats(0, 120)),
    regime=some.sampled_from([*REGIMES]),
)
def test_stronger_rings_lie_further_in(magnitude: float, depth_km: float | None, regime: str) -> None:
    rings = intensity_rings(magnitude, depth_km, epicentral_intensity(magnitude, depth_km, regime).median)
    radii = [radius for _, radius in rings]
    assert radii == sorted(radii, reverse=True)


def test_a_ring_lies_where_its_intensity_is_expected() -> None:
    centre = epicentral_intensity(7.0, 10.0).median
    rings = dict(intensity_rings(7.0, 10.0, centre))
    for level in (5, 6):
        (there,), _ = intensity_at(7.0, 10.0, [rings[level]])
        assert there == pytest.approx(level, abs=0.15)


def test_the_setting_is_the_one_that_gives_the_intensity() -> None:
    stable, active = (epicentral_intensity(6.5, 40.0, regime).median for regime in ("stable", "active"))
    assert intensity_rings(6.5, 40.0, stable) != intensity_rings(6.5, 40.0, active)


def test_what_is_hardly_felt_has_no_ring() -> None:
    assert intensity_rings(3.0, 10.0, WEAKEST - 0.1) == ()
