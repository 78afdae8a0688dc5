"""How much of a region's forecast falls into a disc: every node's kernel, cut by the circle."""

# pylint: disable=too-many-locals,consider-using-enumerate,too-many-positional-arguments,too-many-arguments  # inner loops for numba: plain loops over plain numbers

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quake.etas import RegionState
from quake.etas_compiled import compiled, inlined
from quake.etas_parameters import Kernel
from quake.etas_search import fetch_children, ground_of, push_children, root
from quake.etas_stream import GROUND_TOTAL, Clock
from quake.etas_sums import Moments, add_weights, fill_present, moments, plane_integral, present
from quake.etas_tree import FAR_SQUARED, INTERNAL, NEAR_SQUARED, ROW, Tree

RADIUS_KM = 100.0
OPENING = 1.0
"""A node is taken whole where its side is less than this share of its distance from the circle."""
SHAPED = 1
"""The one of the times at which a node's place and spread are taken: within days they hardly change, W does."""
FINEST_KM = 25.0
"""Nodes smaller than this are not opened: a disc of 100 km does not feel them."""
DISTANCE_STEP_KM, DISTANCE_COUNT = 2.5, 121
LOG_SPREAD = (-8.0, 14.0, 67)
QUANTILES = 2000


def disc_shares(
    state: RegionState, x: float, y: float, times: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """`shares_inside` of a state for a place on its plane."""
    return shares_inside(state.tree, state.clock, state.kernel, (x, y), times, share_tables(state.kernel.rho))


class ShareTable(NamedTuple):
    """Share of a kernel rho / (pi D) (1 + r^2 / D)^-(1 + rho) inside the disc: rows ln D, columns distance."""

    rho: float
    shares: NDArray[np.float64]


@cache
def share_table(rho: float) -> ShareTable:
    """The table for one exponent: ring by ring when the source is near, point by point over the disc when far."""
    distances = np.arange(DISTANCE_COUNT) * DISTANCE_STEP_KM
    return ShareTable(rho, np.stack([_row(np.exp(log), rho, distances) for log in np.linspace(*LOG_SPREAD)]))


def _row(spread: float, rho: float, distances: NDArray[np.float64]) -> NDArray[np.float64]:
    outside = 1 - (np.arange(QUANTILES) + 0.5) / QUANTILES
    ring = np.sqrt(spread * np.expm1(-np.log(outside) / rho))
    apart = np.maximum(distances[:, None], 1e-9)
    cosine = (apart**2 + ring**2 - RADIUS_KM**2) / (2 * apart * ring)
    near = (np.arccos(np.clip(cosine, -1, 1)) / np.pi).mean(1)
    points = np.sqrt((np.arange(200) + 0.5) / 200) * RADIUS_KM * np.exp(1j * np.arange(200) * np.pi * (3 - 5**0.5))
    squared = np.abs(points - distances[:, None]) ** 2
    far = RADIUS_KM**2 * (rho / spread * (1 + squared / spread) ** -(1 + rho)).mean(1)
    return np.where(distances < 1.5 * RADIUS_KM, near, far)


def share_tables(rho: float) -> tuple[ShareTable, ShareTable]:
    """Those of the kernels of that exponent, and of the background's."""
    return share_table(rho), share_table(1.0)


@compiled
def shares_inside(
    tree: Tree,
    clock: Clock,
    kernel: Kernel,
    place: tuple[float, float],
    times: NDArray[np.float64],
    tables: tuple[ShareTable, ShareTable],
) -> tuple[float, NDArray[np.float64]]:
    """Of what the region expects within 100 km of the place: the share of u, and the sum of W_j at each time."""
    inside = _disc_sums(tree, kernel, place, times, *tables)
    even = np.pi * RADIUS_KM**2 / kernel.area_km2
    near, far = (inside[-2:] + even) / (clock.scalars[GROUND_TOTAL] + 1)
    return kernel.near * near + kernel.far * far + (1 - kernel.near - kernel.far) * even, inside[:-2]


@compiled
def _disc_sums(
    tree: Tree,
    kernel: Kernel,
    place: tuple[float, float],
    times: NDArray[np.float64],
    triggered: ShareTable,
    ground: ShareTable,
) -> NDArray[np.float64]:
    """Sums of W_j's share inside the disc at each time, then of p_bg's under the near and the far kernel."""
    # Names for arrays: numba counts each that is taken out of a tuple in and out, and in a loop that takes most of it.
    link, when, kept, member, rates = tree.link, tree.time, tree.sums, tree.member, kernel.space_rates
    shares, ground_shares, count = triggered.shares, ground.shares, len(times)
    law = kernel.rho, np.log(kernel.reach), kernel.reach**-kernel.rho, plane_integral(kernel, 1.0)
    log_near, log_far, answer = np.log(NEAR_SQUARED), np.log(FAR_SQUARED), np.zeros(count + 2)
    ticks, stack, top = present(kernel, times), *root()
    while top > 0:
        top -= 1
        node, side = int(stack[top, 0]), 2 * stack[top, 3]
        towards = stack[top, 1] - place[0], stack[top, 2] - place[1]
        apart = np.sqrt(towards[0] ** 2 + towards[1] ** 2)
        if link[node, ROW] == INTERNAL and side >= max(FINEST_KM, OPENING * abs(apart - RADIUS_KM)):
            top = push_children(link, stack, top, place[0], place[1])
            fetch_children(link, when, kept, member, node)
            continue
        if when[0] > times[0]:  # nodes may know what came later: such a one is taken as of its own time
            fill_present(kernel, times, when[node], ticks)
        together, base = moments(kept, rates, node, when[node], ticks, SHAPED), ground_of(kept, node)
        if together[0] > 0 and together[5] > 0:
            inside = _triggered_inside(together, towards, law, shares)
            add_weights(kept, rates, node, when[node], ticks, inside, answer)
        if base[0] > 0 and base[5] > 0:
            apart, log_width = _apart(base, towards), np.log(base[0] / base[5])
            answer[count] += base[5] * _share(1.0, ground_shares, log_near + log_width, apart)
            answer[count + 1] += base[5] * _share(1.0, ground_shares, log_far + log_width, apart)
    return answer


@inlined
def _triggered_inside(
    together: Moments, towards: tuple[float, float], law: tuple[float, float, float, float], table: NDArray[np.float64]
) -> float:
    """Share of W inside the disc of a node's earthquakes, taken together.

    D^rho is as W weighs it: inside the disc W counts, far away W D^rho. `law`: rho, ln reach, reach^-rho, and W of
    strength 1 and D = 1.
    """
    rho, log_reach, ended, unit = law
    apart, log_spread = _apart(together, towards), np.log(together[0] / together[5] * unit) / rho
    share = _share(rho, table, log_spread, apart) - ended * _share(rho, table, log_reach + log_spread, apart)
    return max(0.0, share) / (1 - ended)


@inlined
def _apart(together: Moments, towards: tuple[float, float]) -> float:
    """Distance in km of a node's centroid; its centre lies so many east and north."""
    return np.sqrt((together[1] / together[0] + towards[0]) ** 2 + (together[2] / together[0] + towards[1]) ** 2)


@inlined
def _share(rho: float, table: NDArray[np.float64], log_spread: float, apart: float) -> float:
    """Bilinear in ln D and distance; beyond the table the disc is a point."""
    column = apart / DISTANCE_STEP_KM
    if column >= DISTANCE_COUNT - 1:
        spread = np.exp(log_spread)
        return rho / spread * (1 + apart * apart / spread) ** -(1 + rho) * RADIUS_KM * RADIUS_KM
    step = (LOG_SPREAD[1] - LOG_SPREAD[0]) / (LOG_SPREAD[2] - 1)
    row = min(max((log_spread - LOG_SPREAD[0]) / step, 0.0), LOG_SPREAD[2] - 1.001)
    i, j = int(row), int(column)
    u, w = row - i, column - j
    low = (1 - w) * table[i, j] + w * table[i, j + 1]
    high = (1 - w) * table[i + 1, j] + w * table[i + 1, j + 1]
    return (1 - u) * low + u * high
