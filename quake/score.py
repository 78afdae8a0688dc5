"""How good a forecast was: log-likelihood scores, paired intervals, probability scores and the number test."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import nbinom, poisson

RESAMPLES = 2000
BLOCK_EVENTS = 200
"""Successive events that are drawn together: aftershocks depend on each other."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its 95 % interval."""

    value: float
    low: float
    high: float


def temporal_scores(rate: ArrayLike, rate_integral: ArrayLike) -> NDArray[np.float64]:
    """TLL of each event: log of the rate just before it minus the rate's integral since the previous event.

    EarthquakeNPP (Stockman, Lawson and Werner, 2024, arXiv:2410.08226), section 4: natural logarithm, events a day;
    the time after the last event is not counted. The mean over the test events is the TLL.
    """
    return np.log(np.asarray(rate, float)) - np.asarray(rate_integral, float)


def poisson_scores(
    train_count: int, train_days: float, waits: ArrayLike, area_km2: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """TLL and SLL of each test event, `waits` days after the one before, under an even rate in time and area."""
    if train_count < 1 or train_days <= 0 or area_km2 <= 0:
        raise ValueError(f"needs events, days and an area > 0; got {train_count}, {train_days}, {area_km2}")
    rate, wait = train_count / train_days, np.asarray(waits, float)
    return np.log(rate) - rate * wait, np.full(wait.shape, -np.log(area_km2))


def block_bootstrap(
    values: ArrayLike, rng: np.random.Generator, block: int = BLOCK_EVENTS, resamples: int = RESAMPLES
) -> Interval:
    """Mean of a dependent series (paired differences, in order) with its 95 % circular block-bootstrap interval.

    Politis and Romano (1992), in Exploring the Limits of Bootstrap, Wiley, 263-270.
    """
    series = np.asarray(values, float)
    if len(series) == 0:
        raise ValueError("no values to average")
    size = min(block, len(series))
    wrapped = np.concatenate([[0.0], np.cumsum(np.concatenate([series, series[:size]]))])
    sums = wrapped[size:] - wrapped[:-size]
    picks = rng.integers(0, len(series), (resamples, -(-len(series) // size)))
    low, high = np.quantile(sums[picks].mean(1) / size, [0.025, 0.975])
    return Interval(float(series.mean()), float(low), float(high))


def ratio_bootstrap(
    numerator: ArrayLike, denominator: ArrayLike, rng: np.random.Generator, block: int, resamples: int = RESAMPLES
) -> Interval:
    """Ratio of two sums over the same windows, in order, with its 95 % circular block-bootstrap interval."""
    pairs = np.stack([np.asarray(numerator, float), np.asarray(denominator, float)])
    count = pairs.shape[1]
    size = min(block, count)
    wrapped = np.cumsum(np.concatenate([np.zeros((2, 1)), pairs, pairs[:, :size]], 1), 1)
    sums = wrapped[:, size:] - wrapped[:, :-size]
    drawn = sums[:, rng.integers(0, count, (resamples, -(-count // size)))].sum(2)
    low, high = np.quantile(drawn[0] / np.maximum(drawn[1], 1e-12), [0.025, 0.975])
    return Interval(float(pairs[0].sum() / pairs[1].sum()), float(low), float(high))


def brier_skill(probabilities: ArrayLike, outcomes: ArrayLike, baseline: ArrayLike) -> float:
    """1 - Brier score / baseline's Brier score: 1 is perfect, 0 as good as the baseline, below 0 worse.

    Brier (1950), Mon. Weather Rev. 78, 1-3, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.
    """
    happened = np.asarray(outcomes, float)
    score = np.mean((np.asarray(probabilities, float) - happened) ** 2)
    return float(1 - score / np.mean((np.asarray(baseline, float) - happened) ** 2))


def bernoulli_gain(probabilities: ArrayLike, outcomes: ArrayLike, baseline: ArrayLike) -> NDArray[np.float64]:
    """Log-likelihood of each window's outcome under the forecast minus that under the baseline, nats."""
    forecast, normal = (np.clip(np.asarray(value, float), 1e-12, 1 - 1e-12) for value in (probabilities, baseline))
    happened = np.asarray(outcomes, bool)
    return np.where(happened, np.log(forecast / normal), np.log((1 - forecast) / (1 - normal)))


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Forecasts of about the same probability: how many, their mean, how often it happened and that over the mean."""

    low: float
    high: float
    count: int
    positives: int
    mean_probability: float
    frequency: float
    ratio: Interval


def reliability(
    probabilities: ArrayLike, outcomes: ArrayLike, windows: ArrayLike, edges: ArrayLike, rng: np.random.Generator
) -> list[ReliabilityBin]:
    """The reliability table of forecasts; a cluster bootstrap draws whole `windows` (their numbers) at a time."""
    probability, happened = np.asarray(probabilities, float), np.asarray(outcomes, float)
    bounds, window = np.asarray(edges, float), np.unique(np.asarray(windows), return_inverse=True)[1]
    table = []
    for low, high in zip(bounds[:-1], bounds[1:]):
        inside = (probability >= low) & (probability < high)
        if inside.any():
            table.append(_bin(probability[inside], happened[inside], window[inside], (low, high), rng))
    return table


def _bin(
    probability: NDArray[np.float64],
    happened: NDArray[np.float64],
    window: NDArray[np.int64],
    bounds: tuple[float, float],
    rng: np.random.Generator,
) -> ReliabilityBin:
    observed, expected = (np.bincount(window, values) for values in (happened, probability))
    met = np.bincount(window) > 0
    ratio = ratio_bootstrap(observed[met], expected[met], rng, block=1)
    return ReliabilityBin(
        float(bounds[0]), float(bounds[1]), len(happened), int(happened.sum()), float(probability.mean()),
        float(happened.mean()), ratio,
    )  # fmt: skip


def number_test(expected: float, observed: int, variance: float | None = None) -> tuple[float, float]:
    """Probabilities of at least, and of at most, the observed number; the forecast passes if both exceed 0.025.

    Zechar, Gerstenberger and Rhoades (2010), BSSA 100, 1184-1195, doi:10.1785/0120090192, equations 1 and 2, for a
    Poisson count; with a `variance` above the mean the count is negative binomial, as clustered earthquakes are.
    """
    if expected <= 0:
        raise ValueError(f"the expected number must be > 0, got {expected}")
    if variance is not None and variance > expected:
        count = nbinom(expected**2 / (variance - expected), expected / variance)
    else:
        count = poisson(expected)
    return float(count.sf(observed - 1)), float(count.cdf(observed))
