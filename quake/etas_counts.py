"""How many earthquakes a region may have in the days to come: many futures of the same state, in time alone.

Thousands of futures cost what one of `quake.etas_simulate` costs, which also says where; held against it by test.
"""

# pylint: disable=too-many-locals,consider-using-enumerate,too-many-positional-arguments  # inner loops for numba

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quake.etas import RegionState
from quake.etas_compiled import compiled
from quake.etas_depth import depth_to_come
from quake.etas_parameters import Kernel
from quake.etas_stream import NOW, background_weight, productivity, weight_of_size
from quake.etas_sums import plane_integral
from quake.etas_tree import BACKGROUND, PUSH, SPREAD, STRENGTH, WHEN

NEAREST = 250
"""A mark is drawn from so many past earthquakes on either side of the same background share."""
LONGEST_DAYS = 1.0
MOST_EVENTS = 100_000


class Marks(NamedTuple):
    """Past earthquakes as examples: the region's background share at arrival, ascending, and their p_bg."""

    share: NDArray[np.float64]
    probability: NDArray[np.float64]


class _Future(NamedTuple):
    """What each future starts from: sums at the start and the magnitudes' steps with their descending fractions."""

    rate_sums: NDArray[np.float64]
    weight_sums: NDArray[np.float64]
    steps: NDArray[np.float64]
    shares: NDArray[np.float64]


def marks_of(state: RegionState) -> Marks:
    """The examples that a state holds; what an earthquake triggers depends on p_bg, which depends on its place."""
    events = state.tree.event[: len(state)]
    events = events[events[:, BACKGROUND] > 0]
    if len(events) == 0:
        raise ValueError("a state without earthquakes has no marks")
    weights = events[:, STRENGTH] * plane_integral(state.kernel, events[:, SPREAD])
    share = _background_shares(state.kernel, np.column_stack([events[:, [WHEN, PUSH]], weights]))
    order = np.argsort(share, kind="stable")
    return Marks(share[order], events[order, BACKGROUND])


def simulate_counts(
    state: RegionState, marks: Marks, start_days: float, horizons_days: ArrayLike, magnitudes: ArrayLike,
    rng: np.random.Generator, futures: int = 1000,
) -> NDArray[np.int64]:  # fmt: skip
    """Earthquakes from the start to each (ascending) horizon of at least each magnitude, in each future.

    Shape (futures, horizons, magnitudes). Thinning of Ogata (1981), doi:10.1109/TIT.1981.1056305, cascades included.
    Raises RuntimeError when a future holds more than MOST_EVENTS: the parameters explode.
    """
    horizons, wanted = np.asarray(horizons_days, float), np.asarray(magnitudes, float)
    kernel, clock = state.ahead._replace(mu=state.background_rate), state.clock
    elapsed = max(0.0, start_days - float(clock.scalars[NOW]))
    steps, shares = np.array(state.parameters.fractions).T
    start = _Future(
        clock.rate_sums * np.exp(-kernel.time_rates * elapsed),
        clock.weight_sums * np.exp(-kernel.space_rates * elapsed),
        np.ascontiguousarray(steps),
        np.ascontiguousarray(-shares),
    )
    counts = np.zeros((futures, len(horizons), len(wanted)), np.int64)
    if not _simulate(kernel, marks, start, horizons, wanted - 1e-6, rng, counts):
        raise RuntimeError(f"more than {MOST_EVENTS} earthquakes in {horizons[-1]:g} days: the parameters explode")
    return counts


@compiled
def _background_shares(kernel: Kernel, events: NDArray[np.float64]) -> NDArray[np.float64]:
    """The background's share in the region just before each earthquake; rows of days, q, weight in order."""
    rate_sums, weight_sums = np.zeros(len(kernel.time_rates)), np.zeros(len(kernel.space_rates))
    shares = np.empty(len(events))
    for index in range(len(events)):
        elapsed = max(0.0, events[index, 0] - events[max(0, index - 1), 0])
        rate_sums *= np.exp(-kernel.time_rates * elapsed)
        weight_sums *= np.exp(-kernel.space_rates * elapsed)
        shares[index] = _background_share(kernel, kernel.mu + np.sum(kernel.time_weights * rate_sums), weight_sums)
        rate_sums += events[index, 1]
        weight_sums += events[index, 2]
    return shares


@compiled
def _background_share(kernel: Kernel, rate: float, weight_sums: NDArray[np.float64]) -> float:
    weight = np.sum(kernel.space_shares * weight_sums)
    background = background_weight(kernel, kernel.mu, rate, weight)
    return background / (background + weight)


@compiled
def _simulate(
    kernel: Kernel, marks: Marks, start: _Future, horizons: NDArray[np.float64], magnitudes: NDArray[np.float64],
    rng: np.random.Generator, counts: NDArray[np.int64],
) -> bool:  # fmt: skip
    for future in range(len(counts)):
        rate_sums, weight_sums = start.rate_sums.copy(), start.weight_sums.copy()
        now, weighed, events = 0.0, 0.0, 0
        rate = kernel.mu + np.sum(kernel.time_weights * rate_sums)
        while True:
            wait = min(rng.exponential() / rate, LONGEST_DAYS)
            now += wait
            if now >= horizons[-1]:
                break
            rate_sums *= np.exp(-kernel.time_rates * wait)
            highest, rate = rate, kernel.mu + np.sum(kernel.time_weights * rate_sums)
            if wait == LONGEST_DAYS or rng.random() * highest >= rate:
                continue
            weight_sums *= np.exp(-kernel.space_rates * (now - weighed))
            weighed = now
            magnitude = _magnitude(start, rng)
            mark = _mark(kernel, marks, rate, weight_sums, rng)
            depth_km = depth_to_come(kernel, mark)
            rate_sums += productivity(kernel, magnitude, depth_km, mark)
            weight_sums += weight_of_size(kernel, magnitude, depth_km)
            rate = kernel.mu + np.sum(kernel.time_weights * rate_sums)
            _count(counts[future], now, magnitude, horizons, magnitudes)
            events += 1
            if events > MOST_EVENTS:
                return False
    return True


@compiled
def _magnitude(start: _Future, rng: np.random.Generator) -> float:
    """The largest tenth whose fraction the draw reaches."""
    return start.steps[max(0, np.searchsorted(start.shares, -rng.random()) - 1)]


@compiled
def _mark(
    kernel: Kernel, marks: Marks, rate: float, weight_sums: NDArray[np.float64], rng: np.random.Generator
) -> float:
    """p_bg of a past earthquake that came when the background's share was about the same."""
    place = np.searchsorted(marks.share, _background_share(kernel, rate, weight_sums))
    low, high = max(0, place - NEAREST), min(len(marks.share), place + NEAREST)
    return marks.probability[low + int(rng.random() * (high - low))]


@compiled
def _count(
    counts: NDArray[np.int64], now: float, magnitude: float, horizons: NDArray[np.float64],
    magnitudes: NDArray[np.float64],
) -> None:  # fmt: skip
    for row in range(len(horizons)):
        if now < horizons[row]:
            for column in range(len(magnitudes)):
                if magnitude >= magnitudes[column]:
                    counts[row, column] += 1
