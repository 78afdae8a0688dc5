"""Fits the world: a form that regions share, and what each region's own catalogue says of its level.

A region has too few earthquakes for twenty parameters but enough for three: its background rate mu, the scale of its
productivity, and the background B of its place density. The rest it borrows: from its tectonic setting, whose form is
pulled to that of the whole world. Where its own catalogue is silent its B and scale are its setting's too, and its rate
is half an earthquake in the whole span. Limits: a region is 4,000 km across and has one setting, that of most of its
earthquakes, so a trench and the crust behind it share a form; a region's form does not vary within it.
"""

# pylint: disable=too-many-locals  # the sums of one likelihood, each named once

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from quake.etas import RegionState
from quake.etas_fit import pairs_of
from quake.etas_fit_space import fit_space
from quake.etas_fit_time import RATES, SMALLEST, rate_log_likelihood
from quake.etas_parameters import PRODUCTIVITY_OFFSET, EtasParameters, kernel_of
from quake.etas_stream import background_weight, rate_integral

SHARED_ROUNDS = 2
STEPS = 20
SILENT = 0.5
"""Earthquakes that a silent span stands for."""
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sample:
    """One region's catalogue: rows of days, x, y, magnitude >= mc, in order."""

    mc: float
    reports: NDArray[np.float64]


def fit_shared(
    start: EtasParameters,
    samples: Sequence[Sample],
    span: Span,
    targets: int,
    rng: np.random.Generator,
    rounds: int = SHARED_ROUNDS,
) -> EtasParameters:
    """The form the samples share: place density and decay of greatest likelihood for all of them together.

    `targets` of each sample stand for the place density. mu of the answer is a mean: no region without a past has it.
    """
    counts = np.array([_inside(sample, span).sum() for sample in samples])
    model, levels = _fit_decay(start, samples, span, 0.3 * counts / (span[1] - span[0]))
    for _ in range(rounds):
        pairs = []
        for sample, mu in zip(samples, levels.tolist()):
            own, inside = replace(model, mc=sample.mc, mu=mu), np.flatnonzero(_inside(sample, span))
            chosen = np.sort(rng.choice(inside, min(targets, len(inside)), replace=False))
            known = sample.reports[sample.reports[:, 0] <= span[1]]
            pairs.append(pairs_of(own, known, RegionState(own).observe_all(known), chosen))
        model, levels = _fit_decay(fit_space(model, pairs, STEPS), samples, span, levels)
    return replace(model, mu=float(levels.mean()))


def _inside(sample: Sample, span: Span) -> NDArray[np.bool_]:
    return (sample.reports[:, 0] > span[0]) & (sample.reports[:, 0] <= span[1])


def _fit_decay(
    model: EtasParameters, samples: Sequence[Sample], span: Span, levels: NDArray[np.float64]
) -> tuple[EtasParameters, NDArray[np.float64]]:
    """Shared weights, a_time and theta; and a mu for each sample, started from `levels`."""
    series = [_series(replace(model, mu=mu), sample, span) for sample, mu in zip(samples, levels.tolist())]
    counts = [int(_inside(sample, span).sum()) for sample in samples]
    start = np.concatenate([np.log(levels), np.log(np.maximum(model.weights, SMALLEST)), [model.a_time, model.theta]])
    own = len(series)

    def loss(vector: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, slope = 0.0, np.zeros(len(vector))
        for index, one in enumerate(series):
            part, down = rate_log_likelihood(np.append(vector[index], vector[own:]), one, span)
            value -= part
            slope[index] -= down[0]
            slope[own:] -= down[1:]
        return value / sum(counts), slope / sum(counts)

    bounds = [(np.log(SMALLEST), 15.0)] * own + [(np.log(SMALLEST), 5.0)] * len(RATES) + [(0.0, 3.0), (-2.0, 2.0)]
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 100}).x
    found = np.exp(best[own:-2])
    a_time, theta = best[-2:].tolist()
    weights = tuple(np.where(found > 2 * SMALLEST, found, 0.0).tolist())
    return replace(model, weights=weights, a_time=a_time, theta=theta), np.exp(best[:own])


def _series(model: EtasParameters, sample: Sample, span: Span) -> tuple[NDArray[np.float64], ...]:
    known = sample.reports[sample.reports[:, 0] <= span[1]]
    p_bg = RegionState(replace(model, mc=sample.mc)).observe_all(known)[:, 3]
    return known[:, 0], known[:, 3] - sample.mc, np.log(p_bg + PRODUCTIVITY_OFFSET[0]) + PRODUCTIVITY_OFFSET[1]


