"""Maximum likelihood of the place density: pairs of a sample of targets and everything before them."""

# pylint: disable=too-many-locals,consider-using-enumerate  # inner loops for numba: plain loops over plain numbers

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit  # pylint: disable=no-name-in-module  # compiled: pylint cannot see it

from quake.etas_compiled import compiled
from quake.etas_parameters import EtasParameters

FITTED = ("background", "a_space", "c", "p", "tau", "d", "rho", "gamma", "eta", "deep_space")
"""Parameters found as logarithms, in the order of the gradient; near and far, then steady, follow as logits."""
BOUNDS = {
    "background": (1e-3, 1e6), "a_space": (0.1, 3.0), "c": (1e-4, 1.0), "p": (0.3, 1.8), "tau": (10.0, 1e5),
    "d": (1e-4, 1e3), "rho": (0.15, 3.0), "gamma": (0.1, 2.5), "eta": (0.02, 2.0),
    "deep_space": (np.exp(-5.0), 1.0),
}  # fmt: skip
LOGIT_BOUND = 8.0
STEADY_BOUND = 4.0
"""98 %: so much of the rate is triggered at least, and may happen elsewhere than where it is usual."""


class Pairs(NamedTuple):
    """Everything the likelihood needs that does not change: sources in time order and targets among them."""

    sources: NDArray[np.float64]
    """Days, x, y, magnitude - mc, ln width_km, how deep (`quake.etas_depth.deepness`); shape (n, 6)."""
    targets: NDArray[np.int64]
    near: NDArray[np.float64]
    """Near background density at each target, 1/km2."""
    far: NDArray[np.float64]
    calm: NDArray[np.float64]
    """mu over the rate at each target."""


