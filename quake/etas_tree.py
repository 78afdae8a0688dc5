"""A growing quadtree of earthquakes: one neighbour search for kernels, background, kernel widths.

Every node keeps the sums that let it stand for its earthquakes from afar: strength, centroid, scatter and spread, one
row per decay time (`quake.etas_sums`), brought to the present when touched. Never pruned by age, never by number.
Barnes and Hut (1986), Nature 324, 446-449, doi:10.1038/324446a0.
"""

# pylint: disable=too-many-locals,consider-using-enumerate  # inner loops for numba: plain loops over plain numbers

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quake.etas_compiled import compiled
from quake.etas_parameters import Kernel
from quake.etas_sums import MOMENTS, add, fade, fresh_shares

HALF_WIDTH_KM = 16384.0
"""Half the side of the root: holds any map projection of the Earth that is true at its centre."""
DEPTH = 17
"""Levels below the root: the smallest cell is 250 m, the accuracy of a good location."""
LEAF = 24
"""Earthquakes a leaf holds before it splits."""
FORM = 2
"""Changes with the meaning of the arrays: a state of another form is not restored."""
ROOM = 4 * DEPTH + 4
"""Nodes that one insertion may need."""
INTERNAL, EMPTY = -2, -1
NEIGHBOURS = 8
WIDTH_KM = (0.3, 50.0)
"""Smallest and largest kernel width."""
NEAR_SQUARED, FAR_SQUARED = 0.16, 1.69


class Tree(NamedTuple):
    """Nodes first, earthquakes after; all arrays grow together."""

    child: NDArray[np.int32]
    head: NDArray[np.int32]
    count: NDArray[np.int32]
    time: NDArray[np.float64]
    triggered: NDArray[np.float64]
    """Sums of strength for each decay time, shape (nodes, 16, MOMENTS)."""
    ground: NDArray[np.float64]
    """The same of p_bg width^2, with width^2 in D's place, shape (nodes, MOMENTS)."""
    event: NDArray[np.float64]
    """Rows of EVENT_COLUMNS."""
    following: NDArray[np.int32]
    used: NDArray[np.int64]
    """Nodes and earthquakes in use."""


WHEN, X, Y, MAGNITUDE, STRENGTH, SPREAD, SQUARED_WIDTH, BACKGROUND = range(8)
"""Columns of `Tree.event`: days, km, km, -, e^(a m) rho D^rho / pi, D in km2, km2, p_bg."""


def empty_tree(scales: int) -> Tree:
    """A tree of one node without earthquakes."""
    return grown(
        Tree(
            np.zeros((1, 4), np.int32), np.full(1, EMPTY, np.int32), np.zeros(1, np.int32), np.zeros(1),
            np.zeros((1, scales, MOMENTS)), np.zeros((1, MOMENTS)), np.zeros((0, 8)), np.zeros(0, np.int32),
            np.array([1, 0]),
        )
    )  # fmt: skip


def grown(tree: Tree) -> Tree:
    """The tree with room for at least ROOM more nodes and one more earthquake; itself if it has that."""
    nodes, events = int(tree.used[0]), int(tree.used[1])
    if nodes + ROOM <= len(tree.head) and events < len(tree.event):
        return tree
    node_room, event_room = 2 * (nodes + ROOM), 2 * events + 64
    resized = [_resized(array, node_room, 0) for array in tree[:6]]
    resized[1][nodes:] = EMPTY
    return Tree(*resized, _resized(tree.event, event_room, 0), _resized(tree.following, event_room, 0), tree.used)


def _resized(array: NDArray, length: int, fill: int) -> NDArray:
    larger = np.full((length, *array.shape[1:]), fill, array.dtype)
    larger[: len(array)] = array[:length]
    return larger


@compiled
def has_room(tree: Tree) -> bool:
    """Whether one more earthquake fits."""
    return tree.used[0] + ROOM <= len(tree.head) and tree.used[1] < len(tree.event)


