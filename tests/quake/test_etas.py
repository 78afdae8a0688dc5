"""The streaming state of one region against brute force, itself and its promises."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st

from quake.etas import RegionState
from quake.etas_parameters import CALIFORNIA, TIME_SCALES, EtasParameters, decay_mixture
from quake.etas_stream import GROUND_TOTAL, weight_at
from quake.etas_sums import moments, present
from quake.etas_tree import GROUND, NODES, ROW

MODEL = replace(CALIFORNIA, mc=3.0)


def catalogue(count: int, seed: int = 5) -> np.ndarray:
    """Rows of days, x, y, magnitude: clusters of all sizes, so that the tree has deep and empty branches."""
    rng = np.random.default_rng(seed)
    centre, size = rng.uniform(-400, 400, (count // 40 + 1, 2)), 10 ** rng.uniform(-1, 1.5, count // 40 + 1)
    which = rng.integers(0, len(centre), count)
    places = centre[which] + rng.normal(0, 1, (count, 2)) * size[which, None]
    magnitudes = np.minimum(3 + rng.exponential(0.43, count), 7.5)
    return np.column_stack([np.cumsum(rng.exponential(0.2, count)), places, magnitudes])


def pushes(model: EtasParameters, excess: np.ndarray, p_bg: np.ndarray) -> np.ndarray:
    """q by the equation of `PRODUCTIVITY_OFFSET`."""
    shift = np.log(p_bg + 0.001) + 3
    return np.exp(model.a_time * excess + model.theta * shift + model.a_theta * excess * shift)


def level(model: EtasParameters, days: np.ndarray, p_bg: np.ndarray) -> float:
    """mu after earthquakes of these days, by docs/decisions/0033: none, or all at the years of the fit, leave it."""
    if len(days) == 0 or model.ground_rate == 0:
        return model.mu
    memory, span = 730.5, days.max() - days[0]
    seen, usual = p_bg @ np.exp((days - days.max()) / memory), model.ground_rate * memory * -np.expm1(-span / memory)
    return model.mu * (50 + seen) / (50 + usual)


def brute_force(model: EtasParameters, reports: np.ndarray, arrivals: np.ndarray) -> np.ndarray:
    """Log density and rate of each report by the equations of `EtasParameters`, every pair, plain numpy."""
    answers, excess = [], reports[:, 3] - model.mc
    spread = model.d * np.exp(model.gamma * excess) * arrivals[:, 4] ** model.eta
    push = pushes(model, excess, arrivals[:, 3])
    for row, (now, x, y, _) in enumerate(reports):
        before = reports[:row, 0] < now
        age, excess_before = now - reports[:row, 0][before], excess[:row][before]
        squared = ((reports[:row, 1:3][before] - [x, y]) ** 2).sum(1)
        weight = np.exp(model.a_space * excess_before) * (age + model.c) ** -model.p * np.exp(-age / model.tau)
        spread_before, width = spread[:row][before], arrivals[:row, 4][before] ** 2
        scaled, power = squared / spread_before, -(1 + model.rho)
        ending = ((1 + scaled) ** power - (model.reach + scaled) ** power) / (1 - model.reach**-model.rho)
        kernel = model.rho / np.pi / spread_before * ending
        p_bg = arrivals[:row, 3][before]
        near, far = (
            ((p_bg * h * width / np.pi / (squared + h * width) ** 2).sum() + 1 / model.area_km2) / (p_bg.sum() + 1)
            for h in (0.16, 1.69)
        )
        ground = model.near * near + model.far * far + (1 - model.near - model.far) / model.area_km2
        mixture = (model.background * ground + (weight * kernel).sum()) / (model.background + weight.sum())
        rates = 1 / np.array(TIME_SCALES)
        decayed = (push[:row][before, None] * np.exp(-age[:, None] * rates)).sum(0)
        mu = level(model, reports[:row, 0], p_bg)
        rate, steady = mu + np.sum(np.array(model.weights) * rates * decayed), model.steady * mu
        answers.append((np.log((steady * ground + (rate - steady) * mixture) / rate), rate))
    return np.array(answers)


def test_the_tree_agrees_with_every_pair_summed() -> None:
    """The promised bound: 0.002 nats an event on average, 3 % for 99 in 100, 0.3 at worst; the rate is exact."""
    reports, model = catalogue(3000), replace(MODEL, a_theta=0.1, ground_rate=2.0)
    arrivals = RegionState(model).observe_all(reports)
    exact = brute_force(model, reports, arrivals)
    difference = arrivals[:, 2] - exact[:, 0]
    assert abs(difference.mean()) < 0.002
    assert np.quantile(np.abs(difference), 0.99) < 0.03
    assert np.abs(difference).max() < 0.3
    np.testing.assert_allclose(arrivals[:, 0], exact[:, 1], rtol=1e-9)
    assert arrivals[-1, 8] > 1.2 * model.mu


def crowd(size: float, count: int = 600) -> np.ndarray:
    """Rows of days, x, y, magnitude: seven in ten within `size` km of one place, the others far and wide."""
    rng = np.random.default_rng(4)
    places, astray = rng.normal(0, size, (count, 2)), rng.random(count) < 0.3
    places[astray] = rng.uniform(-300, 300, (int(astray.sum()), 2))
    magnitudes = np.minimum(3 + rng.exponential(0.43, count), 7)
    return np.column_stack([np.cumsum(rng.exponential(3.0, count)), places + [10.03, 20.06], magnitudes])


@pytest.mark.parametrize("size", [0.0, 0.03, 0.1, 0.3])
def test_the_tree_agrees_where_hundreds_share_a_place(size: float) -> None:
    """Kernels of one cell differ a hundredfold in width: its first earthquakes had no neighbours."""
    reports = crowd(size)
    arrivals = RegionState(MODEL).observe_all(reports)
    difference = arrivals[:, 2] - brute_force(MODEL, reports, arrivals)[:, 0]
    assert abs(difference.mean()) < 0.01
    assert np.quantile(np.abs(difference), 0.99) < 0.1


@settings(max_examples=20, deadline=None)
@given(st.floats(0.01, 1.0), st.floats(-50, 50), st.floats(-50, 50))
@example(0.2, -22.6, 20.3)
@example(0.19, -23.0, -46.0)
def test_what_a_crowd_says_stays_a_probability(size: float, x: float, y: float) -> None:
    """Wherever the crowd lies in the tree's cells: a density below zero would make every later number nan."""
    arrivals = RegionState(MODEL).observe_all(crowd(size, 1000) + [0.0, x, y, 0.0])
    assert np.isfinite(arrivals).all()
    assert ((arrivals[:, 3] >= 0) & (arrivals[:, 3] <= 1)).all()
    assert (arrivals[:, 5:7] > 0).all()


