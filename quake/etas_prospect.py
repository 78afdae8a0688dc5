"""The compiled part of a disc's counts: what a state holds in store for it, and how many come of that."""

# pylint: disable=too-many-locals,consider-using-enumerate,too-many-positional-arguments  # inner loops for numba: plain loops over plain numbers

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quake.etas_cascade import counts_known
from quake.etas_compiled import compiled
from quake.etas_depth import depth_to_come
from quake.etas_disc import SHAPED, shares_inside
from quake.etas_parameters import Kernel
from quake.etas_share import ShareTable
from quake.etas_stream import MU, NOW, Clock, background_weight, productivity_law, rate_at, weight_at, weight_of_size
from quake.etas_tree import Tree

CLUSTERED = 0.1
"""Triggered earthquakes happen where the background's share is about a tenth of its mean over the disc."""
SWEEPS = 3


class Prospect(NamedTuple):
    """What one region's state holds in store for a disc."""

    mu: float
    """As of now, a day."""
    rate_sums: NDArray[np.float64]
    """S_k now, shape (10,)."""
    known: NDArray[np.float64]
    """What the region expects in each part of the horizon of background and of what was reported, no cascades."""
    ground: float
    """Share of u inside the disc."""
    inside: NDArray[np.float64]
    """B u + sum W_j s_j inside it at each of the times."""
    total: NDArray[np.float64]
    """B + sum W_j at each of them."""
    productivities: NDArray[np.float64]
    """Mean q of an earthquake to come at each of the times."""
    weight: float
    """Mean W of one."""


@compiled
def prospect(
    tree: Tree,
    clock: Clock,
    kernel: Kernel,
    place: tuple[float, float],
    now: float,
    times: NDArray[np.float64],
    lengths: NDArray[np.float64],
    tables: tuple[ShareTable, ShareTable],
) -> Prospect:
    """Of a disc around a place on the region's plane: at times after `now`, one in each part of the horizon, which last
    so many days; `tables`: `etas_share.share_tables`."""
    ground, inside = shares_inside(tree, clock, kernel, place, times, tables)
    mu, weights = clock.scalars[MU], np.empty(len(times))
    productivities, means = np.empty(len(times)), np.empty(len(times))
    for number in range(len(times)):
        weights[number] = weight_at(clock, kernel, times[number])
        usual = background_weight(kernel, mu, rate_at(clock, kernel, times[number]), weights[number]) * ground
        productivities[number], means[number] = _mean_of_kinds(kernel, usual / (usual + inside[number]))
    sums = clock.rate_sums * np.exp(-kernel.time_rates * max(0.0, now - clock.scalars[NOW]))
    held, total = kernel.background * ground + inside, kernel.background + weights
    known = counts_known(sums, kernel.time_weights, kernel.time_rates, mu, lengths)
    weight = means[SHAPED] * mean_exp(kernel, kernel.a_space)
    return Prospect(mu, sums, known, ground, held, total, productivities, weight)


@compiled
def _mean_of_kinds(kernel: Kernel, background_share: float) -> tuple[float, float]:
    """Mean q of earthquakes to come in a disc, so much of them background, and mean W of those of magnitude mc."""
    push, weight = 0.0, 0.0
    for kind, p_bg, share in (
        (1.0, 0.5, background_share),
        (0.0, CLUSTERED * background_share, 1 - background_share),
    ):
        depth_km = depth_to_come(kernel, kind)
        base, exponent = productivity_law(kernel, depth_km, p_bg)
        push += share * base * mean_exp(kernel, exponent)
        weight += share * weight_of_size(kernel, kernel.mc, depth_km)
    return push, weight


@compiled
def mean_exp(kernel: Kernel, exponent: float) -> float:
    """Mean of e^(a (m - mc)) over the empirical magnitudes."""
    return np.sum(np.exp(exponent * kernel.sizes[0]) * kernel.sizes[1])


@compiled
def counts_in_disc(
    store: Prospect, whole: NDArray[np.float64], steady: NDArray[np.float64], offspring: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Expected earthquakes in the disc from now to the end of each part of the horizon, and those of them that are
    background or triggered by what was reported, shape (2, parts).

    `whole`: in the region, in each part; `steady`: those of them that wait for no other; `offspring`: W at each time
    that an earthquake in each part adds. Earthquakes to come draw the next ones towards themselves: the disc's share is
    found again with them, in sweeps.
    """
    parts, answer = len(whole), np.empty((2, len(whole)))
    answer[1] = np.cumsum(steady * store.ground + (store.known - steady) * store.inside / store.total)
    counts = steady * store.ground + (whole - steady) * store.inside / store.total
    for _ in range(SWEEPS):
        inside, total = store.inside.copy(), store.total.copy()
        for time in range(parts):
            for part in range(parts):
                inside[time] += offspring[time, part] * counts[part]
                total[time] += offspring[time, part] * whole[part]
        counts = steady * store.ground + (whole - steady) * inside / total
    answer[0] = np.cumsum(counts)
    return answer
