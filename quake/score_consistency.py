"""Could the forecast have drawn the catalogue? S- and M-test; the N-test is `quake.score.number_test`."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln  # pylint: disable=no-name-in-module  # compiled: pylint cannot see it

SIMULATIONS = 1000


def spatial_test(
    expected: ArrayLike, observed: ArrayLike, rng: np.random.Generator, simulations: int = SIMULATIONS
) -> float:
    """zeta: share of simulated catalogues no likelier in space than the observed one; below 0.05 the forecast fails.

    Counts by cell (rows) and magnitude (columns). Zechar, Gerstenberger and Rhoades (2010), BSSA 100, 1184-1195,
    doi:10.1785/0120090192, equations 13 to 16: summed over magnitude, scaled to the observed number.
    """
    return _quantile(np.asarray(expected, float).sum(1), np.asarray(observed).sum(1), rng, simulations)


def magnitude_test(
    expected: ArrayLike, observed: ArrayLike, rng: np.random.Generator, simulations: int = SIMULATIONS
) -> float:
    """kappa: the same for magnitudes, summed over cells; equations 9 to 12 of the same paper."""
    return _quantile(np.asarray(expected, float).sum(0), np.asarray(observed).sum(0), rng, simulations)


def _quantile(
    expected: NDArray[np.float64], observed: NDArray[np.int64], rng: np.random.Generator, simulations: int
) -> float:
    count = int(observed.sum())
    if expected.min() < 0 or expected.sum() <= 0:
        raise ValueError("expected numbers must be >= 0 and not all 0")
    if count == 0:
        return 1.0
    shares = expected / expected.sum()
    drawn = rng.multinomial(count, shares, simulations)
    # Sums that are equal in theory differ in the last digits: they count as equal.
    return float((_log_likelihood(drawn, shares) <= _log_likelihood(observed, shares) + 1e-9).mean())


def _log_likelihood(counts: NDArray[np.int64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Joint Poisson log-likelihood without the terms that depend on the total alone."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(counts > 0, counts * np.log(shares), 0.0)
    return (terms - gammaln(counts + 1.0)).sum(-1)