def test_widths_are_distances_to_the_eighth_neighbour() -> None:
    reports = catalogue(1500)
    widths = RegionState(MODEL).observe_all(reports)[:, 4]
    for row in range(100, 1500, 50):
        distance = np.sort(np.hypot(*(reports[:row, 1:3] - reports[row, 1:3]).T))
        assert widths[row] == pytest.approx(np.clip(distance[7], 0.3, 50))


@pytest.mark.parametrize(
    "c, p, tau", [(0.0053, 0.915, 869.0), (0.001, 1.2, 3000.0), (0.05, 0.7, 200.0), (0.3, 1.5, 1e5)]
)
def test_exponentials_stand_for_the_power_law(c: float, p: float, tau: float) -> None:
    days = np.geomspace(1e-5, min(5 * tau, 1e4), 200)
    rates, shares = decay_mixture(c, p, tau)
    mixture = np.exp(-days[:, None] * rates) @ shares
    np.testing.assert_allclose(mixture, (days + c) ** -p * np.exp(-days / tau), rtol=0.01)


def test_rate_integral_is_the_integral_of_the_rate() -> None:
    state = RegionState(MODEL)
    state.observe_all(catalogue(200))
    start, wait = float(state.clock.scalars[0]), 3.0
    days = start + np.concatenate([[0], np.geomspace(1e-7, wait, 4000)])
    rates = np.array([state.rate(day) for day in days])
    integral = float(np.sum(np.diff(days) * (rates[1:] + rates[:-1]) / 2))
    assert state.observe(start + wait, 0, 0, 3.0)[1].rate_integral == pytest.approx(integral, rel=1e-3)