@compiled
def _add(tree: Tree, kernel: Kernel, node: int, index: int, shares: NDArray[np.float64], sign: float) -> None:
    """Adds (or with sign -1 takes away) one earthquake's part in a node's sums; `shares` are its own as it happens."""
    event = tree.event[index]
    days, x, y = event[WHEN], event[X], event[Y]
    if days > tree.time[node]:
        fade(tree.triggered, kernel, node, tree.time[node], days)
        tree.time[node] = days
    elif days < tree.time[node]:
        shares = fresh_shares(kernel, days, tree.time[node])
    add(tree.triggered, node, sign * event[STRENGTH] * shares, x, y, event[SPREAD])
    mass, ground = sign * event[BACKGROUND] * event[SQUARED_WIDTH], tree.ground
    ground[node, 0] += mass
    ground[node, 1] += mass * x
    ground[node, 2] += mass * y
    ground[node, 3] += mass * event[SQUARED_WIDTH]
    ground[node, 4] += mass * (x * x + y * y)


@compiled
def _own_shares(tree: Tree, kernel: Kernel, index: int) -> NDArray[np.float64]:
    days = tree.event[index, WHEN]
    return fresh_shares(kernel, days, days)


@compiled
def _quadrant(x: float, y: float, centre_x: float, centre_y: float) -> int:
    return (1 if x >= centre_x else 0) + (2 if y >= centre_y else 0)


@compiled
def _child_of(tree: Tree, node: int, quadrant: int) -> int:
    child = tree.child[node, quadrant]
    if child == 0:
        child = tree.used[0]
        tree.used[0] += 1
        tree.child[node, quadrant] = child
    return child


@compiled
def _split(tree: Tree, kernel: Kernel, node: int, centre_x: float, centre_y: float) -> None:
    """Hands a leaf's earthquakes to its children."""
    index = tree.head[node]
    tree.head[node] = INTERNAL
    while index != EMPTY:
        following = tree.following[index]
        child = _child_of(tree, node, _quadrant(tree.event[index, X], tree.event[index, Y], centre_x, centre_y))
        _add(tree, kernel, child, index, _own_shares(tree, kernel, index), 1.0)
        tree.following[index] = tree.head[child]
        tree.head[child] = index
        tree.count[child] += 1
        index = following


@compiled
def insert(tree: Tree, kernel: Kernel, index: int) -> None:
    """Hangs earthquake `index`, whose row is filled in, into the tree; `has_room` must hold."""
    x, y = tree.event[index, X], tree.event[index, Y]
    node, centre_x, centre_y, half = 0, 0.0, 0.0, HALF_WIDTH_KM
    shares = _own_shares(tree, kernel, index)
    for depth in range(DEPTH + 1):
        _add(tree, kernel, node, index, shares, 1.0)
        tree.count[node] += 1
        if tree.head[node] != INTERNAL and (tree.count[node] <= LEAF or depth == DEPTH):
            tree.following[index] = tree.head[node]
            tree.head[node] = index
            return
        if tree.head[node] != INTERNAL:
            _split(tree, kernel, node, centre_x, centre_y)
        quadrant = _quadrant(x, y, centre_x, centre_y)
        half /= 2
        centre_x += half if quadrant & 1 else -half
        centre_y += half if quadrant & 2 else -half
        node = _child_of(tree, node, quadrant)


@compiled
def remove(tree: Tree, kernel: Kernel, index: int) -> None:
    """Takes an earthquake's part out of every sum; its row stays, without strength, outside all searches."""
    x, y = tree.event[index, X], tree.event[index, Y]
    node, centre_x, centre_y, half = 0, 0.0, 0.0, HALF_WIDTH_KM
    shares = _own_shares(tree, kernel, index)
    while True:
        _add(tree, kernel, node, index, shares, -1.0)
        if tree.head[node] != INTERNAL:
            break
        quadrant = _quadrant(x, y, centre_x, centre_y)
        half /= 2
        centre_x += half if quadrant & 1 else -half
        centre_y += half if quadrant & 2 else -half
        node = tree.child[node, quadrant]
    tree.event[index, STRENGTH] = 0.0
    tree.event[index, BACKGROUND] = 0.0
    tree.event[index, SPREAD] = -1.0
