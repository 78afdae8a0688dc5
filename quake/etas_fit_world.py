"""Fits the world: a form that regions share, and what each region's own catalogue says of its level.

A region has too few earthquakes for twenty parameters but enough for three: its background rate mu, the scale of its
productivity, and the background B of its place density. The rest it borrows: from its tectonic setting, whose form is
pulled to that of the whole world. Where its own catalogue is silent its B and scale are its setting's too, and its rate
is half an earthquake in the whole span. Limits: a region is 4,000 km across and has one setting, that of most of its
earthquakes, so a trench and the crust behind it share a form; a region's form does not vary within it.
"""

# pylint: disable=too-many-locals  # the sums of one likelihood, each named once

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from quake import etas_fit_level
from quake.etas import RegionState
from quake.etas_fit import magnitude_fractions, pairs_of, with_ground_rate
from quake.etas_fit_space import fit_space
from quake.etas_depth import usual_depth, with_depth
from quake.etas_fit_time import DECAY_BOUNDS, SMALLEST, decay_of, with_decay
from quake.etas_parameters import EtasParameters, kernel_of
from quake.etas_rate_likelihood import Times, rate_log_likelihood, times_of
from quake.etas_stream import background_weight

SHARED_ROUNDS = 2
STEPS = 60
SHARE_DAYS = 3 * 365.25
"""How far back shares of magnitudes are counted: the agencies' scales change. docs/decisions/0025."""
DECAY_STEPS = 400
SILENT = 0.5
"""Earthquakes that a silent span stands for."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One region's catalogue: rows of days, x, y, magnitude >= mc, depth in km, in order.

    It is complete from the day `since` on; what came before is history, which the likelihood does not count.
    """

    mc: float
    reports: NDArray[np.float64]
    since: float

    def known(self, until: float) -> NDArray[np.float64]:
        """What lies before a day."""
        return self.reports[self.reports[:, 0] <= until]

    def inside(self, until: float) -> NDArray[np.bool_]:
        """Which of the reports the likelihood counts."""
        return (self.reports[:, 0] > self.since) & (self.reports[:, 0] <= until)

    def count(self, until: float) -> int:
        """How many of them that is."""
        return int(self.inside(until).sum())


def fit_shared(
    start: EtasParameters,
    samples: Sequence[Sample],
    until: float,
    targets: int,
    rng: np.random.Generator,
    *,
    rounds: int = SHARED_ROUNDS,
    progress: Callable[[], None] = lambda: None,
) -> EtasParameters:
    """The form the samples share: place density and decay of greatest likelihood for all of them together.

    `targets` of each sample stand for the place density; `progress` hears of each of at most STEPS steps a round. mu of
    the answer is a mean: no region without a past has it.
    """
    model, levels = fit_decay(start, samples, until)
    for _ in range(rounds):
        pairs = []
        for sample, mu in zip(samples, levels.tolist()):
            own, inside = replace(model, mc=sample.mc, mu=mu), np.flatnonzero(sample.inside(until))
            chosen = np.sort(rng.choice(inside, min(targets, len(inside)), replace=False))
            known = sample.known(until)
            pairs.append(pairs_of(own, known, RegionState(own).observe_all(known), chosen))
        model, levels = fit_decay(fit_space(model, pairs, STEPS, progress), samples, until, levels)
    return replace(model, mu=float(levels.mean()))


def fit_decay(
    model: EtasParameters,
    samples: Sequence[Sample],
    until: float,
    levels: NDArray[np.float64] | None = None,
) -> tuple[EtasParameters, NDArray[np.float64]]:
    """Shared decay, a_theta and blind_days included; a mu for each sample, started from `levels`."""
    if levels is None:
        levels = np.array([0.3 * sample.count(until) / (until - sample.since) for sample in samples])
    series = [_times(replace(model, mu=mu), sample, until) for sample, mu in zip(samples, levels.tolist())]
    count = sum(sample.count(until) for sample in samples)
    decay, own = decay_of(model), len(series)
    start = np.concatenate([np.log(levels), decay])

    def loss(vector: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, slope = 0.0, np.zeros(len(vector))
        for index, (one, sample) in enumerate(zip(series, samples)):
            part, down = rate_log_likelihood(np.append(vector[index], vector[own:]), one, (sample.since, until))
            value -= part
            slope[index] -= down[0]
            slope[own:] -= down[1:]
        return value / count, slope / count

    bounds = [(np.log(SMALLEST), 15.0)] * own + DECAY_BOUNDS
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": DECAY_STEPS}).x
    return with_decay(model, best[own:]), np.exp(best[:own])


def _times(model: EtasParameters, sample: Sample, until: float) -> Times:
    known, own = sample.known(until), replace(model, mc=sample.mc, ground_rate=0.0)
    return times_of(own, known, RegionState(own).observe_all(known)[:, 3], sample.since)


def fit_own(shared: EtasParameters, sample: Sample, until: float) -> EtasParameters:
    """`shared` with the region's own mc, B, mu and scale of productivity; few earthquakes pull little from it."""
    shared, known, days = replace(shared, ground_rate=0.0), sample.known(until), until - sample.since
    inside = known[:, 0] > sample.since
    if not inside.any():
        return replace(shared, mc=sample.mc, mu=SILENT / days)
    usual = usual_depth(shared, with_depth(known)[inside, 4])
    model = replace(shared, mc=sample.mc, usual_depth_km=usual, mu=0.5 * float(inside.sum()) / days)
    model = own_level(model, shared, sample, until)
    arrivals = RegionState(model).observe_all(known)[inside]
    model = replace(model, background=_own_background(model, arrivals))
    return with_ground_rate(own_level(model, shared, sample, until), known, (sample.since, until))


def recent_fractions(sample: Sample, until: float, tail: Mapping[float, float]) -> tuple[tuple[float, float], ...]:
    """`magnitude_fractions` of the region's last SHARE_DAYS, `tail` the world's for what is too rare there."""
    counted = sample.inside(until) & (sample.reports[:, 0] > until - SHARE_DAYS)
    return magnitude_fractions(sample.reports[counted, 3], sample.mc, tail)


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
    rate, weight, mu = arrivals[:, 0], arrivals[:, 7], arrivals[:, 8]
    steady = model.steady * mu / rate
    triggered = (1 - p_bg) * density * (background_weight(kernel_of(model), mu, rate, weight) + weight)

    def loss(log_background: float) -> float:
        level = np.exp(log_background)
        gain = np.log(steady * ground + (1 - steady) * (level * ground + triggered) / (level + weight))
        return float(-gain.sum() + 0.5 * (log_background - np.log(model.background)) ** 2)

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(1e-3), np.log(1e6)), method="bounded").x))


def own_level(model: EtasParameters, shared: EtasParameters, sample: Sample, until: float) -> EtasParameters:
    """The model at mu and the scale of the shared weights of greatest likelihood (`quake.etas_fit_level`)."""
    mu, scale = etas_fit_level.own_level(decay_of(shared), _times(model, sample, until), (sample.since, until))
    # Silence so far does not make an earthquake impossible.
    least = SILENT / (until - sample.since)
    return replace(model, mu=max(mu, least), weights=tuple(scale * weight for weight in shared.weights))
