"""Fits the model of one region, or of several that share parameters, to a catalogue: space, then time, in rounds."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from quake.etas import RegionState
from quake.etas_depth import deepness, usual_depth, with_depth
from quake.etas_fit_space import Pairs, fit_space
from quake.etas_fit_time import fit_time
from quake.etas_parameters import ENDLESS, EtasParameters

ROUNDS = ((1.2e7, 15), (1.2e7, 15), (4e7, 40))
"""Pairs and steps of each round: background probability and kernels depend on each other and settle together.

The targets are sampled so that targets times earlier earthquakes stay within the pairs: a fit takes minutes whatever
the catalogue. 2,000 targets cost the thirteen parameters 0.003 nats an event against using all (13 / 2 / 2,000).
"""
WORTH, NEWEST = 0.01, 0.2
"""Kernels end (`EtasParameters.reach`) unless that costs the newest earthquakes more than this, nats each; their share.

Both catalogues of California keep the end. In a relocated one cores are some ten metres wide, and an end counted from
these may come within the aftershock zone. The newest decide, because they are most like what is to be forecast;
docs/decisions/0021.
"""
FEWEST_TARGETS, MOST_TARGETS = 500, 6000
FEWEST_LARGE = 20
LARGEST = 9.4


def fit(
    start: EtasParameters,
    reports: NDArray[np.float64],
    span: tuple[float, float],
    rng: np.random.Generator,
    *,
    rounds: Sequence[tuple[float, int]] = ROUNDS,
    progress: Callable[[str], None] = lambda _: None,
) -> EtasParameters:
    """The model of greatest likelihood for the earthquakes between the span's days, from those before each.

    `reports`: rows of days, x east, y north in km, magnitude >= start.mc and, where it is known, depth in km, in order,
    shape (n, 4) or (n, 5). Nothing after the span is used. `rng` picks the sample of targets. Where the start's kernels
    end, WORTH decides whether they go on doing so. Raises ValueError for fewer than 200 events in the span.
    """
    known = reports[reports[:, 0] <= span[1]]
    inside = np.flatnonzero(known[:, 0] > span[0])
    if len(inside) < 200:
        raise ValueError(f"a fit needs at least 200 events >= mc in its span, got {len(inside)}")
    again = deepcopy(rng)
    parameters, newest = _settled(start, known, span, rng, rounds, progress), inside[-int(NEWEST * len(inside)) :]
    if parameters.reach < ENDLESS:
        endless = _settled(replace(start, reach=ENDLESS), known, span, again, rounds, progress)
        ends, goes_on = (RegionState(some).observe_all(known)[newest, 2].mean() for some in (parameters, endless))
        parameters = endless if goes_on - ends > WORTH else parameters
    progress("rate in time")
    parameters = _in_time(parameters, known, span)
    usual = usual_depth(parameters, with_depth(known)[inside, 4])
    parameters = replace(parameters, fractions=magnitude_fractions(known[inside, 3], parameters.mc))
    return with_ground_rate(replace(parameters, usual_depth_km=usual), known, span)


def _settled(
    start: EtasParameters,
    known: NDArray[np.float64],
    span: tuple[float, float],
    rng: np.random.Generator,
    rounds: Sequence[tuple[float, int]],
    progress: Callable[[str], None],
) -> EtasParameters:
    """After all rounds from `start`."""
    inside = np.flatnonzero(known[:, 0] > span[0])
    parameters = _in_time(start, known, span)
    for pairs, steps in rounds:
        count = int(np.clip(2 * pairs / len(known), FEWEST_TARGETS, min(MOST_TARGETS, len(inside))))
        progress(f"place density on {count} targets")
        targets = np.sort(rng.choice(inside, min(count, len(inside)), replace=False))
        arrivals = RegionState(parameters).observe_all(known)
        parameters = fit_space(parameters, [pairs_of(parameters, known, arrivals, targets)], steps)
        parameters = fit_time(parameters, known, arrivals[:, 3], span)
    return parameters


def _in_time(parameters: EtasParameters, known: NDArray[np.float64], span: tuple[float, float]) -> EtasParameters:
    return fit_time(parameters, known, RegionState(parameters).observe_all(known)[:, 3], span)


def with_ground_rate(
    parameters: EtasParameters, reports: NDArray[np.float64], span: tuple[float, float]
) -> EtasParameters:
    """`parameters` with the mean of what the background's level is followed by, in the days of the span."""
    p_bg = RegionState(replace(parameters, ground_rate=0.0)).observe_all(reports)[:, 3]
    inside = (reports[:, 0] > span[0]) & (reports[:, 0] <= span[1])
    return replace(parameters, ground_rate=float(p_bg[inside].sum()) / (span[1] - span[0]))


def pairs_of(
    parameters: EtasParameters, reports: NDArray[np.float64], arrivals: NDArray[np.float64], targets: NDArray[np.int64]
) -> Pairs:
    """The sample that `fit_space` wants from a replay's arrivals."""
    excess, width = reports[:, 3] - parameters.mc, np.log(arrivals[:, 4])
    depth = deepness(with_depth(reports)[:, 4])
    sources = np.ascontiguousarray(np.column_stack([reports[:, :3], excess, width, depth]))
    return Pairs(
        sources, targets, arrivals[targets, 5], arrivals[targets, 6], arrivals[targets, 8] / arrivals[targets, 0]
    )


def magnitude_fractions(
    magnitudes: NDArray[np.float64], mc: float, tail: Mapping[float, float] | None = None
) -> tuple[tuple[float, float], ...]:
    """Fraction of events >= mc that reach each tenth of magnitude, up to LARGEST.

    Counted while FEWEST_LARGE remain; beyond, it falls as in `tail` (the world's fractions) where that has them, else
    with b = 1: a short catalogue must not call a larger earthquake impossible.
    """
    pairs, last, share = [], mc, 1.0
    for step in np.arange(mc, LARGEST + 0.05, 0.1).round(1).tolist():
        count = int((magnitudes >= step - 1e-6).sum())
        if count >= FEWEST_LARGE:
            share = count / len(magnitudes)
        elif tail and tail.get(last, 0.0) > 0:
            share *= tail.get(step, 0.0) / tail[last]
        else:
            share *= 10 ** -(step - last)
        pairs.append((step, round(share, 12)))
        last = step
    return tuple(pairs)
