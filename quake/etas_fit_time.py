"""Maximum likelihood of the rate in time, given the background probabilities the place density found."""

# pylint: disable=too-many-locals,consider-using-enumerate,too-many-positional-arguments  # inner loops for numba: plain loops over plain numbers

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from quake.etas_compiled import compiled
from quake.etas_depth import deepness, with_depth
from quake.etas_parameters import PRODUCTIVITY_OFFSET, TIME_SCALES, EtasParameters

RATES = 1 / np.array(TIME_SCALES)
SMALLEST = 1e-8
"""Weights are found as logarithms: this stands for none."""
DECAY_BOUNDS = [(np.log(SMALLEST), 5.0)] * len(RATES) + [(0.0, 3.0), (-2.0, 2.0), (-5.0, 0.0)]
"""Of `decay_of`."""
A_TIME = len(RATES)
"""Where a_time stands among them."""


def fit_time(parameters: EtasParameters, reports: NDArray[np.float64], p_bg: NDArray[np.float64],
             span: tuple[float, float], steps: int = 200) -> EtasParameters:  # fmt: skip
    """`parameters` with mu, weights, a_time, theta and deep_time of greatest likelihood for the times between the days
    of the span.

    `reports` are those of `RegionState.observe_all`, history before the span included; `p_bg` is the background
    probability of each at arrival.
    """
    sample = time_sample(parameters, reports, p_bg)
    start, bounds = np.append(np.log(parameters.mu), decay_of(parameters)), [(np.log(SMALLEST), 15.0), *DECAY_BOUNDS]
    inside = int(((reports[:, 0] > span[0]) & (reports[:, 0] <= span[1])).sum())

    def loss(vector: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, slope = rate_log_likelihood(vector, sample, span)
        return -value / inside, -slope / inside

    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": steps})
    return with_decay(replace(parameters, mu=float(np.exp(best.x[0]))), best.x[1:])


def time_sample(
    parameters: EtasParameters, reports: NDArray[np.float64], p_bg: NDArray[np.float64]
) -> tuple[NDArray[np.float64], ...]:
    """What the likelihood of the times asks of each earthquake: days, magnitude - mc, the shifted log of p_bg, and how
    deep it is (`quake.etas_depth.deepness`)."""
    days, _, _, magnitude, depth_km = with_depth(reports).T
    shift = np.log(p_bg + PRODUCTIVITY_OFFSET[0]) + PRODUCTIVITY_OFFSET[1]
    return days.copy(), magnitude - parameters.mc, shift, deepness(depth_km)


def decay_of(parameters: EtasParameters) -> NDArray[np.float64]:
    """The vector that DECAY_BOUNDS bound: ln weights (10), a_time, theta, ln deep_time."""
    weights = np.log(np.maximum(parameters.weights, SMALLEST))
    return np.concatenate([weights, [parameters.a_time, parameters.theta, np.log(parameters.deep_time)]])


def with_decay(parameters: EtasParameters, vector: NDArray[np.float64]) -> EtasParameters:
    """`decay_of`'s inverse: the parameters with those of the vector in place of their own."""
    found = np.exp(vector[:-3])
    weights = tuple(np.where(found > 2 * SMALLEST, found, 0.0).tolist())
    a_time, theta, log_deep = vector[-3:].tolist()
    return replace(parameters, weights=weights, a_time=a_time, theta=theta, deep_time=float(np.exp(log_deep)))


def rate_log_likelihood(
    vector: NDArray[np.float64], sample: tuple[NDArray[np.float64], ...], span: tuple[float, float]
) -> tuple[float, NDArray[np.float64]]:
    """Sum of log rates minus the rate's integral over the span, and its gradient.

    `vector`: ln mu, then `decay_of`. `sample`: `time_sample`.
    """
    mu, weights = np.exp(vector[0]), np.exp(vector[1:-3])
    slope = np.zeros(len(vector))
    marks = np.column_stack(sample[1:])
    value = _accumulate_rate(sample[0], marks, np.array(span), mu, weights, vector[-3:], slope)
    slope[1:-3] *= weights
    return value - mu * (span[1] - span[0]), slope - np.eye(len(vector))[0] * mu * (span[1] - span[0])


@compiled
def _accumulate_rate(days, marks, span, mu, weights, exponents, slope):
    """Sums over the span's events of the log rate, less the triggered integral; `slope` gets the gradient.

    An earthquake adds e^(exponents . marks) to every sum; `marks`: a row of three for each.
    """
    scales, last = len(RATES), len(RATES) + 1
    sums, by_exponent = np.zeros(scales), np.zeros((3, scales))
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
            total += np.log(rate)
            slope[0] += mu / rate
            slope[1 : scales + 1] += RATES * sums / rate
            for number in range(3):
                slope[last + number] += np.sum(weights * RATES * by_exponent[number]) / rate
        push = np.exp(exponents[0] * marks[index, 0] + exponents[1] * marks[index, 1] + exponents[2] * marks[index, 2])
        sums += push
        for number in range(3):
            by_exponent[number] += push * marks[index, number]
        since, until = max(0.0, span[0] - days[index]), span[1] - days[index]
        expected = push * (np.exp(-RATES * since) - np.exp(-RATES * until))
        whole = np.sum(weights * expected)
        total -= whole
        slope[1 : scales + 1] -= expected
        slope[last:] -= whole * marks[index]
    return total
