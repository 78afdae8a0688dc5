"""A growing quadtree of earthquakes: one neighbour search for kernels, background, kernel widths.

Every node keeps the sums that let it stand for its earthquakes from afar: strength, centroid, scatter and spread, one
row per decay time (`quake.etas_sums`), brought to the present when touched. Never pruned by age, never by number.
Barnes and Hut (1986), Nature 324, 446-449, doi:10.1038/324446a0.
"""

# pylint: disable=too-many-locals,consider-using-enumerate,too-many-positional-arguments  # inner loops for numba: plain loops over plain numbers

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quake.etas_compiled import compiled
from quake.etas_parameters import Kernel
from quake.etas_sums import MOMENTS, add, fade, fresh_shares, plane_integral

HALF_WIDTH_KM = 16384.0
"""Half the side of the root: holds any map projection of the Earth that is true at its centre."""
DEPTH = 19
"""Levels below the root: the smallest cell is 62 m. A full one splits once more, by its kernels' D instead of place."""
SMALLEST_KM = HALF_WIDTH_KM / 2**DEPTH
"""Half the side of the smallest cell."""
CLASSES = (2.0, 8.0, 64.0)
"""D over the smallest there is, where one class of a smallest cell's earthquakes ends and the next begins."""
LEAF = 24
"""Earthquakes a leaf holds before it splits."""
FORM = 7
"""Changes with the meaning of the arrays: a state of another form is not restored."""
ROOM = 4 * DEPTH + 8
"""Nodes that one insertion may need."""
CHILDREN, ROW, COUNT = range(3)
"""Columns of `Tree.link`: the first of the four children, which follow each other; the leaf's row in `Tree.member`; the
earthquakes."""
INTERNAL, EMPTY = -2, -1
"""In place of a row: a node with children, a leaf without earthquakes."""
NEIGHBOURS = 8
WIDTH_KM = (0.3, 50.0)
"""Smallest and largest kernel width."""
NEAR_SQUARED, FAR_SQUARED = 0.16, 1.69


class Tree(NamedTuple):
    """Nodes first, then leaves, then earthquakes. What is read together lies together: a search waits for memory."""

    link: NDArray[np.int32]
    """Of each node CHILDREN, ROW and COUNT, shape (nodes, 3)."""
    time: NDArray[np.float64]
    """Days: when each node's sums were brought to the present last."""
    sums: NDArray[np.float64]
    """GROUND's, then those of strength for each decay time, places counted from the node's centre, shape
    (nodes, 1 + 16, MOMENTS)."""
    member: NDArray[np.int32]
    """Of each leaf its newest earthquakes, in no order, shape (leaves, LEAF)."""
    event: NDArray[np.float64]
    """Of each earthquake WHEN, X, Y ..., shape (earthquakes, 8)."""
    used: NDArray[np.int64]
    """Nodes, leaves and earthquakes in use; a row of `member` that a split set free, or EMPTY."""


WHEN, X, Y, PUSH, STRENGTH, SPREAD, SQUARED_WIDTH, BACKGROUND = range(8)
"""Columns of `Tree.event`: days, km, km, q, e^(a m) rho D^rho / pi / (1 - reach^-rho), D in km2, km2, p_bg."""
GROUND = 0
"""Row of `Tree.sums`: of p_bg width^2, with width^2 in D's place and p_bg in W's, which never fades."""
NODES, LEAVES, EVENTS, SPARE = range(4)
"""Places in `Tree.used`."""


def empty_tree(scales: int) -> Tree:
    """A tree of one node without earthquakes."""
    return grown(
        Tree(
            np.array([[0, EMPTY, 0]], np.int32), np.zeros(1), np.zeros((1, 1 + scales, MOMENTS)),
            np.zeros((0, LEAF), np.int32), np.zeros((0, 8)), np.array([1, 0, 0, EMPTY]),
        )
    )  # fmt: skip


def grown(tree: Tree) -> Tree:
    """The tree with room for at least ROOM more nodes and one more earthquake; itself if it has that."""
    if has_room(tree):
        return tree
    nodes, leaves, events = tree.used[:SPARE].tolist()
    lengths = [2 * (nodes + ROOM)] * 3 + [2 * (leaves + ROOM), 2 * events + 64]
    larger = Tree(*(_resized(array, length) for array, length in zip(tree, lengths)), tree.used)
    larger.link[nodes:, ROW] = EMPTY
    return larger


def _resized(array: NDArray, length: int) -> NDArray:
    larger = np.zeros((length, *array.shape[1:]), array.dtype)
    larger[: len(array)] = array[:length]
    return larger


@compiled
def has_room(tree: Tree) -> bool:
    """Whether one more earthquake fits."""
    used = tree.used
    nodes, leaves = used[NODES] + ROOM <= len(tree.link), used[LEAVES] + ROOM <= len(tree.member)
    return nodes and leaves and used[EVENTS] < len(tree.event)