def fit_own(shared: EtasParameters, sample: Sample, span: Span) -> EtasParameters:
    """`shared` with the region's own mc, B, mu and scale of productivity; few earthquakes pull little from it."""
    known = sample.reports[sample.reports[:, 0] <= span[1]]
    inside = known[:, 0] > span[0]
    days = span[1] - span[0]
    if not inside.any():
        return replace(shared, mc=sample.mc, mu=SILENT / days)
    model = replace(shared, mc=sample.mc, mu=0.5 * float(inside.sum()) / days)
    model = _own_level(model, shared, known, span)
    arrivals = RegionState(model).observe_all(known)[inside]
    model = replace(model, background=_own_background(model, arrivals))
    return _own_level(model, shared, known, span)


def log_level(parameters: EtasParameters, shared: EtasParameters) -> tuple[float, float]:
    """Natural logarithms of a region's B and of its scale of productivity, in units of the shared ones."""
    return float(np.log(parameters.background / shared.background)), float(np.log(_scale(parameters, shared)))


def _scale(parameters: EtasParameters, shared: EtasParameters) -> float:
    return sum(parameters.weights) / sum(shared.weights)


def at_level(shared: EtasParameters, log_background: float, log_scale: float) -> EtasParameters:
    """The shared form at another B and scale of productivity: `log_level`'s inverse."""
    weights = tuple(float(np.exp(log_scale) * weight) for weight in shared.weights)
    return replace(shared, background=float(shared.background * np.exp(log_background)), weights=weights)


def _own_background(model: EtasParameters, arrivals: NDArray[np.float64]) -> float:
    """B of greatest likelihood, its logarithm pulled to the shared one as by one earthquake."""
    p_bg, density = arrivals[:, 3], np.exp(arrivals[:, 2])
    even = (1 - model.near - model.far) / model.area_km2
    # Background totals within a replay: near and far come normalised from the state.
    ground = model.near * arrivals[:, 5] + model.far * arrivals[:, 6] + even
    weight, steady = arrivals[:, 7], model.steady * model.mu / arrivals[:, 0]
    triggered = (1 - p_bg) * density * (background_weight(kernel_of(model), arrivals[:, 0], weight) + weight)

    def loss(log_background: float) -> float:
        level = np.exp(log_background)
        gain = np.log(steady * ground + (1 - steady) * (level * ground + triggered) / (level + weight))
        return float(-gain.sum() + 0.5 * (log_background - np.log(model.background)) ** 2)

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(1e-3), np.log(1e6)), method="bounded").x))


def _own_level(model: EtasParameters, shared: EtasParameters, known: NDArray[np.float64], span: Span) -> EtasParameters:
    """mu and the scale of the shared weights of greatest likelihood; the scale's logarithm has a prior of width 0.5."""
    rates, offspring = (part / _scale(model, shared) for part in _triggered(model, known, span))
    days = span[1] - span[0]

    def loss(vector: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        mu, scale = np.exp(vector)
        rate = mu + scale * rates
        value = np.log(rate).sum() - mu * days - scale * offspring - 2 * vector[1] ** 2
        by_scale = (scale * rates / rate).sum() - scale * offspring - 4 * vector[1]
        return -value, -np.array([(mu / rate).sum() - mu * days, by_scale])

    start = np.log([0.5 * len(rates) / days, 1.0])
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(-20, 12), (-3, 1.5)]).x
    mu, scale = np.exp(best).tolist()
    # Silence so far does not make an earthquake impossible.
    return replace(model, mu=max(mu, SILENT / days), weights=tuple(scale * weight for weight in shared.weights))


def _triggered(model: EtasParameters, known: NDArray[np.float64], span: Span) -> tuple[NDArray[np.float64], float]:
    """Rate less mu at each earthquake of the span, and its integral over the span, silence at both ends included."""
    state, earlier = RegionState(model), known[:, 0] <= span[0]
    state.observe_all(known[earlier])
    before = rate_integral(state.clock, state.kernel, span[0]) if earlier.any() else 0.0
    arrivals = state.observe_all(known[~earlier])
    after = rate_integral(state.clock, state.kernel, span[1])
    days = span[1] - (span[0] if earlier.any() else known[0, 0])
    whole = float(arrivals[:, 1].sum() + after - before)
    return np.maximum(arrivals[:, 0] - model.mu, 0.0), max(whole - model.mu * days, 1e-9)
