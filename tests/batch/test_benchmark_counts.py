"""Counts judged where the truth is known: a catalogue drawn from the very model that forecasts it."""

from dataclasses import replace

import numpy as np
import pytest

from batch import benchmark_counts
from quake.etas import RegionState
from quake.etas_parameters import CALIFORNIA
from quake.etas_simulate import simulate

TRUTH = replace(
    CALIFORNIA,
    mu=1.5,
    a_time=0.8,
    theta=0.0,
    fractions=tuple((2.5 + 0.1 * step, 10 ** (-0.1 * step)) for step in range(30)),
)


@pytest.fixture(scope="module", name="reports")
def _reports() -> np.ndarray:
    return simulate(RegionState(TRUTH), 0.0, 500.0, np.random.default_rng(8))


def test_the_truth_passes(reports: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark_counts, "FUTURES", 200)
    rows = benchmark_counts.run(reports, TRUTH, (150.0, 500.0), (2.5, 3.0), 1)
    assert rows["1 d, M >= 2.5"]["n_test_passed"] > 0.94
    assert rows["7 d, M >= 2.5"]["n_test_passed"] > 0.88
    assert rows["1 d, M >= 2.5"]["expected_over_observed"]["value"] == pytest.approx(1, abs=0.15)


def test_a_model_that_promises_half_fails(reports: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark_counts, "FUTURES", 200)
    half = replace(TRUTH, mu=TRUTH.mu / 2, weights=tuple(weight / 2 for weight in TRUTH.weights))
    row = benchmark_counts.run(reports, half, (150.0, 500.0), (2.5,), 1)["7 d, M >= 2.5"]
    assert row["expected_over_observed"]["high"] < 0.9
    assert row["too_few_foreseen"] > 0.2


def test_what_is_seen_is_counted_in_its_window() -> None:
    reports = np.array([[0.5, 0, 0, 4.0], [1.0, 0, 0, 3.0], [1.5, 0, 0, 4.2], [9.0, 0, 0, 5.0]])
    starts = np.array([0.0, 1.0, 2.0])
    np.testing.assert_array_equal(benchmark_counts.observed_counts(reports, starts, 4.0), [1, 1, 0])
