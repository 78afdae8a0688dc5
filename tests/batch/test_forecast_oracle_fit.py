"""The exact ETAS's likelihood: the sum of its scores event by event, and a gradient that differences confirm."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from benchmarks.forecast_oracle_fit import NAMES, START, drawn, log_likelihood
from quake.etas_oracle import PublishedEtas, exact_scores
from quake.score import temporal_scores


@pytest.fixture(scope="module", name="reports")
def _reports() -> np.ndarray:
    """Three clusters: days, x, y, magnitude - mc."""
    random = np.random.default_rng(6)
    centres = random.uniform(-80, 80, (3, 2))[random.integers(0, 3, 120)]
    days = np.cumsum(random.exponential(0.7, 120))
    return np.column_stack([days, centres + random.normal(0, 3, (120, 2)), random.exponential(0.4, 120)])


def test_it_is_the_sum_of_the_oracles_scores(reports: np.ndarray) -> None:
    model = PublishedEtas.from_published({"m_ref": 0.0, "area": 1e5, "final_parameters": dict(zip(NAMES, START))})
    rate, integral, density = exact_scores(model, reports, 40).T
    whole = (temporal_scores(rate, integral) + density).sum()
    sample = drawn(reports, (reports[39, 0] + 1e-9, reports[-1, 0] + 1e-9), 1e5, 200, np.random.default_rng(1))
    assert log_likelihood(np.array(START), sample)[0] == pytest.approx(whole, rel=1e-4)


def test_the_gradient_is_that_of_differences(reports: np.ndarray) -> None:
    sample = drawn(reports, (30.0, 70.0), 1e5, 30, np.random.default_rng(2))
    place = np.array(START) * 1.1
    numeric = approx_fprime(place, lambda vector: log_likelihood(vector, sample)[0], 1e-6)
    np.testing.assert_allclose(log_likelihood(place, sample)[1], numeric, rtol=1e-3, atol=1e-3)
