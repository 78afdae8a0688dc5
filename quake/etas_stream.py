"""The inner step of the space-time model: what a report was worth at arrival, and how it changes the state."""

# pylint: disable=too-many-locals,consider-using-enumerate,too-many-positional-arguments  # inner loops for numba: plain loops over plain numbers

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quake.etas_compiled import compiled
from quake.etas_depth import depth_share
from quake.etas_neighbours import neighbour_width
from quake.etas_parameters import FOLLOWED_DAYS, FOLLOWED_PRIOR, PRODUCTIVITY_OFFSET, Kernel
from quake.etas_search import densities
from quake.etas_sums import plane_integral
from quake.etas_tree import (
    BACKGROUND,
    EVENTS,
    PUSH,
    SPREAD,
    SQUARED_WIDTH,
    STRENGTH,
    WHEN,
    Tree,
    X,
    Y,
    has_room,
    insert,
    remove,
)

NOW, GROUND_TOTAL, MU, SEEN, USUAL = range(5)


class Clock(NamedTuple):
    """The state in time: O(K) whatever the history."""

    rate_sums: NDArray[np.float64]
    """S_k of the rate, as of the clock's time, shape (10,)."""
    weight_sums: NDArray[np.float64]
    """Sums of e^(a_space (m - mc)) for each decay time of the place density, shape (16,)."""
    scalars: NDArray[np.float64]
    """NOW: days; GROUND_TOTAL: sum of p_bg; MU: mu as of the last report, its mean in the years of the fit times
    (FOLLOWED_PRIOR + SEEN) / (FOLLOWED_PRIOR + USUAL); SEEN: sum of p_bg, faded over FOLLOWED_DAYS; USUAL: what that
    would be at `EtasParameters.ground_rate`. Shape (5,)."""


def fresh_clock(kernel: Kernel) -> Clock:
    """Of a state without a past."""
    scalars = np.array([-np.inf, 0.0, kernel.mu, 0.0, 0.0])
    return Clock(np.zeros(len(kernel.time_rates)), np.zeros(len(kernel.space_rates)), scalars)


@compiled
def rate_at(clock: Clock, kernel: Kernel, now: float) -> float:
    """Events >= mc a day in the whole region."""
    elapsed = max(0.0, now - clock.scalars[NOW])
    fading = np.exp(-kernel.time_rates * elapsed)
    return clock.scalars[MU] + np.sum(kernel.time_weights * clock.rate_sums * fading)


@compiled
def rate_integral(clock: Clock, kernel: Kernel, now: float) -> float:
    """Events >= mc expected in the region from the clock's time to `now`, had nothing happened between."""
    elapsed = max(0.0, now - clock.scalars[NOW])
    decayed = 1 - np.exp(-kernel.time_rates * elapsed)
    return clock.scalars[MU] * elapsed + np.sum(kernel.time_weights / kernel.time_rates * clock.rate_sums * decayed)


@compiled
def background_weight(kernel: Kernel, mu: float, rate: float, weight: float) -> float:
    """B_t, with which density = (B_t u + sum W_j s_j) / (B_t + sum W_j) at that mu, that rate and that sum of W_j."""
    steady = kernel.steady * mu / rate
    return kernel.background + (kernel.background + weight) * steady / (1 - steady)


@compiled
def place_parts(
    tree: Tree, clock: Clock, kernel: Kernel, background: float, x: float, y: float, now: float
) -> tuple[float, float, float, float]:
    """B_t u(x) for B_t = `background`, sum W_j s_j(x), both 1/km2; and the near and far densities u is made of."""
    triggered, near, far = densities(tree, kernel, background, clock.scalars[GROUND_TOTAL] + 1, x, y, now)
    # One made-up earthquake, spread evenly, stands for a background that is not known yet.
    near = (near + 1 / kernel.area_km2) / (clock.scalars[GROUND_TOTAL] + 1)
    far = (far + 1 / kernel.area_km2) / (clock.scalars[GROUND_TOTAL] + 1)
    even = (1 - kernel.near - kernel.far) / kernel.area_km2
    return background * (kernel.near * near + kernel.far * far + even), triggered, near, far


@compiled
def weight_at(clock: Clock, kernel: Kernel, now: float) -> float:
    """Sum of W_j."""
    elapsed = max(0.0, now - clock.scalars[NOW])
    return np.sum(kernel.space_shares * clock.weight_sums * np.exp(-kernel.space_rates * elapsed))


@compiled
def density_at(
    tree: Tree, clock: Clock, kernel: Kernel, x: float, y: float, now: float
) -> tuple[float, float, float, float]:
    """Density of the place, 1/km2; the share of the background in it; the near and far densities u is made of."""
    weight = weight_at(clock, kernel, now)
    background = background_weight(kernel, clock.scalars[MU], rate_at(clock, kernel, now), weight)
    ground, triggered, near, far = place_parts(tree, clock, kernel, background, x, y, now)
    return (ground + triggered) / (background + weight), ground / (ground + triggered), near, far


