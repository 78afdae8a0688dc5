"""The blended world: no seam anywhere, revisions and withdrawals, snapshots; risk counts against simulation."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quake.etas import RegionState
from quake.etas_parameters import CALIFORNIA
from quake.etas_risk import (
    HORIZONS_DAYS,
    expected_counts,
    first_counts,
    probability,
    pushes_below,
    region_counts,
    region_parts,
    region_share,
)
from quake.etas_share import RADIUS_KM, share_table
from quake.etas_simulate import simulate
from quake.etas_world import World, days_of, fraction_above, project
from quake.geo import destination, distance_km
from quake.regions import blend_weights, centres, region_id
from quake.schema import COUNTS, FIRSTS

MODEL = replace(CALIFORNIA, mc=4.5, area_km2=9.0e6, deep_time=0.1, deep_space=0.1)
START = datetime(2020, 1, 1, tzinfo=timezone.utc)


def world_around(latitude: float, longitude: float, count: int = 150) -> World:
    """A world with one cluster, a M6.5 in its middle."""
    rng, world = np.random.default_rng(2), World({}, MODEL)
    for index in range(count):
        place = destination(latitude, longitude, rng.uniform(0, 360), float(rng.exponential(120)))
        magnitude = 6.5 if index == count // 2 else 4.5 + min(2.0, rng.exponential(0.4))
        world.observe(f"q{index}", START + timedelta(hours=index), *place, magnitude)
    return world


@pytest.mark.parametrize("latitude, longitude", [(36, 140), (52, 179.9), (89.9, 10), (-89.9, -70), (0, -0.1)])
def test_no_seam_on_a_walk(latitude: float, longitude: float) -> None:
    """400 km through the cluster in steps of 20 m: borders, date line and poles leave no step above 1e-3 of their own.

    The intensity itself changes between two steps; twice the step halves that, so the second difference shows seams.
    """
    world, when = world_around(latitude, longitude), START + timedelta(days=10)
    for begin in (-200.0, -40.0, 60.0, 180.0):
        walk = [destination(latitude, longitude, 37.0, begin + 0.02 * step) for step in range(60)]
        values = np.log([world.intensity(*place, when, 4.5) for place in walk])
        assert np.abs(np.diff(values, 2)).max() < 1e-3


def test_no_seam_between_any_two_regions() -> None:
    """Across every cap's edge the weight that ends there is already nothing."""
    for index, (latitude, longitude) in enumerate(centres()[::10]):
        for reach in (1699.9, 1700.1):
            place = destination(float(latitude), float(longitude), 33.0 * index, reach)
            assert blend_weights(*place).get(region_id(10 * index), 0.0) < 1e-6


def test_the_projection_keeps_areas_and_nearly_distances() -> None:
    """Snyder (1987): azimuthal equal-area; at 2,000 km the radius is 2 R sin(c / 2), 0.41 % short."""
    latitude, longitude = (float(value) for value in centres()[120])
    for bearing in (0, 100, 250):
        place = destination(latitude, longitude, bearing, 2000.0)
        x, y = project(region_id(120), *place)
        assert np.hypot(x, y) == pytest.approx(2 * 6371 * np.sin(2000 / 6371 / 2))
        assert np.degrees(np.arctan2(x, y)) % 360 == pytest.approx(bearing, abs=1e-6)


def test_a_revision_replaces_and_a_withdrawal_removes() -> None:
    world, when = world_around(36, 140), START + timedelta(days=10)
    before = world.intensity(36.3, 140, when, 4.5)
    world.observe("big", START + timedelta(days=9), 36, 140, 7.5)
    huge = world.intensity(36.3, 140, when, 4.5)
    world.observe("big", START + timedelta(days=9), 36, 140, 6.5)
    revised = world.intensity(36.3, 140, when, 4.5)
    assert before < revised < huge
    assert world.withdraw("big")
    assert not world.withdraw("big")
    assert world.intensity(36.3, 140, when, 4.5) == pytest.approx(before, rel=1e-6)


def test_what_is_too_small_or_has_no_magnitude_changes_nothing() -> None:
    world = World({}, MODEL)
    assert world.observe("a", START, 0, 0, None) is None
    assert world.observe("b", START, 0, 0, 3.0) is None
    assert not world.states


def test_parity_of_bulk_history_and_single_reports() -> None:
    single, bulk = World({}, MODEL), World({}, MODEL)
    rng = np.random.default_rng(8)
    latitude, longitude = rng.uniform(-10, 10, 120), (rng.uniform(170, 190, 120) + 180) % 360 - 180
    columns = (latitude, longitude, 4.5 + rng.exponential(0.4, 120), rng.uniform(0, 200, 120))
    for index, place in enumerate(zip(*(column.tolist() for column in columns))):
        single.observe(str(index), START + timedelta(hours=index), *place)
    bulk.observe_all(days_of(START) + np.arange(120.0) / 24, *columns)
    assert set(single.states) == set(bulk.states)
    later = START + timedelta(days=6)
    assert bulk.intensity(0, 180, later, 5) == pytest.approx(single.intensity(0, 180, later, 5), rel=1e-6)


def test_parity_of_a_restored_world() -> None:
    world, when = world_around(36, 140), START + timedelta(days=10)
    restored = World.from_arrays({}, MODEL, world.to_arrays())
    for each in (world, restored):
        each.withdraw("q75")
        each.observe("new", START + timedelta(days=9), 36.1, 140, 6.0)
    np.testing.assert_array_equal(expected_counts(restored, 36, 140, when), expected_counts(world, 36, 140, when))


