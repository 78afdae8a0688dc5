"""The likelihood of when earthquakes came, by a rate of which an earthquake hides what is smaller for a while.

For `blind_days` after an earthquake only larger ones are reported (ETASI: Hainzl, 2022, BSSA 112, 494-507,
doi:10.1785/0120210146): where R a day happen, a share S(m) of them larger than m, one of magnitude m is seen with
probability e^(-blind_days R S(m)), and (1 - e^(-blind_days R)) / blind_days a day are seen in all.
"""

# pylint: disable=too-many-locals,consider-using-enumerate,too-many-positional-arguments  # inner loops for numba: plain loops over plain numbers

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quake.etas_compiled import compiled, inlined
from quake.etas_depth import deepness, with_depth
from quake.etas_parameters import PRODUCTIVITY_OFFSET, TIME_SCALES, EtasParameters

RATES = 1 / np.array(TIME_SCALES)
SCALES = len(RATES)
EXPONENTS = 4
"""a_time, theta, a_theta and ln deep_time, in the order of `Times.marks`."""
NEGLIGIBLE = 1e-6
"""Where so few are hidden by others until the next report, none are."""
QUICKEST = TIME_SCALES[-1]
# Gauss and Legendre's nodes, from 0 to 1 of the logarithm of a wait, which is counted from QUICKEST.
NODES, NODE_WEIGHTS = (np.polynomial.legendre.leggauss(8) + np.array([[1.0], [0.0]])) / 2


class Times(NamedTuple):
    """What the likelihood asks of each earthquake."""

    days: NDArray[np.float64]
    marks: NDArray[np.float64]
    """Magnitude - mc, the shifted log of p_bg, their product, and how deep it is (`quake.etas_depth.deepness`); it adds
    e^(exponents . marks) to every sum. Shape (n, EXPONENTS)."""
    larger: NDArray[np.float64]
    """Share of those of the span that is larger."""


def times_of(
    parameters: EtasParameters, reports: NDArray[np.float64], p_bg: NDArray[np.float64], since: float
) -> Times:
    """Of reports as `RegionState.observe_all` takes them, and the background probability of each at arrival; sizes are
    compared with those reported after the day `since`."""
    days, _, _, magnitude, depth_km = with_depth(reports).T
    excess, shift = magnitude - parameters.mc, np.log(p_bg + PRODUCTIVITY_OFFSET[0]) + PRODUCTIVITY_OFFSET[1]
    sizes = np.sort(excess[days > since])
    larger = 1 - np.searchsorted(sizes, excess + 1e-6) / max(1, len(sizes))
    return Times(days.copy(), np.column_stack([excess, shift, excess * shift, deepness(depth_km)]), larger)


def rate_log_likelihood(
    vector: NDArray[np.float64], times: Times, span: tuple[float, float]
) -> tuple[float, NDArray[np.float64]]:
    """Log likelihood of the reports between the span's days, of their times and of which sizes are hidden, and its
    gradient. `vector`: ln mu, then `etas_fit_time.decay_of`."""
    mu, weights, blind = np.exp(vector[0]), np.exp(vector[1 : 1 + SCALES]), np.exp(vector[-1])
    slope = np.zeros(len(vector))
    value = _accumulate(times, span, mu, weights, vector[1 + SCALES : -1], blind, slope)
    slope[1 : 1 + SCALES] *= weights
    slope[0] -= mu * (span[1] - span[0])
    return value - mu * (span[1] - span[0]), slope


@compiled
def _accumulate(times, span, mu, weights, exponents, blind, slope):
    """Sums over the span's events of the log rate of what is seen, less its triggered integral; `slope` gets the
    gradient, by weights instead of their logarithms."""
    days, marks, larger = times.days, times.marks, times.larger
    sums, by_exponent = np.zeros(SCALES), np.zeros((EXPONENTS, SCALES))
    total, previous = 0.0, days[0]
    for index in range(len(days)):
        if days[index] > span[1]:
            break
        decay = np.exp(-RATES * (days[index] - previous))
        previous = days[index]
        sums *= decay
        by_exponent *= decay
        if days[index] > span[0]:
            rate = mu + np.sum(weights * RATES * sums)
            hidden = blind * rate * larger[index]
            total += np.log(rate) - hidden
            slope[-1] -= hidden
            _add_slope(slope, 1 / rate - blind * larger[index], mu, weights, sums, by_exponent)
        push = np.exp(np.sum(exponents * marks[index]))
        sums += push
        for number in range(EXPONENTS):
            by_exponent[number] += push * marks[index, number]
        since, until = max(0.0, span[0] - days[index]), span[1] - days[index]
        expected = push * (np.exp(-RATES * since) - np.exp(-RATES * until))
        whole = np.sum(weights * expected)
        total -= whole
        slope[1 : 1 + SCALES] -= expected
        slope[1 + SCALES : -1] -= whole * marks[index]
        following = min(days[index + 1], span[1]) if index + 1 < len(days) else span[1]
        total += _hidden_until(since, following - days[index], mu, weights, sums, by_exponent, blind, slope)
    return total


@inlined
def _add_slope(slope, gain, mu, weights, sums, by_exponent):
    """Adds `gain` times the gradient of the rate."""
    slope[0] += gain * mu
    slope[1 : 1 + SCALES] += gain * RATES * sums
    for number in range(EXPONENTS):
        slope[1 + SCALES + number] += gain * np.sum(weights * RATES * by_exponent[number])


@inlined
def node_after(node: int, length: float) -> tuple[float, float]:
    """When in a wait of that length a node is, and what share of the wait it stands for, both in days."""
    whole = np.log1p(length / QUICKEST)
    after = QUICKEST * np.expm1(NODES[node] * whole)
    return after, NODE_WEIGHTS[node] * whole * (after + QUICKEST)


@compiled
def _hidden_until(since, until, mu, weights, sums, by_exponent, blind, slope):
    """How many happen and are not seen between two ages in days of the last report, and the gradient of that."""
    left = np.exp(-RATES * since)
    if until <= since or blind * (mu + np.sum(weights * RATES * sums * left)) < NEGLIGIBLE:
        return 0.0
    total = 0.0
    for node in range(len(NODES)):
        after, share = node_after(node, until - since)
        left = np.exp(-RATES * (since + after))
        rate = mu + np.sum(weights * RATES * sums * left)
        blinded = -np.expm1(-blind * rate)
        seen = blinded / blind
        total += share * (rate - seen)
        slope[-1] += share * (seen - rate * (1 - blinded))
        _add_slope(slope, share * blinded, mu, weights, sums * left, by_exponent * left)
    return total