def fit_space(
    parameters: EtasParameters, samples: list[Pairs], steps: int = 60, progress: Callable[[], None] = lambda: None
) -> EtasParameters:
    """`parameters` with the place density of greatest likelihood on all samples together, started from there.

    L-BFGS-B on logarithms, with a weak pull (one part in the number of targets) towards the start, so that a sample
    that does not know a parameter leaves it there. `progress` hears of each step.
    """
    start = vector_of(parameters)
    bounds = [tuple(np.log(BOUNDS[name])) for name in FITTED]
    bounds += [(-LOGIT_BOUND, LOGIT_BOUND)] * 2 + [(-LOGIT_BOUND, STEADY_BOUND)]
    start = np.clip(start, *np.array(bounds).T)
    count = sum(len(sample.targets) for sample in samples)

    def loss(vector: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, slope = negative_log_likelihood(vector, samples, parameters)
        pull = vector - start
        return (value + 0.5 * pull @ pull) / count, (slope + pull) / count

    def after_step(_: NDArray[np.float64]) -> None:
        progress()

    limits = {"bounds": bounds, "options": {"maxiter": steps}}
    best = minimize(loss, start, jac=True, method="L-BFGS-B", callback=after_step, **limits)
    return _parameters(parameters, best.x)


def negative_log_likelihood(
    vector: NDArray[np.float64], samples: list[Pairs], fixed: EtasParameters
) -> tuple[float, NDArray[np.float64]]:
    """Minus the summed log density of the targets' places and its gradient; vector as FITTED and three logits.

    What is not fitted is that of `fixed`.
    """
    natural = np.concatenate([np.exp(vector[: len(FITTED)]), [expit(vector[-1]), fixed.reach]])
    shares = _shares(vector[-3:-1])
    value, slope = 0.0, np.zeros(len(vector))
    for sample in samples:
        even = 1 / fixed.area_km2
        background = shares[0] * sample.near + shares[1] * sample.far + shares[2] * even
        share_slopes = np.stack([shares[0] * (sample.near - background), shares[1] * (sample.far - background)], 1)
        value -= _accumulate(sample, background, share_slopes, natural, slope)
    return value, -slope


def vector_of(parameters: EtasParameters) -> NDArray[np.float64]:
    """The place density's parameters as the likelihood wants them."""
    even = max(1e-6, 1 - parameters.near - parameters.far)
    logs = [np.log(getattr(parameters, name)) for name in FITTED]
    logits = [np.log(parameters.near / even), np.log(parameters.far / even), logit(parameters.steady)]
    return np.array(logs + logits)


def _shares(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    weights = np.exp(np.append(logits, 0.0))
    return weights / weights.sum()


def _parameters(parameters: EtasParameters, vector: NDArray[np.float64]) -> EtasParameters:
    natural = dict(zip(FITTED, np.exp(vector[: len(FITTED)]).tolist()))
    near, far, _ = _shares(vector[-3:-1]).tolist()
    return replace(parameters, **natural, near=near, far=far, steady=float(expit(vector[-1])))


@compiled
def _accumulate(
    sample: Pairs,
    background: NDArray[np.float64],
    share_slopes: NDArray[np.float64],
    natural: NDArray[np.float64],
    slope: NDArray[np.float64],
) -> float:
    """Adds the gradient of the log density of all targets to `slope`; returns its sum."""
    total = 0.0
    columns = _source_columns(sample.sources, natural)
    upper, lower = np.zeros(12), np.zeros(12)
    for row in range(len(sample.targets)):
        upper[:] = 0.0
        lower[:] = 0.0
        density, weight = _pair_sums(sample.sources, columns, sample.targets[row], natural, upper, lower)
        ground = natural[0] * background[row]
        upper[0] = ground
        lower[0] = natural[0]
        upper[10:] = natural[0] * share_slopes[row]
        steady, mixture = natural[10] * sample.calm[row], (ground + density) / (natural[0] + weight)
        whole = steady * background[row] + (1 - steady) * mixture
        total += np.log(whole)
        part = (1 - steady) * mixture / whole
        slope[:12] += part * (upper / (ground + density) - lower / (natural[0] + weight))
        slope[10:12] += steady / whole * share_slopes[row]
        slope[12] += steady * (1 - natural[10]) * (background[row] - mixture) / whole
    return total


@compiled
def _source_columns(sources: NDArray[np.float64], natural: NDArray[np.float64]) -> NDArray[np.float64]:
    """ln W at once, D, ln(W rho D^rho / pi / (1 - reach^-rho)) and ln D of each source."""
    columns = np.empty((len(sources), 4))
    columns[:, 0] = natural[1] * sources[:, 3] + np.log(natural[9]) * sources[:, 5]
    logs = np.log(natural[5]) + natural[7] * sources[:, 3] + natural[8] * sources[:, 4]
    columns[:, 1] = np.exp(logs)
    columns[:, 3] = logs
    columns[:, 2] = columns[:, 0] + np.log(natural[6] / np.pi) + natural[6] * logs
    columns[:, 2] -= np.log1p(-(natural[11] ** -natural[6]))
    return columns


@compiled
def _pair_sums(
    sources: NDArray[np.float64],
    columns: NDArray[np.float64],
    target: int,
    natural: NDArray[np.float64],
    upper: NDArray[np.float64],
    lower: NDArray[np.float64],
) -> tuple[float, float]:
    """Sums of W_j s_j and W_j over the sources before one target, and their gradients in `upper` and `lower`."""
    c, p, tau, rho, end = natural[2], natural[3], natural[4], natural[6], natural[11]
    whole_slope = np.log(end) / (end**rho - 1)
    density, weight = 0.0, 0.0
    for j in range(target):
        age = sources[target, 0] - sources[j, 0]
        if age <= 0:
            continue
        log_age = np.log(age + c)
        decay = -p * log_age - age / tau
        squared = (sources[j, 1] - sources[target, 1]) ** 2 + (sources[j, 2] - sources[target, 2]) ** 2
        near, far = columns[j, 1] + squared, end * columns[j, 1] + squared
        near_log, far_log = np.log(near), np.log(far)
        ending = -np.expm1((1 + rho) * (near_log - far_log))
        part = np.exp(columns[j, 2] + decay - (1 + rho) * near_log) * ending
        mass = np.exp(columns[j, 0] + decay)
        density += part
        weight += mass
        pull = columns[j, 1] / near - (1 - ending) * end * columns[j, 1] / far
        spread = part * (rho - (1 + rho) * pull / ending)
        upper[1] += part * natural[1] * sources[j, 3]
        upper[2] -= part * p * c / (age + c)
        upper[3] -= part * p * log_age
        upper[4] += part * age / tau
        upper[5] += spread
        mean_log = (near_log - (1 - ending) * far_log) / ending
        upper[6] += part * (1 + rho * (columns[j, 3] - mean_log - whole_slope))
        upper[7] += spread * natural[7] * sources[j, 3]
        upper[8] += spread * natural[8] * sources[j, 4]
        upper[9] += part * sources[j, 5]
        lower[1] += mass * natural[1] * sources[j, 3]
        lower[2] -= mass * p * c / (age + c)
        lower[3] -= mass * p * log_age
        lower[4] += mass * age / tau
        lower[9] += mass * sources[j, 5]
    return density, weight
