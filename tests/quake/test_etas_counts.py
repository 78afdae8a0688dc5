"""Futures in time alone against futures in time and space, and against a closed form."""

from dataclasses import replace

import numpy as np
import pytest

from quake.etas import RegionState
from quake.etas_counts import marks_of, simulate_counts
from quake.etas_parameters import CALIFORNIA, EtasParameters
from quake.etas_simulate import simulate

MODEL = replace(CALIFORNIA, mu=1.0, fractions=tuple((2.5 + 0.1 * step, 10 ** (-0.1 * step)) for step in range(40)))


def shaken(model: EtasParameters = MODEL) -> RegionState:
    """A month of a simulated region, then an M 5.5."""
    state = RegionState(model)
    state.observe_all(simulate(state, 0.0, 200.0, np.random.default_rng(1)))
    state.observe(200.0, 0.0, 0.0, 5.5)
    return state


@pytest.mark.parametrize("model", [MODEL, replace(MODEL, deep_time=0.05, deep_space=0.05, usual_depth_km=85.0)])
def test_the_mean_is_that_of_the_full_simulation(model: EtasParameters) -> None:
    state = shaken(model)
    full = np.array([len(simulate(state, 200.5, 201.5, np.random.default_rng(seed))) for seed in range(300)])
    counts = simulate_counts(state, marks_of(state), 200.5, (1.0,), (2.5,), np.random.default_rng(0), 4000)
    assert counts.mean() == pytest.approx(full.mean(), abs=3 * full.std() / len(full) ** 0.5)


def test_without_triggering_it_is_poisson() -> None:
    quiet = replace(MODEL, weights=(0.0,) * 10, mu=0.5)
    state = RegionState(quiet)
    state.observe(0.0, 0.0, 0.0, 3.0)
    counts = simulate_counts(state, marks_of(state), 1.0, (2.0, 8.0), (2.5, 3.5), np.random.default_rng(0), 20_000)
    np.testing.assert_allclose(counts.mean(0), [[1.0, 0.1], [4.0, 0.4]], rtol=0.1)
    np.testing.assert_allclose(counts[:, 1, 0].var(), 4.0, rtol=0.05)


def test_counts_grow_with_the_horizon_and_fall_with_magnitude() -> None:
    state = shaken()
    counts = simulate_counts(state, marks_of(state), 200.5, (1.0, 7.0), (2.5, 3.0), np.random.default_rng(0), 200)
    assert (np.diff(counts, axis=1) >= 0).all()
    assert (np.diff(counts, axis=2) <= 0).all()


def test_the_same_seed_draws_the_same_futures() -> None:
    state = shaken()
    draws = [simulate_counts(state, marks_of(state), 201.0, (1.0,), (2.5,), np.random.default_rng(9), 50) for _ in "ab"]
    np.testing.assert_array_equal(*draws)


def test_an_empty_state_has_no_marks_and_an_explosion_is_said() -> None:
    with pytest.raises(ValueError, match="no marks"):
        marks_of(RegionState(MODEL))
    state = RegionState(replace(MODEL, weights=(0.9,) * 10))
    state.observe(0.0, 0.0, 0.0, 6.0)
    with pytest.raises(RuntimeError, match="explode"):
        simulate_counts(state, marks_of(state), 0.001, (30.0,), (2.5,), np.random.default_rng(0), 5)
