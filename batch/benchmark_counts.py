"""Scores how many earthquakes the whole area has, day by day and week by week, cascades inside the window included."""

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from quake import score
from quake.etas import RegionState
from quake.etas_counts import marks_of, simulate_counts
from quake.etas_parameters import EtasParameters

HORIZONS_DAYS = (1, 7)
FUTURES = 1000
BLOCK_DAYS = 56
"""Successive days that the bootstrap draws together."""
LEVEL = 0.025
"""The two-sided number test fails when either tail holds no more than this."""


def run(
    reports: NDArray[np.float64],
    model: EtasParameters,
    test: tuple[float, float],
    magnitudes: tuple[float, ...],
    seed: int,
) -> dict[str, Any]:
    """Expected over observed and the share of windows that pass the number test, by horizon and magnitude.

    `reports` as in `Catalogue`, `test` in days. Each window is forecast at its start from what came before.
    """
    rng, result = np.random.default_rng(seed), {}
    for horizon in HORIZONS_DAYS:
        starts = np.arange(test[0], test[1] - horizon + 1e-9, horizon)
        counts = future_counts(reports, model, starts, magnitudes, rng)
        for column, magnitude in enumerate(magnitudes):
            observed = observed_counts(reports, starts, magnitude)
            result[f"{horizon} d, M >= {magnitude:g}"] = judged(counts[:, :, column], observed, horizon, rng)
    return result


def future_counts(
    reports: NDArray[np.float64],
    model: EtasParameters,
    starts: NDArray[np.float64],
    magnitudes: tuple[float, ...],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Simulated counts of successive windows, the last as long as the first, shape (windows, FUTURES, magnitudes)."""
    state, length = RegionState(model), starts[1] - starts[0]
    done = int(np.searchsorted(reports[:, 0], starts[0]))
    state.observe_all(reports[:done])
    marks, counts = marks_of(state), np.zeros((len(starts), FUTURES, len(magnitudes)), np.int64)
    for row, start in enumerate(tqdm(starts.tolist(), desc=f"{length:g} d windows", unit="window")):
        now = int(np.searchsorted(reports[:, 0], start))
        state.observe_all(reports[done:now])
        done = now
        counts[row] = simulate_counts(state, marks, start, (length,), magnitudes, rng, FUTURES)[:, 0]
    return counts


def observed_counts(reports: NDArray[np.float64], starts: NDArray[np.float64], magnitude: float) -> NDArray[np.int64]:
    """Earthquakes of at least the magnitude in each of successive windows, shape (windows,)."""
    days = reports[reports[:, 3] >= magnitude - 1e-6, 0]
    return np.diff(np.searchsorted(days, np.append(starts, 2 * starts[-1] - starts[-2])))


def judged(
    counts: NDArray[np.int64], observed: NDArray[np.int64], horizon: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Figures for one horizon and magnitude; `counts` has shape (windows, futures), `observed` (windows,)."""
    expected = counts.mean(1)
    at_least, at_most = (counts >= observed[:, None]).mean(1), (counts <= observed[:, None]).mean(1)
    poisson = [min(score.number_test(max(mean, 1e-9), int(seen))) for mean, seen in zip(expected, observed)]
    ratio = score.ratio_bootstrap(expected, observed, rng, max(1, BLOCK_DAYS // horizon))
    return {
        "windows": len(observed),
        "expected": float(expected.sum()),
        "observed": int(observed.sum()),
        "expected_over_observed": asdict(ratio),
        "n_test_passed": float((np.minimum(at_least, at_most) > LEVEL).mean()),
        "too_few_foreseen": float((at_least <= LEVEL).mean()),
        "too_many_foreseen": float((at_most <= LEVEL).mean()),
        "n_test_passed_if_poisson": float((np.array(poisson) > LEVEL).mean()),
    }