def test_shares_of_a_disc_are_integrals() -> None:
    """At its centre: 1 - (1 + R^2 / D)^-rho; far away: density times area."""
    table = share_table(0.57)
    spreads = np.exp(np.linspace(-8, 14, 67))
    np.testing.assert_allclose(table.shares[:, 0], 1 - (1 + RADIUS_KM**2 / spreads) ** -0.57, atol=0.002)
    density = 0.57 / np.pi / spreads * (1 + 300.0**2 / spreads) ** -1.57
    np.testing.assert_allclose(table.shares[:40, -1], (density * np.pi * RADIUS_KM**2)[:40], rtol=0.2)


@pytest.mark.parametrize(
    "form", [{}, {"deep_time": 0.05, "deep_space": 0.05, "usual_depth_km": 85.0}, {"a_theta": 0.12, "theta": -0.3}]
)
def test_fast_counts_agree_with_simulated_cascades(form: dict[str, float]) -> None:
    """Within a third over a day and a week after a M6.2, cascades included, where Poisson's own share is a part only."""
    rng, state = np.random.default_rng(3), RegionState(replace(CALIFORNIA, **({"mu": 1.0, "theta": -0.1} | form)))
    state.observe_all(simulate(state, 0.0, 120.0, rng))
    state.observe(120.0, 30.0, 40.0, 6.2)
    fast = region_counts(state, 30.0, 40.0, 120.001)
    futures = [simulate(state, 120.001, 127.001, rng) for _ in range(60)]
    for horizon, expected in zip(HORIZONS_DAYS[:2], fast):
        counts = [
            (np.hypot(future[:, 1] - 30, future[:, 2] - 40)[future[:, 0] < 120.001 + horizon] < RADIUS_KM).sum()
            for future in futures
        ]
        assert expected == pytest.approx(np.mean(counts), rel=0.33)


@pytest.mark.parametrize("place", [(0.0, 0.0), (30.0, 40.0)])
def test_no_first_one_means_none_in_simulated_futures(place: tuple[float, float]) -> None:
    """Of 400 futures of 30 quiet days the share with none, to three standard errors and a tenth; counts, of which many
    follow another one to come, would promise a tenth more than that."""
    rng, state = np.random.default_rng(3), RegionState(replace(CALIFORNIA, mu=1.0, theta=-0.1))
    state.observe_all(simulate(state, 0.0, 120.0, rng))
    whole, known = region_parts(state, *place, 121.0)[:, -1]
    firsts = first_counts(whole, known, pushes_below(state.parameters, (state.parameters.mc,)))[0]
    futures = [simulate(state, 121.0, 151.0, rng) for _ in range(400)]
    hit = np.mean([(np.hypot(*(future[:, 1:3] - place).T) < RADIUS_KM).any() for future in futures])
    doubt = 3 * np.sqrt(hit * (1 - hit) / len(futures))
    assert -np.expm1(-firsts) == pytest.approx(hit, abs=doubt + 0.1 * hit)
    assert -np.expm1(-whole) > hit + doubt


def test_firsts_of_a_place_are_most_of_its_counts_where_few_pass_on() -> None:
    """The larger, the more: what comes between is smaller and may pass on; the longer, the fewer."""
    world, when = world_around(36, 140), START + timedelta(days=8)
    both = np.sum([region_share(world, region, 36, 140, when) for region in blend_weights(36, 140)], axis=0)
    np.testing.assert_array_equal(both[COUNTS], expected_counts(world, 36, 140, when))
    share = both[FIRSTS] / both[COUNTS]
    assert (share <= 1).all() and (np.diff(share, axis=1) > 0).all() and (np.diff(share[:, :-1], axis=0) < 0).all()
    assert share[-1, 0] < 0.995


@given(st.floats(0.01, 100), st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_firsts_lie_between_what_is_known_and_all(whole: float, known: float, below: float, more: float) -> None:
    """More of them where more of those that pass on are smaller; all where all are, those known where none is."""
    parts = np.array(whole), np.array(whole * (0.01 + 0.99 * known))
    firsts, rather = (first_counts(*parts, share) for share in sorted((below, more)))
    assert parts[1] <= firsts <= rather <= parts[0] * (1 + 1e-9)
    assert first_counts(*parts, 0.0) == parts[1] and first_counts(*parts, 1.0) == pytest.approx(parts[0])


def test_counts_fall_with_magnitude_and_grow_with_the_horizon() -> None:
    counts = expected_counts(world_around(36, 140), 36, 140, START + timedelta(days=8))
    assert (np.diff(counts, axis=0) > 0).all()
    assert (np.diff(counts, axis=1) <= 0).all()


def test_fractions_are_counted_above_mc_and_follow_b_of_one_below() -> None:
    model = replace(MODEL, fractions=((4.5, 1.0), (5.5, 0.05)))
    assert [fraction_above(model, magnitude) for magnitude in (3.5, 4.5, 5.5)] == pytest.approx([10, 1, 0.05])
    assert fraction_above(model, 5.0) == pytest.approx(0.05**0.5)


def test_probability_is_poissons_or_wider() -> None:
    assert probability(0.5) == pytest.approx(1 - np.exp(-0.5))
    assert probability(0.5, 2.0) == pytest.approx(1 - 2**-0.5)


def test_leakage_of_the_world_asking_changes_nothing() -> None:
    world, when = world_around(36, 140), START + timedelta(days=10)
    first = expected_counts(world, 36, 140, when)
    expected_counts(world, 36.5, 141, when + timedelta(days=400))
    np.testing.assert_array_equal(expected_counts(world, 36, 140, when), first)
    assert distance_km(0, 179.9, 0, -179.9) < 30