@compiled
def _add(
    tree: Tree,
    kernel: Kernel,
    node: int,
    centre: tuple[float, float],
    index: int,
    shares: NDArray[np.float64],
    sign: float,
) -> None:
    """Adds (or with sign -1 takes away) one earthquake's part in a node's sums; `shares` are its own as it happens."""
    sums, time, event = tree.sums, tree.time, tree.event
    days, x, y = event[index, WHEN], event[index, X] - centre[0], event[index, Y] - centre[1]
    if days > time[node]:
        fade(sums, kernel.space_rates, node, time[node], days)
        time[node] = days
    elif days < time[node]:
        shares = fresh_shares(kernel, days, time[node])
    spread, width = event[index, SPREAD], event[index, SQUARED_WIDTH]
    add(sums, node, shares, sign * event[index, STRENGTH], x, y, spread, plane_integral(kernel, spread))
    mass = sign * event[index, BACKGROUND] * width
    sums[node, GROUND, 0] += mass
    sums[node, GROUND, 1] += mass * x
    sums[node, GROUND, 2] += mass * y
    sums[node, GROUND, 3] += mass * width
    sums[node, GROUND, 4] += mass * (x * x + y * y)
    sums[node, GROUND, 5] += sign * event[index, BACKGROUND]


@compiled
def _own_shares(tree: Tree, kernel: Kernel, index: int) -> NDArray[np.float64]:
    days = tree.event[index, WHEN]
    return fresh_shares(kernel, days, days)


@compiled
def _child_of(
    tree: Tree, kernel: Kernel, index: int, centre: tuple[float, float], half: float
) -> tuple[int, tuple[float, float], float]:
    """Of a cell's four children the one for an earthquake: its number, centre and half its side."""
    if half < 1.5 * SMALLEST_KM:
        scaled = tree.event[index, SPREAD] / (kernel.d * WIDTH_KM[0] ** kernel.eta)
        return (scaled > CLASSES[0]) + (scaled > CLASSES[1]) + (scaled > CLASSES[2]), centre, half
    quadrant = (1 if tree.event[index, X] >= centre[0] else 0) + (2 if tree.event[index, Y] >= centre[1] else 0)
    return quadrant, child_centre(quadrant, centre, half), half / 2


@compiled
def child_centre(child: int, centre: tuple[float, float], half: float) -> tuple[float, float]:
    """Centre of a cell's child; that of a smallest cell is its own."""
    if half < 1.5 * SMALLEST_KM:
        return centre
    quarter = half / 2
    return centre[0] + (quarter if child & 1 else -quarter), centre[1] + (quarter if child & 2 else -quarter)


@compiled
def _put(tree: Tree, node: int, index: int) -> None:
    """Writes an earthquake, counted already, into a leaf; in a full one (a smallest cell) in place of the oldest."""
    if tree.link[node, ROW] == EMPTY:
        if tree.used[SPARE] == EMPTY:
            tree.link[node, ROW] = tree.used[LEAVES]
            tree.used[LEAVES] += 1
        else:
            tree.link[node, ROW] = tree.used[SPARE]
            tree.used[SPARE] = EMPTY
    tree.member[tree.link[node, ROW], (tree.link[node, COUNT] - 1) % LEAF] = index


@compiled
def _split(tree: Tree, kernel: Kernel, node: int, centre: tuple[float, float], half: float) -> None:
    """Hands a leaf's earthquakes to its children, those that were taken back apart."""
    row, first = tree.link[node, ROW], tree.used[NODES]
    tree.link[node, CHILDREN], tree.link[node, ROW] = first, INTERNAL
    tree.used[NODES], tree.used[SPARE] = first + 4, row
    for index in tree.member[row].copy():
        if tree.event[index, STRENGTH] == 0:
            continue
        number, middle, _ = _child_of(tree, kernel, index, centre, half)
        child = first + number
        _add(tree, kernel, child, middle, index, _own_shares(tree, kernel, index), 1.0)
        tree.link[child, COUNT] += 1
        _put(tree, child, index)


@compiled
def insert(tree: Tree, kernel: Kernel, index: int) -> None:
    """Hangs earthquake `index`, whose row is filled in, into the tree; `has_room` must hold."""
    node, centre, half = 0, (0.0, 0.0), HALF_WIDTH_KM
    shares = _own_shares(tree, kernel, index)
    for depth in range(DEPTH + 2):
        _add(tree, kernel, node, centre, index, shares, 1.0)
        tree.link[node, COUNT] += 1
        leaf = tree.link[node, ROW] != INTERNAL
        if leaf and (tree.link[node, COUNT] <= LEAF or depth == DEPTH + 1):
            _put(tree, node, index)
            return
        if leaf:
            _split(tree, kernel, node, centre, half)
        number, centre, half = _child_of(tree, kernel, index, centre, half)
        node = tree.link[node, CHILDREN] + number


@compiled
def remove(tree: Tree, kernel: Kernel, index: int) -> None:
    """Takes an earthquake's part out of every sum; its row stays, without strength, outside all searches."""
    node, centre, half = 0, (0.0, 0.0), HALF_WIDTH_KM
    shares = _own_shares(tree, kernel, index)
    while True:
        _add(tree, kernel, node, centre, index, shares, -1.0)
        if tree.link[node, ROW] != INTERNAL:
            break
        number, centre, half = _child_of(tree, kernel, index, centre, half)
        node = tree.link[node, CHILDREN] + number
    tree.event[index, STRENGTH] = 0.0
    tree.event[index, BACKGROUND] = 0.0
    tree.event[index, SPREAD] = -1.0