@compiled
def arrive(tree: Tree, clock: Clock, kernel: Kernel, report: NDArray[np.float64], arrival: NDArray[np.float64]) -> None:
    """Fills `arrival` (ARRIVAL_COLUMNS) with what the model said before `report` (days, x, y, magnitude, depth in km),
    then takes it in."""
    now, x, y = report[0], report[1], report[2]
    density, probability, near, far = density_at(tree, clock, kernel, x, y, now)
    arrival[0] = rate_at(clock, kernel, now)
    arrival[1] = rate_integral(clock, kernel, now)
    arrival[2] = np.log(density)
    arrival[3] = probability
    arrival[4] = neighbour_width(tree, x, y)
    arrival[5] = near
    arrival[6] = far
    arrival[7] = weight_at(clock, kernel, now)
    arrival[8] = clock.scalars[MU]
    take_in(tree, clock, kernel, report, arrival[3], arrival[4])


ARRIVAL_COLUMNS = (
    "rate", "rate_integral", "log_density", "background_probability", "width_km", "near", "far", "weight",
    "background_rate",
)  # fmt: skip


@compiled
def productivity(kernel: Kernel, magnitude: float, depth_km: float, background_probability: float) -> float:
    """q: what an earthquake adds to every sum of the rate."""
    base, exponent = productivity_law(kernel, depth_km, background_probability)
    return base * np.exp(exponent * (magnitude - kernel.mc))


@compiled
def productivity_law(kernel: Kernel, depth_km: float, background_probability: float) -> tuple[float, float]:
    """q of magnitude mc, and the exponent with which it grows with magnitude."""
    p_bg = max(background_probability, kernel.least_p_bg)
    shift = np.log(p_bg + PRODUCTIVITY_OFFSET[0]) + PRODUCTIVITY_OFFSET[1]
    base = depth_share(kernel.deep_time, depth_km) * np.exp(kernel.theta * shift)
    return base, kernel.a_time + kernel.a_theta * shift


@compiled
def weight_of_size(kernel: Kernel, magnitude: float, depth_km: float) -> float:
    """What an earthquake adds to every sum of W."""
    return depth_share(kernel.deep_space, depth_km) * np.exp(kernel.a_space * (magnitude - kernel.mc))


@compiled
def take_in(
    tree: Tree, clock: Clock, kernel: Kernel, report: NDArray[np.float64], probability: float, width: float
) -> None:
    """Adds one earthquake, with its background probability and kernel width, to the state."""
    index = tree.used[EVENTS]
    tree.used[EVENTS] += 1
    excess = report[3] - kernel.mc
    spread = kernel.d * np.exp(kernel.gamma * excess) * width**kernel.eta
    event = tree.event[index]
    event[WHEN], event[X], event[Y] = report[0], report[1], report[2]
    event[PUSH] = productivity(kernel, report[3], report[4], probability)
    event[STRENGTH] = weight_of_size(kernel, report[3], report[4]) / plane_integral(kernel, spread)
    event[SPREAD] = spread
    event[SQUARED_WIDTH] = width * width
    event[BACKGROUND] = probability
    insert(tree, kernel, index)
    _change_clock(clock, kernel, event, 1.0)


@compiled
def take_out(tree: Tree, clock: Clock, kernel: Kernel, index: int) -> None:
    """Takes one earthquake's own part out of the state from now on; others keep what they had of it at arrival."""
    _change_clock(clock, kernel, tree.event[index], -1.0)
    remove(tree, kernel, index)


@compiled
def _change_clock(clock: Clock, kernel: Kernel, event: NDArray[np.float64], sign: float) -> None:
    elapsed = max(0.0, event[WHEN] - clock.scalars[NOW])
    clock.scalars[NOW] += elapsed
    age = clock.scalars[NOW] - event[WHEN]
    _let_fade(clock.rate_sums, kernel.time_rates, elapsed, sign * event[PUSH], age)
    weight = sign * event[STRENGTH] * plane_integral(kernel, event[SPREAD])
    _let_fade(clock.weight_sums, kernel.space_rates, elapsed, weight, age)
    clock.scalars[GROUND_TOTAL] += sign * event[BACKGROUND]
    _follow(clock.scalars, kernel, elapsed, sign * event[BACKGROUND], age)


@compiled
def _follow(scalars: NDArray[np.float64], kernel: Kernel, elapsed: float, share: float, age: float) -> None:
    """Fades what the level knows of the background, adds one earthquake's `share` of that age, and finds mu anew."""
    if kernel.ground_rate == 0:
        return
    fading = np.exp(-elapsed / FOLLOWED_DAYS)
    scalars[SEEN] = scalars[SEEN] * fading + share * np.exp(-age / FOLLOWED_DAYS)
    scalars[USUAL] = scalars[USUAL] * fading + kernel.ground_rate * FOLLOWED_DAYS * (1 - fading)
    scalars[MU] = kernel.mu * (FOLLOWED_PRIOR + scalars[SEEN]) / (FOLLOWED_PRIOR + scalars[USUAL])


@compiled
def _let_fade(sums: NDArray[np.float64], rates: NDArray[np.float64], elapsed: float, share: float, age: float) -> None:
    """Fades sums of each decay time, then adds one earthquake's `share` of that age."""
    for scale in range(len(sums)):
        sums[scale] = sums[scale] * np.exp(-rates[scale] * elapsed) + share * np.exp(-rates[scale] * age)


@compiled
def replay(
    tree: Tree, clock: Clock, kernel: Kernel, reports: NDArray[np.float64], arrivals: NDArray[np.float64]
) -> int:
    """`arrive` for each row until the tree is full; how many rows were taken in."""
    for index in range(len(reports)):
        if not has_room(tree):
            return index
        arrive(tree, clock, kernel, reports[index], arrivals[index])
    return len(reports)
