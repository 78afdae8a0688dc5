"""Classical statistics of an earthquake catalogue: mc, b_value, Omori-Utsu, Reasenberg-Jones.

Smoothed rates on a grid live in `quake.smoothed`, the space-time model in `quake.etas`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

SMALLEST_SAMPLE = 50
"""Fewer magnitudes than this give no stable estimate of mc (Woessner and Wiemer, 2005, use 50 to 60)."""


@dataclass(frozen=True, slots=True)
class BValue:
    """Slope of the Gutenberg-Richter law, log10 N(>= m) = a - b m, with its standard error and sample size."""

    b_value: float
    standard_error: float
    count: int


def b_value(magnitudes: ArrayLike, mc: float, delta_m: float = 0.0) -> BValue:
    """Maximum-likelihood b of magnitudes >= mc that are rounded to `delta_m` (0: continuous).

    Tinti and Mulargia (1987), BSSA 77, 2125-2134: beta = ln(1 + delta_m / (mean - mc)) / delta_m, the exact form of
    Utsu's correction of Aki (1965); standard error of Shi and Bolt (1982), BSSA 72, 1677-1687.
    Raises ValueError for fewer than two magnitudes at or above mc, or none above it.
    """
    sample = _at_or_above(np.asarray(magnitudes, float), mc, delta_m)
    return _estimate(sample, mc, delta_m)


def b_value_utsu(magnitudes: ArrayLike, mc: float, delta_m: float = 0.0) -> BValue:
    """Maximum-likelihood b with Utsu's half-bin correction: b = log10(e) / (mean - (mc - delta_m / 2)).

    Aki (1965), Bull. Earthq. Res. Inst. 43, 237-239; Utsu (1966), J. Fac. Sci. Hokkaido Univ. 2, 359-376.
    """
    sample = _at_or_above(np.asarray(magnitudes, float), mc, delta_m)
    value = np.log10(np.e) / (sample.mean() - (mc - delta_m / 2))
    return BValue(float(value), _shi_bolt(sample, value), len(sample))


def b_positive(magnitudes: ArrayLike, delta_m: float = 0.0, difference_min: float | None = None) -> BValue:
    """b of the positive differences between successive magnitudes, in time order: robust to short-term gaps.

    van der Elst (2021), J. Geophys. Res. 126, e2020JB021027, doi:10.1029/2020JB021027, equations 5 and 6.
    `difference_min` defaults to `delta_m`, the smallest positive difference of rounded magnitudes.
    """
    difference = np.diff(np.asarray(magnitudes, float))
    smallest = difference_min if difference_min is not None else delta_m
    if delta_m == 0:
        return _estimate(difference[difference > smallest], smallest, 0.0)
    return _estimate(_at_or_above(difference, smallest, delta_m), smallest, delta_m)


def _at_or_above(magnitudes: NDArray[np.float64], mc: float, delta_m: float) -> NDArray[np.float64]:
    return magnitudes[magnitudes >= mc - delta_m / 2 - 1e-9]


def _estimate(sample: NDArray[np.float64], mc: float, delta_m: float) -> BValue:
    excess = float(sample.mean() - mc) if len(sample) > 1 else 0.0
    if excess <= 0:
        raise ValueError(f"a b-value needs two or more magnitudes, not all at {mc}; got {len(sample)}")
    beta = np.log1p(delta_m / excess) / delta_m if delta_m > 0 else 1 / excess
    value = beta / np.log(10)
    return BValue(float(value), _shi_bolt(sample, value), len(sample))


def _shi_bolt(sample: NDArray[np.float64], value: float) -> float:
    return float(np.log(10) * value**2 * sample.std(ddof=1) / np.sqrt(len(sample)))


def mc_maximum_curvature(magnitudes: ArrayLike, delta_m: float = 0.1, correction: float = 0.2) -> float:
    """Completeness as the fullest bin of width `delta_m` plus `correction`.

    Wiemer and Wyss (2000), BSSA 90, 859-869, doi:10.1785/0119990114; correction of Woessner and Wiemer (2005), BSSA
    95, 684-698, doi:10.1785/0120040007. Raises ValueError for fewer than SMALLEST_SAMPLE magnitudes.
    """
    edges, counts = _bins(magnitudes, delta_m)
    return float(np.round(edges[int(np.argmax(counts))] + correction, 6))


def mc_goodness_of_fit(magnitudes: ArrayLike, delta_m: float = 0.1, share: float = 0.9) -> float:
    """Smallest mc at which a Gutenberg-Richter law explains `share` of the counts; falls back on maximum curvature.

    Wiemer and Wyss (2000), BSSA 90, 859-869, doi:10.1785/0119990114, equation 3.
    """
    magnitudes = np.asarray(magnitudes, float)
    edges, counts = _bins(magnitudes, delta_m)
    observed = np.cumsum(counts[::-1])[::-1]
    for index in range(len(edges) - 1):
        if observed[index] < SMALLEST_SAMPLE:
            break
        beta = b_value(magnitudes, edges[index], delta_m).b_value * np.log(10)
        expected = observed[index] * np.exp(-beta * (edges[index:] - edges[index]))
        if 1 - np.abs(observed[index:] - expected).sum() / observed[index:].sum() >= share:
            return float(np.round(edges[index], 6))
    return mc_maximum_curvature(magnitudes, delta_m)


def mc_b_value_stability(magnitudes: ArrayLike, delta_m: float = 0.1, span: float = 0.5) -> float:
    """Smallest mc whose b lies within its standard error of the mean b over the next `span` of magnitude.

    Cao and Gao (2002), Geophys. Res. Lett. 29(9), doi:10.1029/2001GL013775, with the criterion of Woessner and Wiemer
    (2005), BSSA 95, 684-698, doi:10.1785/0120040007, equation 3; falls back on maximum curvature.
    """
    magnitudes = np.asarray(magnitudes, float)
    edges, counts = _bins(magnitudes, delta_m)
    full = np.cumsum(counts[::-1])[::-1] >= SMALLEST_SAMPLE
    estimates = [b_value(magnitudes, edge, delta_m) for edge in edges[full]]
    steps = max(1, round(span / delta_m))
    for index in range(len(estimates) - steps + 1):
        mean = np.mean([estimate.b_value for estimate in estimates[index : index + steps]])
        if abs(mean - estimates[index].b_value) <= estimates[index].standard_error:
            return float(np.round(edges[index], 6))
    return mc_maximum_curvature(magnitudes, delta_m)


def _bins(magnitudes: ArrayLike, delta_m: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    magnitudes = np.asarray(magnitudes, float)
    if len(magnitudes) < SMALLEST_SAMPLE:
        raise ValueError(f"mc needs at least {SMALLEST_SAMPLE} magnitudes, got {len(magnitudes)}")
    index = np.round(magnitudes / delta_m).astype(int)
    return np.arange(index.min(), index.max() + 1) * delta_m, np.bincount(index - index.min())


def omori_rate(days: ArrayLike, productivity: float, c: float, p: float) -> NDArray[np.float64]:
    """Aftershocks a day, `days` after the main shock: productivity (t + c)^-p.

    Utsu, Ogata and Matsu'ura (1995), J. Phys. Earth 43, 1-33, doi:10.4294/jpe1952.43.1, equation 1.
    """
    return productivity * (np.asarray(days, float) + c) ** -p


def omori_count(start_days: float, end_days: float, productivity: float, c: float, p: float) -> float:
    """Aftershocks between two times after the main shock, in days: the integral of `omori_rate`."""
    if not 0 <= start_days <= end_days:
        raise ValueError(f"the window must be 0 <= start <= end days, got {start_days} to {end_days}")
    start, end = np.log(start_days + c), np.log(end_days + c)
    power = (1 - p) * (end - start)
    # (e^x - 1) / x keeps its digits where p is near 1, the case of Omori's own law.
    ratio = float(np.expm1(power) / power) if abs(power) > 1e-12 else 1.0
    return float(productivity * np.exp((1 - p) * start) * (end - start) * ratio)


@dataclass(frozen=True, slots=True)
class ReasenbergJones:
    """Parameters of the aftershock rate 10^(a + b (Mm - M)) (t + c)^-p, t in days.

    Defaults: generic California, Reasenberg and Jones (1989), Science 243, 1173-1176,
    doi:10.1126/science.243.4895.1173, confirmed in (1994), Science 265, 1251-1252, doi:10.1126/science.265.5176.1251.
    """

    a: float = -1.67
    b: float = 0.91
    c: float = 0.05
    p: float = 1.08


CALIFORNIA = ReasenbergJones()
"""The generic California sequence."""


def reasenberg_jones_count(
    magnitude_main: float,
    magnitude_min: float,
    start_days: float,
    end_days: float,
    parameters: ReasenbergJones = CALIFORNIA,
) -> float:
    """Expected aftershocks of at least `magnitude_min` between two times, in days, after the main shock."""
    productivity = 10 ** (parameters.a + parameters.b * (magnitude_main - magnitude_min))
    return omori_count(start_days, end_days, productivity, parameters.c, parameters.p)


def poisson_probability(expected: ArrayLike) -> NDArray[np.float64]:
    """P(at least one) when `expected` earthquakes are expected: 1 - e^-expected."""
    return -np.expm1(-np.asarray(expected, float))
