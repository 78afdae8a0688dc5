"""Counts of a branching process: against the matrix exponential, and where the answer is known without one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray
from scipy.linalg import expm

from quake.etas import RegionState
from quake.etas_cascade import GROWTH, counts_to_come, modes
from quake.etas_counts import marks_of, simulate_counts
from quake.etas_parameters import CALIFORNIA, TIME_SCALES, kernel_of
from quake.etas_prospect import prospect
from quake.etas_risk import LENGTHS_DAYS, MOMENTS_DAYS, region_counts
from quake.etas_share import share_tables
from quake.etas_simulate import simulate
from quake.etas_stream import productivity
from quake.etas_tree import BACKGROUND

MU = 2.0
LENGTHS = np.array([0.1, 0.9, 6.0, 23.0])
FADING = 1 / np.array(TIME_SCALES)
WEIGHTS = CALIFORNIA.weights
SUMS = np.linspace(0.0, 50.0, len(TIME_SCALES))


def counts(sums: NDArray[np.float64], weights: tuple[float, ...], *productivities: float) -> NDArray[np.float64]:
    """By the modes, one productivity for each part."""
    solved = tuple(modes(weights, one) for one in productivities)
    return counts_to_come(sums, np.array(weights) * FADING, MU, LENGTHS, solved)


def by_exponential(
    sums: NDArray[np.float64], weights: tuple[float, ...], *productivities: float
) -> NDArray[np.float64]:
    """The same system (S, count, 1) part by part, solved by the matrix exponential."""
    size, state, answer = len(sums), np.append(sums, [0.0, 1.0]), []
    for days, productivity in zip(LENGTHS, productivities):
        system = np.zeros((size + 2, size + 2))
        system[size, :size], system[size, -1] = np.array(weights) * FADING, MU
        system[:size] = productivity * system[size]
        system[:size, :size] -= np.diag(FADING)
        state[size] = 0.0
        state = expm(system * days) @ state
        answer.append(state[size])
    return np.array(answer)


@settings(deadline=None)
@given(st.lists(st.floats(0.0, 2.0), min_size=4, max_size=4), st.integers(0, 2**10 - 1))
def test_modes_agree_with_the_matrix_exponential(productivities: list[float], absent: int) -> None:
    """Whatever the productivity of each part, explosive ones too, and whichever decay times have no weight."""
    weights = tuple(0.0 if absent >> scale & 1 else weight for scale, weight in enumerate(WEIGHTS))
    found = counts(SUMS, weights, *productivities)
    np.testing.assert_allclose(found, by_exponential(SUMS, weights, *productivities), rtol=1e-8)


def test_without_productivity_only_what_has_happened_counts() -> None:
    """mu a day, and of each sum what fades meanwhile."""
    ends = np.cumsum(LENGTHS)
    faded = np.exp(-np.outer(np.insert(ends[:-1], 0, 0.0), FADING)) - np.exp(-np.outer(ends, FADING))
    wanted = MU * LENGTHS + faded @ (np.array(WEIGHTS) * SUMS)
    np.testing.assert_allclose(counts(SUMS, WEIGHTS, 0.0, 0.0, 0.0, 0.0), wanted, rtol=1e-12)


def test_a_steady_region_stays_so() -> None:
    """At S = q rate / b, with rate = mu / (1 - n) and n = q sum w, as many come every day."""
    productivity = 0.6 / sum(WEIGHTS)
    rate = MU / (1 - 0.6)
    np.testing.assert_allclose(
        counts(productivity * rate / FADING, WEIGHTS, *[productivity] * 4), rate * LENGTHS, rtol=1e-9
    )


def test_a_mode_that_stands_still_is_no_division_by_zero() -> None:
    """A process of branching ratio 1 has a mode whose growth is all but 0."""
    critical = 1 / sum(WEIGHTS)
    growth = modes(WEIGHTS, critical)[GROWTH].max()
    assert growth == pytest.approx(0.0, abs=1e-9)
    found = counts(SUMS, WEIGHTS, *[critical] * 4)
    np.testing.assert_allclose(found, by_exponential(SUMS, WEIGHTS, *[critical] * 4), rtol=1e-8)


def crowded(least_p_bg: float) -> RegionState:
    """A swarm: each of its earthquakes has hardly any background probability, and so a large productivity."""
    state = RegionState(replace(CALIFORNIA, theta=-0.3, least_p_bg=least_p_bg))
    rng = np.random.default_rng(4)
    places = rng.normal(0, 2, (400, 2))
    state.observe_all(np.column_stack([np.linspace(0, 2, 400), places, np.full(400, 2.6)]))
    return state


def test_a_least_p_bg_is_of_earthquakes_to_come_alone() -> None:
    """Those that were reported keep theirs; the forecast, its futures and their counts become fewer."""
    free, bound = crowded(0.0), crowded(0.5)
    assert np.median(free.tree.event[100:400, BACKGROUND]) < 0.2
    np.testing.assert_array_equal(free.tree.event, bound.tree.event)
    np.testing.assert_array_equal(free.clock.rate_sums, bound.clock.rate_sums)
    said, fewer = (region_counts(state, 0.0, 0.0, 2.01) for state in (free, bound))
    assert (fewer < 0.97 * said).all()
    for number in (_by_counts, _by_simulation):
        assert number(bound) < 0.9 * number(free)


def test_what_is_to_come_triggers_less_as_a_sequence_fades() -> None:
    """More of what is left to come is background, in each part of the horizon."""
    assert (np.diff(productivities(crowded(0.0))) < 0).all()


def test_background_to_come_triggers_as_its_sizes_do() -> None:
    """Where nothing has happened all that comes is background: mean q over the magnitudes at p_bg of a half."""
    model = replace(CALIFORNIA, theta=-0.3, a_theta=0.12)
    steps, reached = np.array(model.fractions).T
    kernel, shares = kernel_of(model), -np.diff(reached, append=0.0)
    mean = sum(share * productivity(kernel, step, 0.0, 0.5) for step, share in zip(steps.tolist(), shares.tolist()))
    np.testing.assert_allclose(productivities(RegionState(model)), mean)


def productivities(state: RegionState) -> NDArray[np.float64]:
    """Of what is to come around the middle."""
    moments, tables = 2.01 + np.array(MOMENTS_DAYS), share_tables(state.parameters.rho)
    return prospect(
        state.tree, state.clock, state.ahead, (0.0, 0.0), 2.01, moments, LENGTHS_DAYS, tables
    ).productivities


def _by_counts(state: RegionState) -> float:
    return float(simulate_counts(state, marks_of(state), 2.01, (7.0,), (2.5,), np.random.default_rng(1), 300).mean())


def _by_simulation(state: RegionState) -> float:
    return float(np.mean([len(simulate(state, 2.01, 3.0, np.random.default_rng(seed))) for seed in range(30)]))
