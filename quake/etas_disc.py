"""How much of a region's forecast falls into a disc: every node's kernel, cut by the circle."""

# pylint: disable=too-many-locals,consider-using-enumerate,too-many-positional-arguments,too-many-arguments  # inner loops for numba: plain loops over plain numbers

import numpy as np
from numpy.typing import NDArray

from quake.etas import RegionState
from quake.etas_compiled import compiled, inlined
from quake.etas_fetch import fetch
from quake.etas_parameters import Kernel
from quake.etas_search import fetch_children, ground_of, push_children, root
from quake.etas_share import RADIUS_KM, Law, ShareTable, ground_shares, law_of, share_tables, triggered_share
from quake.etas_stream import GROUND_TOTAL, Clock
from quake.etas_sums import Moments, add_weights, fill_present, moments, present
from quake.etas_tree import (
    BACKGROUND,
    COUNT,
    INTERNAL,
    ROW,
    SPREAD,
    SQUARED_WIDTH,
    STRENGTH,
    WHEN,
    Tree,
    X,
    Y,
)

OPENING = 1.0
"""A node is taken whole where this times its side is less than its distance from the circle; a wider leaf's earthquakes
are taken one by one."""
SHAPED = 1
"""The one of the times at which a node's place and spread are taken: within days they hardly change, W does."""
SMALL_KM, CUT = 50.0, 0.5**0.5
"""A smaller node only where the circle may cut it: nearer to its centre than half its diagonal."""
FINEST_KM = 25.0
"""Nodes smaller than this are not opened: a disc of 100 km does not feel them."""


def disc_shares(
    state: RegionState, x: float, y: float, times: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """`shares_inside` of a state for a place on its plane."""
    return shares_inside(state.tree, state.clock, state.kernel, (x, y), times, share_tables(state.kernel.rho))


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
    event, table, ground_table, count = tree.event, triggered.shares, ground.shares, len(times)
    law, decay, answer = law_of(kernel), (kernel.c, kernel.p, kernel.tau), np.zeros(count + 2)
    ticks, stack, top = present(kernel, times), *root()
    while top > 0:
        top -= 1
        node, side = int(stack[top, 0]), 2 * stack[top, 3]
        towards = stack[top, 1] - place[0], stack[top, 2] - place[1]
        wide = _is_wide(side, abs(np.sqrt(towards[0] ** 2 + towards[1] ** 2) - RADIUS_KM))
        if wide and link[node, ROW] == INTERNAL:
            top = push_children(link, stack, top, place[0], place[1])
            fetch_children(link, when, kept, member, node)
            continue
        if when[0] > times[0]:  # nodes may know what came later: such a one is taken as of its own time
            fill_present(kernel, times, when[node], ticks)
        if wide:
            row, asked = member[link[node, ROW], : link[node, COUNT]], max(times[SHAPED], when[node])
            part = _one_by_one(event, row, decay, law, place, asked, table, ground_table)
        else:
            together, base = moments(kept, rates, node, when[node], ticks, SHAPED), ground_of(kept, node)
            part = _taken_whole(together, base, towards, law, table, ground_table)
        if part[0] > 0:
            add_weights(kept, rates, node, when[node], ticks, part[0], answer)
        answer[count] += part[1]
        answer[count + 1] += part[2]
    return answer


@inlined
def _is_wide(side: float, edge: float) -> bool:
    """Whether a node of that side, so far from the circle, is too wide to be taken whole."""
    return side >= FINEST_KM and edge <= side * (OPENING if side >= SMALL_KM else CUT)


@inlined
def _taken_whole(
    together: Moments,
    base: Moments,
    towards: tuple[float, float],
    law: Law,
    table: NDArray[np.float64],
    ground_table: NDArray[np.float64],
) -> tuple[float, float, float]:
    """Of a node's earthquakes, taken together, the share of W inside the disc, and p_bg there under the near and the
    far kernel.

    D^rho is as W weighs it: inside the disc W counts, far away W D^rho. The node's centre lies so far `towards` the
    east and north.
    """
    inside, near, far = 0.0, 0.0, 0.0
    if together[0] > 0 and together[5] > 0:
        log_spread = np.log(together[0] / together[5] * law.unit) / law.rho
        inside = triggered_share(law, table, log_spread, _apart(together, towards))
    if base[0] > 0 and base[5] > 0:
        near, far = ground_shares(ground_table, np.log(base[0] / base[5]), _apart(base, towards))
    return inside, base[5] * near, base[5] * far


@inlined
def _one_by_one(
    event: NDArray[np.float64],
    row: NDArray[np.int32],
    decay: tuple[float, float, float],
    law: Law,
    place: tuple[float, float],
    now: float,
    table: NDArray[np.float64],
    ground_table: NDArray[np.float64],
) -> tuple[float, float, float]:
    """`_taken_whole` of the earthquakes of a `row` of `Tree.member`, each for itself; `decay`: c, p, tau."""
    inside, total, near, far = 0.0, 0.0, 0.0, 0.0
    c, p, tau = decay
    for index in row:
        fetch(event, index, event.strides[0])
    for index in row:
        if event[index, STRENGTH] == 0:
            continue
        apart = np.sqrt((event[index, X] - place[0]) ** 2 + (event[index, Y] - place[1]) ** 2)
        log_spread, age = np.log(event[index, SPREAD]), now - event[index, WHEN]
        weight = event[index, STRENGTH] * np.exp(-law.rho * log_spread - p * np.log(age + c) - age / tau)
        inside += weight * triggered_share(law, table, log_spread, apart)
        total += weight
        shares = ground_shares(ground_table, np.log(event[index, SQUARED_WIDTH]), apart)
        near += event[index, BACKGROUND] * shares[0]
        far += event[index, BACKGROUND] * shares[1]
    return inside / total if total > 0 else 0.0, near, far


@inlined
def _apart(together: Moments, towards: tuple[float, float]) -> float:
    """Distance in km of a node's centroid; its centre lies so many east and north."""
    return np.sqrt((together[1] / together[0] + towards[0]) ** 2 + (together[2] / together[0] + towards[1]) ** 2)
