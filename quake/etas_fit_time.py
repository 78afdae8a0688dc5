"""Maximum likelihood of the rate in time, given the background probabilities the place density found."""

# pylint: disable=too-many-locals,consider-using-enumerate,too-many-positional-arguments  # inner loops for numba: plain loops over plain numbers

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from quake.etas_compiled import compiled
from quake.etas_parameters import PRODUCTIVITY_OFFSET, TIME_SCALES, EtasParameters

RATES = 1 / np.array(TIME_SCALES)
SMALLEST = 1e-8
"""Weights are found as logarithms: this stands for none."""


def fit_time(parameters: EtasParameters, reports: NDArray[np.float64], p_bg: NDArray[np.float64],
             span: tuple[float, float], steps: int = 200) -> EtasParameters:  # fmt: skip
    """`parameters` with mu, weights, a_time and theta of greatest likelihood for the times between the span's days.

    `reports` are rows of days, x, y, magnitude in order, shape (n, 4), history before the span included; `p_bg` is the
    background probability of each at arrival.
    """
    sample = (
        reports[:, 0],
        reports[:, 3] - parameters.mc,
        np.log(p_bg + PRODUCTIVITY_OFFSET[0]) + PRODUCTIVITY_OFFSET[1],
    )
    weights = np.maximum(parameters.weights, SMALLEST)
    start = np.concatenate([[np.log(parameters.mu)], np.log(weights), [parameters.a_time, parameters.theta]])
    bounds = [(np.log(SMALLEST), 15.0)] + [(np.log(SMALLEST), 5.0)] * len(RATES) + [(0.0, 3.0), (-2.0, 2.0)]
    inside = int(((reports[:, 0] > span[0]) & (reports[:, 0] <= span[1])).sum())

    def loss(vector: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, slope = rate_log_likelihood(vector, sample, span)
        return -value / inside, -slope / inside

    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": steps})
    mu, found = float(np.exp(best.x[0])), np.exp(best.x[1:-2])
    a_time, theta = best.x[-2:].tolist()
    return replace(
        parameters,
        mu=mu,
        weights=tuple(np.where(found > 2 * SMALLEST, found, 0.0).tolist()),
        a_time=a_time,
        theta=theta,
    )


def rate_log_likelihood(
    vector: NDArray[np.float64], sample: tuple[NDArray[np.float64], ...], span: tuple[float, float]
) -> tuple[float, NDArray[np.float64]]:
    """Sum of log rates minus the rate's integral over the span, and its gradient.

    `vector`: ln mu, ln weights (10), a_time, theta. `sample`: days, magnitude - mc and the shifted log of p_bg.
    """
    mu, weights = np.exp(vector[0]), np.exp(vector[1:-2])
    slope = np.zeros(len(vector))
    value = _accumulate_rate(sample[0], sample[1], sample[2], np.array(span), mu, weights, vector[-2:], slope)
    slope[1:-2] *= weights
    return value - mu * (span[1] - span[0]), slope - np.eye(len(vector))[0] * mu * (span[1] - span[0])


@compiled
def _accumulate_rate(days, excess, shift, span, mu, weights, exponents, slope):
    """Sums over the span's events of the log rate, less the triggered integral; `slope` gets the gradient."""
    scales = len(RATES)
    sums, by_a, by_theta = np.zeros(scales), np.zeros(scales), np.zeros(scales)
    total, previous = 0.0, days[0]
    for index in range(len(days)):
        if days[index] > span[1]:
            break
        decay = np.exp(-RATES * (days[index] - previous))
        previous = days[index]
        sums *= decay
        by_a *= decay
        by_theta *= decay
        if days[index] > span[0]:
            rate = mu + np.sum(weights * RATES * sums)
            total += np.log(rate)
            slope[0] += mu / rate
            slope[1 : scales + 1] += RATES * sums / rate
            slope[scales + 1] += np.sum(weights * RATES * by_a) / rate
            slope[scales + 2] += np.sum(weights * RATES * by_theta) / rate
        push = np.exp(exponents[0] * excess[index] + exponents[1] * shift[index])
        sums += push
        by_a += push * excess[index]
        by_theta += push * shift[index]
        since, until = max(0.0, span[0] - days[index]), span[1] - days[index]
        expected = push * (np.exp(-RATES * since) - np.exp(-RATES * until))
        whole = np.sum(weights * expected)
        total -= whole
        slope[1 : scales + 1] -= expected
        slope[scales + 1] -= whole * excess[index]
        slope[scales + 2] -= whole * shift[index]
    return total