def test_density_integrates_to_one() -> None:
    """Over a disc that is the whole area, on a grid refined around the earthquakes, but for the kernels' far tails."""
    state = RegionState(replace(MODEL, rho=1.5, area_km2=np.pi * 2000**2))
    state.observe_all(np.array([[0.0, 0.0, 0.0, 5.0], [0.5, 3.0, 0.0, 4.0]]))
    radius = np.concatenate([[0], np.geomspace(1e-3, 2000, 500)])
    middle, ring = (radius[1:] + radius[:-1]) / 2, np.pi * np.diff(radius**2)
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    mass = sum(
        area * np.mean([state.density(r * np.cos(turn), r * np.sin(turn), 1.0) for turn in angle])
        for r, area in zip(middle, ring)
    )
    assert mass == pytest.approx(1, abs=0.02)


def test_leakage_an_earthquake_to_come_changes_nothing_before_it() -> None:
    reports = catalogue(400)
    plain = RegionState(MODEL).observe_all(reports)
    injected = np.insert(reports, 300, [reports[299, 0] + 1e-6, 0, 0, 7.0], axis=0)
    changed = RegionState(MODEL).observe_all(injected)
    np.testing.assert_array_equal(changed[:300], plain[:300])
    assert (changed[301:, 0] > plain[300:, 0]).all()


def test_determinism_same_reports_same_bytes() -> None:
    first, second = (RegionState(MODEL) for _ in range(2))
    first.observe_all(catalogue(500))
    for report in catalogue(500):
        second.observe(*report)
    for name, array in first.to_arrays().items():
        assert array.tobytes() == second.to_arrays()[name].tobytes(), name


def test_parity_of_snapshot_with_top_up_and_full_replay() -> None:
    reports = catalogue(600)
    whole, part = RegionState(MODEL), RegionState(MODEL)
    expected = whole.observe_all(reports)[400:]
    part.observe_all(reports[:400])
    restored = RegionState.from_arrays(MODEL, part.to_arrays())
    np.testing.assert_array_equal(restored.observe_all(reports[400:]), expected)
    assert restored.intensity(1, 2, reports[-1, 0] + 1) == whole.intensity(1, 2, reports[-1, 0] + 1)


def test_parity_without_numba() -> None:
    """The same numbers from the interpreter alone."""
    code = (
        "import sys, json, numpy as np; from dataclasses import replace; from quake.etas import RegionState\n"
        "from quake.etas_parameters import CALIFORNIA\n"
        "print(json.dumps(RegionState(replace(CALIFORNIA, mc=3.0)).observe_all(np.array(json.load(sys.stdin))).tolist()))"
    )
    reports = catalogue(120)
    process = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(reports.tolist()), text=True, capture_output=True, check=True,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
    )  # fmt: skip
    np.testing.assert_allclose(json.loads(process.stdout), RegionState(MODEL).observe_all(reports), rtol=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 22), st.integers(23, 200))
def test_a_leaf_that_splits_leaves_the_withdrawn_behind(index: int, until: int) -> None:
    """The cells' W add up to the region's, and their background to that of the earthquakes that are left."""
    reports, state = crowd(20.0, until + 1), RegionState(MODEL)
    state.observe_all(reports[:23])
    state.withdraw(index)
    state.observe_all(reports[23:])
    tree, kernel, now = state.tree, state.kernel, float(reports[-1, 0]) + 1
    cells, ticks = np.flatnonzero(tree.link[: tree.used[NODES], ROW] >= 0), present(kernel, np.array([now]))
    weights = [moments(tree.sums, kernel.space_rates, cell, tree.time[cell], ticks, 0)[5] for cell in cells]
    assert sum(weights) == pytest.approx(weight_at(state.clock, kernel, now))
    assert tree.sums[cells, GROUND, 5].sum() == pytest.approx(state.clock.scalars[GROUND_TOTAL])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 299), st.floats(0.01, 30))
