"""Deep earthquakes trigger less: in the state, in a revision, in the fit."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quake.etas import RegionState
from quake.etas_depth import deepness, depth_share, usual_depth, with_depth
from quake.etas_fit_time import fit_time
from quake.etas_parameters import CALIFORNIA
from quake.etas_risk import expected_counts, region_counts
from quake.etas_simulate import simulate
from quake.etas_world import World

MODEL = replace(CALIFORNIA, deep_time=0.1, deep_space=0.1)
START = datetime(2020, 1, 1, tzinfo=UTC)


def test_deepness_rises_from_50_to_100_km() -> None:
    assert [float(deepness(depth)) for depth in (-3.0, 50.0, 75.0, 100.0, 640.0)] == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert [depth_share(0.1, depth) for depth in (0.0, 75.0, 600.0)] == pytest.approx([1, 0.1**0.5, 0.1])


@pytest.mark.parametrize(("depth_km", "power"), [(10.0, 0.0), (75.0, 0.5), (600.0, 1.0)])
def test_what_an_earthquake_adds_to_rate_and_weight_is_its_depths_share(depth_km: float, power: float) -> None:
    """Of each a share of its own."""
    rates, weights, model = [], [], replace(MODEL, deep_space=0.4)
    for depth in (0.0, depth_km):
        state = RegionState(model)
        state.observe(0.0, 0.0, 0.0, 7.0, depth)
        rates.append(state.rate(1.0) - MODEL.mu)
        weights.append(state.observe(1.0, 900.0, 900.0, 3.0)[1].weight)
    assert rates[1] / rates[0] == pytest.approx(0.1**power)
    assert weights[1] / weights[0] == pytest.approx(0.4**power)


@settings(deadline=None)
@given(st.floats(0, 700), st.integers(0, 9))
def test_a_deep_earthquake_goes_as_it_came(depth_km: float, index: int) -> None:
    """Withdrawn, it leaves the rate that the others make."""
    rows = np.column_stack([np.arange(10.0), np.zeros((10, 2)), np.full(10, 4.0), np.full(10, depth_km)])
    state, other = RegionState(MODEL), RegionState(MODEL)
    state.observe_all(rows)
    number, _ = state.observe(9.5, 500.0, 500.0, 7.0, depth_km)
    state.withdraw(number)
    other.observe_all(rows)
    assert state.rate(11.0) == pytest.approx(other.rate(11.0), rel=1e-9)
    state.withdraw(index)
    assert state.rate(11.0) < other.rate(11.0)


@settings(deadline=None)
@given(st.lists(st.floats(0, 700), min_size=1, max_size=30))
def test_the_usual_depth_triggers_the_mean(depths: list[float]) -> None:
    depth_km = np.array(depths)
    mean = np.mean([depth_share(MODEL.deep_time, depth) for depth in depths])
    assert depth_share(MODEL.deep_time, usual_depth(MODEL, depth_km)) == pytest.approx(mean)


def test_a_model_without_a_share_of_its_own_knows_no_depth() -> None:
    rows = np.column_stack([np.arange(50.0), np.zeros((50, 2)), np.linspace(3, 6, 50)])
    deep = np.column_stack([rows, np.full(50, 400.0)])
    plain = replace(MODEL, deep_time=1.0, deep_space=1.0)
    np.testing.assert_array_equal(RegionState(plain).observe_all(deep), RegionState(plain).observe_all(rows))
    assert usual_depth(plain, deep[:, 4]) == 0.0
    np.testing.assert_array_equal(with_depth(rows)[:, 4], 0.0)


def test_a_depth_that_is_revised_moves_the_forecast() -> None:
    """What the world says after a revision is what it would have said of the new depth at once."""
    said = []
    for depths in ((10.0,), (580.0,), (10.0, 580.0)):
        world = World({}, MODEL)
        for depth_km in depths:
            world.observe("a", START, -18.0, -178.0, 7.5, depth_km)
        said.append(float(expected_counts(world, -18.0, -178.0, START + timedelta(hours=1))[1, 1]))
    assert said[2] == pytest.approx(said[1]) and said[1] < 0.2 * said[0]


def test_where_earthquakes_to_come_are_deep_fewer_follow_them() -> None:
    """Of background alone: with a tenth of the productivity a month's cascades shrink, a region's rate does not."""
    counts = []
    for usual_depth_km in (0.0, 100.0):
        state = RegionState(replace(MODEL, mu=50.0, usual_depth_km=usual_depth_km))
        state.observe(0.0, 0.0, 0.0, 2.5)
        counts.append(region_counts(state, 0.0, 0.0, 1.0))
    assert (counts[1] < counts[0]).all() and counts[1][2] < 0.9 * counts[0][2]


def test_the_fit_finds_that_deep_earthquakes_trigger_little() -> None:
    """Large ones at 200 km, far from all others and without followers, among a catalogue of shallow sequences."""
    rng = np.random.default_rng(11)
    shallow = with_depth(simulate(RegionState(replace(MODEL, mc=2.5, mu=4.0)), 0.0, 400.0, rng))
    deep = np.column_stack(
        [np.sort(rng.uniform(20, 380, 40)), rng.uniform(-400, 400, (40, 2)), np.full(40, 5.5), np.full(40, 200.0)]
    )
    reports = np.concatenate([shallow, deep])
    reports = reports[np.argsort(reports[:, 0])]
    start = replace(MODEL, deep_time=1.0, deep_space=1.0)
    p_bg = RegionState(start).observe_all(reports)[:, 3]
    assert fit_time(start, reports, p_bg, (20.0, 400.0)).deep_time < 0.3
    ignored = reports * [1, 1, 1, 1, 0]
    assert fit_time(start, ignored, p_bg, (20.0, 400.0)).deep_time == 1.0
