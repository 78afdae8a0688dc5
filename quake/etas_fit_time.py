"""Maximum likelihood of the rate in time, given the background probabilities the place density found."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from quake.etas_parameters import EtasParameters
from quake.etas_rate_likelihood import SCALES, rate_log_likelihood, times_of

SMALLEST = 1e-8
"""Weights and `blind_days` are found as logarithms: this stands for none."""
DECAY_BOUNDS = (
    [(np.log(SMALLEST), 5.0)] * SCALES
    + [(0.0, 3.0), (-2.0, 2.0), (-0.5, 0.5), (-5.0, 0.0)]
    + [(np.log(SMALLEST), np.log(0.02))]
)
"""Of `decay_of`."""
A_THETA, BLIND = SCALES + 2, SCALES + 4
"""Where a_theta and blind_days stand among them."""


def fit_time(parameters: EtasParameters, reports: NDArray[np.float64], p_bg: NDArray[np.float64],
             span: tuple[float, float], steps: int = 200) -> EtasParameters:  # fmt: skip
    """`parameters` with mu, weights, a_time, theta and deep_time of greatest likelihood for the times between the days
    of the span. a_theta and blind_days stay: docs/decisions/0032.

    `reports` are those of `RegionState.observe_all`, history before the span included; `p_bg` is the background
    probability of each at arrival.
    """
    times, decay = times_of(parameters, reports, p_bg, span[0]), decay_of(parameters)
    start, bounds = np.append(np.log(parameters.mu), decay), [(np.log(SMALLEST), 15.0), *held(decay, A_THETA, BLIND)]
    inside = int(((reports[:, 0] > span[0]) & (reports[:, 0] <= span[1])).sum())

    def loss(vector: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, slope = rate_log_likelihood(vector, times, span)
        return -value / inside, -slope / inside

    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": steps})
    return with_decay(replace(parameters, mu=float(np.exp(best.x[0]))), best.x[1:])


def decay_of(parameters: EtasParameters) -> NDArray[np.float64]:
    """The vector that DECAY_BOUNDS bound: ln weights (10), a_time, theta, a_theta, ln deep_time, ln blind_days."""
    own, weights = parameters, np.log(np.maximum(parameters.weights, SMALLEST))
    times = np.log([own.deep_time, max(own.blind_days, SMALLEST)])
    return np.concatenate([weights, [own.a_time, own.theta, own.a_theta], times])


def held(decay: NDArray[np.float64], *places: int) -> list[tuple[float, float]]:
    """DECAY_BOUNDS, what stands at these places held as it is in `decay`."""
    return [(decay[place],) * 2 if place in places else bound for place, bound in enumerate(DECAY_BOUNDS)]


def with_decay(parameters: EtasParameters, vector: NDArray[np.float64]) -> EtasParameters:
    """`decay_of`'s inverse: the parameters with those of the vector in place of their own."""
    found = np.exp(vector)
    found = np.where(found > 2 * SMALLEST, found, 0.0)
    names = ("a_time", "theta", "a_theta")
    exponents = dict(zip(names, vector[SCALES:].tolist()))
    deep_time, blind_days = found[-2:].tolist()
    return replace(
        parameters, weights=tuple(found[:SCALES].tolist()), **exponents, deep_time=deep_time, blind_days=blind_days
    )