def test_a_withdrawn_earthquake_leaves_no_trace_of_its_own(index: int, wait: float) -> None:
    """Others keep what they had of it at arrival: the state without it is the sum over the others' rows."""
    reports, model = catalogue(300), replace(MODEL, ground_rate=1.0)
    state = RegionState(model)
    state.observe_all(reports)
    others = [row for row in range(300) if row != index]
    rows = state.tree.event[others].copy()
    state.withdraw(index)
    now = reports[-1, 0] + wait
    push = pushes(MODEL, reports[others, 3] - 3, rows[:, 7])
    rates = 1 / np.array(TIME_SCALES)
    sums = (push[:, None] * np.exp(-(now - rows[:, 0])[:, None] * rates)).sum(0)
    mu = level(model, reports[:, 0], np.insert(rows[:, 7], index, 0.0))
    assert state.rate(now) == pytest.approx(mu + np.sum(np.array(MODEL.weights) * rates * sums))
    with pytest.raises(ValueError, match="no earthquake"):
        state.withdraw(index)


def test_a_withdrawn_main_shock_takes_its_cloud_along() -> None:
    reports = catalogue(300)
    state, other = RegionState(MODEL), RegionState(MODEL)
    for each in (state, other):
        each.observe_all(reports)
    now = reports[-1, 0] + 0.1
    quiet = state.intensity(900, 900, now + 1)
    index, _ = state.observe(now, 900, 900, 7.0)
    assert state.intensity(900, 900, now + 1) > 1000 * quiet
    state.withdraw(index)
    assert state.intensity(900, 900, now + 1) == pytest.approx(quiet, rel=1e-6)


def test_a_main_shock_leaves_the_background_far_away_alone() -> None:
    """3,000 km off, where no kernel reaches: all but a tenth of mu stays; spread by one density it would rise."""
    rises = []
    for steady in (0.9, 0.0):
        state = RegionState(replace(MODEL, steady=steady, background=5.0 if steady else 55.0))
        state.observe_all(catalogue(300))
        now = float(state.clock.scalars[0]) + 1
        quiet = state.intensity(-2000, -2000, now)
        state.observe(now, 300, 300, 7.0)
        rises.append(state.intensity(-2000, -2000, now + 1) / quiet)
    assert rises[0] == pytest.approx(1, abs=0.3)
    assert rises[1] > 2


def test_a_late_report_counts_from_its_origin_time() -> None:
    early, late = RegionState(MODEL), RegionState(MODEL)
    reports = catalogue(100)
    early.observe_all(reports)
    late.observe_all(reports[np.r_[0:50, 51:100]])
    late.observe(*reports[50])
    now = reports[-1, 0] + 5
    assert late.rate(now) == pytest.approx(early.rate(now), rel=0.1)


def test_what_the_model_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="magnitudes >= 3.0"):
        RegionState(MODEL).observe(0, 0, 0, 2.0)
    with pytest.raises(ValueError, match="number of days"):
        RegionState(MODEL).observe(float("nan"), 0, 0, 4.0)


def test_parameters_survive_json() -> None:
    assert EtasParameters.from_record(json.loads(json.dumps(MODEL.as_record()))) == MODEL


def test_parameters_with_one_share_for_deep_earthquakes_are_read() -> None:
    """Files and registered models of before q and W had one each."""
    before = MODEL.as_record() | {"deep": 0.4}
    del before["deep_time"], before["deep_space"]
    assert EtasParameters.from_record(before) == replace(MODEL, deep_time=0.4, deep_space=0.4)
