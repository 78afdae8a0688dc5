"""Fits the model of one region, or of several that share parameters, to a catalogue: space, then time, in rounds."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from quake.etas import RegionState
from quake.etas_fit_space import Pairs, fit_space
from quake.etas_fit_time import fit_time
from quake.etas_parameters import EtasParameters

ROUNDS = ((1.2e7, 15), (1.2e7, 15), (4e7, 40))
"""Pairs and steps of each round: background probability and kernels depend on each other and settle together.

The targets are sampled so that targets times earlier earthquakes stay within the pairs: a fit takes minutes whatever
the catalogue. 2,000 targets cost the eleven parameters about 0.003 nats an event against using all (11 / 2 / 2,000).
"""
FEWEST_TARGETS, MOST_TARGETS = 500, 6000
FRACTION_MAGNITUDES = tuple(np.arange(2.0, 9.01, 0.1).round(1).tolist())


def fit(
    start: EtasParameters,
    reports: NDArray[np.float64],
    span: tuple[float, float],
    rng: np.random.Generator,
    progress: Callable[[str], None] = lambda _: None,
) -> EtasParameters:
    """The model of greatest likelihood for the earthquakes between the span's days, from those before each.

    `reports`: rows of days, x east, y north in km, magnitude >= start.mc, in order, shape (n, 4). Nothing after the
    span is used. `rng` picks the sample of targets. Raises ValueError for fewer than 200 events in the span.
    """
    known = reports[reports[:, 0] <= span[1]]
    inside = np.flatnonzero(known[:, 0] > span[0])
    if len(inside) < 200:
        raise ValueError(f"a fit needs at least 200 events >= mc in its span, got {len(inside)}")
    parameters = start
    for pairs, steps in ROUNDS:
        count = int(np.clip(2 * pairs / len(known), FEWEST_TARGETS, min(MOST_TARGETS, len(inside))))
        progress(f"place density on {count} targets")
        targets = np.sort(rng.choice(inside, min(count, len(inside)), replace=False))
        arrivals = RegionState(parameters).observe_all(known)
        parameters = fit_space(parameters, [pairs_of(parameters, known, arrivals, targets)], steps)
    progress("rate in time")
    p_bg = RegionState(parameters).observe_all(known)[:, 3]
    parameters = fit_time(parameters, known, p_bg, span)
    return replace(parameters, fractions=magnitude_fractions(known[inside, 3], parameters.mc))


def pairs_of(
    parameters: EtasParameters, reports: NDArray[np.float64], arrivals: NDArray[np.float64], targets: NDArray[np.int64]
) -> Pairs:
    """The sample that `fit_space` wants from a replay's arrivals."""
    excess, width = reports[:, 3] - parameters.mc, np.log(arrivals[:, 4])
    sources = np.ascontiguousarray(np.column_stack([reports[:, :3], excess, width]))
    return Pairs(sources, targets, arrivals[targets, 5], arrivals[targets, 6])


def magnitude_fractions(magnitudes: NDArray[np.float64], mc: float) -> tuple[tuple[float, float], ...]:
    """Empirical fraction of events >= mc that reach each tenth of magnitude, one half added where none was seen."""
    steps: Sequence[float] = [step for step in FRACTION_MAGNITUDES if step >= mc - 1e-9]
    return tuple((step, float((magnitudes >= step - 1e-9).mean())) for step in steps)
