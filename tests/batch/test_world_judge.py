"""The score of the world: intensities are the served ones, and the number promised is the blend's."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from batch.world_judge import DRAWS, QUARTER_DAYS, judge, models_of, normal_intensity, region_part
from quake.catalog import DAY_S
from quake.etas_parameters import CALIFORNIA, ENDLESS
from quake.etas_world import EPOCH, World
from quake.geo import EARTH_RADIUS_KM
from quake.quakes import Quakes
from quake.regions import COUNT, blend_weights, region_id, region_index
from quake.smoothed import smoothed_rate

FRACTIONS = ((4.5, 1.0), (5.0, 0.3), (6.0, 0.03))
MODEL = replace(CALIFORNIA, mc=4.5, area_km2=9.0e6, mu=0.5, deep_time=0.1, deep_space=0.1, fractions=FRACTIONS)
TEST = (150.0, 250.0)


@pytest.fixture(scope="module", name="quakes")
def _quakes() -> Quakes:
    """A hundred earthquakes off Japan, one of them beyond its regions, every second large enough to be scored."""
    rng = np.random.default_rng(6)
    latitude, longitude = 36 + rng.normal(0, 1, 100), 140 + rng.normal(0, 1, 100)
    latitude[50] = -36
    return Quakes(
        DAY_S * np.sort(rng.uniform(0, 250, 100)),
        latitude,
        longitude,
        np.tile([4.6, 5.1], 50),
        rng.uniform(0, 200, 100),
    )


def test_intensities_are_those_of_the_served_world(quakes: Quakes) -> None:
    chosen = np.flatnonzero((quakes.days >= TEST[0]) & (quakes.magnitude >= 5))
    targets = quakes.only(chosen)
    blends = [blend_weights(*place) for place in zip(targets.latitude.tolist(), targets.longitude.tolist())]
    total = np.zeros(len(chosen))
    for region, model in models_of({}, MODEL, COUNT).items():
        total += region_part(quakes, region, model, (targets, blends), TEST, np.random.default_rng(1))[0]
    for row in (0, len(chosen) // 2, len(chosen) - 1):
        world, known = World({}, MODEL), quakes.only(slice(0, chosen[row]))
        world.observe_all(known.days, known.latitude, known.longitude, known.magnitude, known.depth_km)
        when = EPOCH + timedelta(days=float(targets.days[row]))
        served = world.intensity(float(targets.latitude[row]), float(targets.longitude[row]), when, 5.0)
        assert total[row] == pytest.approx(served, rel=1e-5)


def test_without_triggering_a_region_promises_its_rate_where_it_has_a_say(quakes: Quakes) -> None:
    """An even background: mu times the days times the share of M >= 5 times the mean weight over the region's area."""
    quiet = replace(MODEL, weights=(0.0,) * 10, near=0.0, far=0.0, background=1e6)
    region, draws = region_id(140), []
    for seed in range(40):
        promise = region_part(quakes, region, quiet, (quakes, [{}] * 100), TEST, np.random.default_rng(seed))[1]
        draws.append(promise.expected.sum())
    whole = quiet.mu * (TEST[1] - TEST[0]) * 0.3
    covered = 4 * np.pi * EARTH_RADIUS_KM**2 / COUNT / quiet.area_km2
    assert np.mean(draws) == pytest.approx(whole * covered, rel=0.25)


def test_a_place_off_the_plane_is_promised_to_nobody(quakes: Quakes) -> None:
    """Kernels without an end and with a heavy tail put many a place further away than the Earth is wide."""
    wide = replace(MODEL, rho=0.05, reach=ENDLESS, background=1e-3, near=0.0, far=0.0, steady=0.0)
    region = region_id(region_index(next(iter(blend_weights(36.0, 140.0)))))
    rng = np.random.default_rng(1)
    promise = region_part(quakes, region, wide, (quakes, [{}] * 100), TEST, rng)[1]
    quarters = int(np.ceil((TEST[1] - TEST[0]) / QUARTER_DAYS))
    assert 0 < len(promise.latitude) < 0.9 * quarters * DRAWS
    assert np.isfinite(promise.latitude).all() and np.isfinite(promise.longitude).all()


def test_a_gain_is_counted_by_setting(quakes: Quakes) -> None:
    grid = smoothed_rate(quakes.latitude, quakes.longitude, 0.7, 5.0, 1.0)
    result = judge(quakes, models_of({}, MODEL, COUNT), grid, TEST, 1)
    assert result["events"] == sum(part["events"] for part in result["by_setting"].values())
    assert result["gain_ci95"][0] <= result["gain"] <= result["gain_ci95"][1]
    parts = result["by_setting"].values()
    assert sum(part["expected"] for part in parts) <= result["expected"]


def test_the_normal_intensity_is_the_cells_rate_over_its_area() -> None:
    grid = smoothed_rate(np.linspace(30, 40, 50), np.linspace(130, 140, 50), 10.0, 5.0, 1.0)
    rate = grid.rates[126, 316] / 365.25
    area = EARTH_RADIUS_KM**2 * (np.sin(np.radians(37)) - np.sin(np.radians(36))) * np.radians(1)
    assert normal_intensity(grid, np.array([36.5]), np.array([136.5]))[0] == pytest.approx(rate / area)
