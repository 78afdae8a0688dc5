"""A region's own level: its background rate, and the scale of a productivity whose form it shares with others."""

# pylint: disable=too-many-locals,consider-using-enumerate,too-many-positional-arguments  # inner loops for numba: plain loops over plain numbers

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from quake.etas_compiled import compiled
from quake.etas_rate_likelihood import NODES, RATES, SCALES, Times, node_after

TIGHT = 2.0
"""Weight of the squared logarithm of the scale: a prior of width 0.5."""
BOUNDS = [(-20, 12), (-3, 1.5)]


class Triggered(NamedTuple):
    """The rate less mu, a day, of a decay as it is: what the level multiplies."""

    reports: NDArray[np.float64]
    """At each of the n reports of the span."""
    larger: NDArray[np.float64]
    """`Times.larger` of each of them."""
    nodes: NDArray[np.float64]
    """At moments between them, of which each stands for `lasting` days."""
    lasting: NDArray[np.float64]
    integral: float
    """Over the span."""


def own_level(decay: NDArray[np.float64], times: Times, span: tuple[float, float]) -> tuple[float, float]:
    """mu, events a day, and the scale of the weights of `decay` (`etas_fit_time.decay_of`) of greatest likelihood
    (`quake.etas_rate_likelihood`) between the days of the span."""
    part, blind, days = _triggered(decay, times, span), np.exp(decay[-1]), span[1] - span[0]

    def loss(vector: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        mu, scale = np.exp(vector)
        rate, between = mu + scale * part.reports, mu + scale * part.nodes
        blinded = -np.expm1(-blind * between)
        value = np.sum(np.log(rate) - blind * rate * part.larger) - mu * days - scale * part.integral
        value += part.lasting @ (between - blinded / blind)
        gain, regained = 1 / rate - blind * part.larger, part.lasting * blinded
        by_mu = gain.sum() + regained.sum() - days
        by_scale = gain @ part.reports + regained @ part.nodes - part.integral
        slope = np.array([mu * by_mu, scale * by_scale - 2 * TIGHT * vector[1]])
        return TIGHT * vector[1] ** 2 - value, -slope

    start = np.log([0.5 * max(1, len(part.reports)) / days, 1.0])
    mu, scale = np.exp(minimize(loss, start, jac=True, method="L-BFGS-B", bounds=BOUNDS).x).tolist()
    return mu, scale


def _triggered(decay: NDArray[np.float64], times: Times, span: tuple[float, float]) -> Triggered:
    inside = (times.days > span[0]) & (times.days <= span[1])
    reports, nodes = np.zeros(len(times.days)), np.zeros((2, len(times.days), len(NODES)))
    weights, exponents = np.exp(decay[:SCALES]), decay[SCALES:-1]
    integral = _fill(times, span, weights, exponents, reports, nodes)
    return Triggered(reports[inside], times.larger[inside], *nodes.reshape(2, -1), integral)


@compiled
def _fill(times, span, weights, exponents, reports, nodes):
    """Fills the rate less mu at each report and, of the nodes after it, that and how long each lasts; its integral over
    the span."""
    days, marks = times.days, times.marks
    sums, total, previous = np.zeros(SCALES), 0.0, days[0]
    for index in range(len(days)):
        if days[index] > span[1]:
            break
        sums *= np.exp(-RATES * (days[index] - previous))
        previous = days[index]
        reports[index] = np.sum(weights * RATES * sums)
        push = np.exp(np.sum(exponents * marks[index]))
        sums += push
        since, until = max(0.0, span[0] - days[index]), span[1] - days[index]
        total += push * np.sum(weights * (np.exp(-RATES * since) - np.exp(-RATES * until)))
        following = min(days[index + 1], span[1]) if index + 1 < len(days) else span[1]
        for node in range(len(NODES)):
            if following - days[index] > since:
                after, nodes[1, index, node] = node_after(node, following - days[index] - since)
                nodes[0, index, node] = np.sum(weights * RATES * sums * np.exp(-RATES * (since + after)))
    return total
