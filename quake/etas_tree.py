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
from quake.etas_sums import MOMENTS, add, fade, fresh_shares, plane_integral

HALF_WIDTH_KM = 16384.0
"""Half the side of the root: holds any map projection of the Earth that is true at its centre."""
DEPTH = 17
"""Levels below the root: the smallest cell is 250 m, the accuracy of a good location."""
LEAF = 24
"""Earthquakes a leaf holds before it splits."""
FORM = 4
"""Changes with the meaning of the arrays: a state of another form is not restored."""
ROOM = 4 * DEPTH + 4
"""Nodes that one insertion may need."""
ROW, COUNT = 4, 5
"""Columns of `Tree.link` after the four children: the leaf's row in `Tree.member`, and its earthquakes."""
INTERNAL, EMPTY = -2, -1
"""In place of a row: a node with children, a leaf without earthquakes."""
NEIGHBOURS = 8
WIDTH_KM = (0.3, 50.0)
"""Smallest and largest kernel width."""
NEAR_SQUARED, FAR_SQUARED = 0.16, 1.69


class Tree(NamedTuple):
    """Nodes first, then leaves, then earthquakes. What is read together lies together: a search waits for memory."""

    link: NDArray[np.int32]
    """Of each node its children (0: none), ROW and COUNT, shape (nodes, 6)."""
    time: NDArray[np.float64]
    """Days: when each node's sums were brought to the present last."""
    sums: NDArray[np.float64]
    """GROUND's, then those of strength for each decay time, shape (nodes, 1 + 16, MOMENTS)."""
    member: NDArray[np.int32]
    """Of each leaf its newest earthquakes, in no order, shape (leaves, LEAF)."""
    event: NDArray[np.float64]
    """Of each earthquake WHEN, X, Y ..., shape (earthquakes, 8)."""
    used: NDArray[np.int64]
    """Nodes, leaves and earthquakes in use; a row of `member` that a split set free, or EMPTY."""


WHEN, X, Y, MAGNITUDE, STRENGTH, SPREAD, SQUARED_WIDTH, BACKGROUND = range(8)
"""Columns of `Tree.event`: days, km, km, -, e^(a m) rho D^rho / pi / (1 - reach^-rho), D in km2, km2, p_bg."""
GROUND = 0
"""Row of `Tree.sums`: of p_bg width^2, with width^2 in D's place and p_bg in W's, which never fades."""
NODES, LEAVES, EVENTS, SPARE = range(4)
"""Places in `Tree.used`."""


def empty_tree(scales: int) -> Tree:
    """A tree of one node without earthquakes."""
    return grown(
        Tree(
            np.array([[0, 0, 0, 0, EMPTY, 0]], np.int32), np.zeros(1), np.zeros((1, 1 + scales, MOMENTS)),
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
def _add(tree: Tree, kernel: Kernel, node: int, index: int, shares: NDArray[np.float64], sign: float) -> None:
    """Adds (or with sign -1 takes away) one earthquake's part in a node's sums; `shares` are its own as it happens."""
    event = tree.event[index]
    days, x, y = event[WHEN], event[X], event[Y]
    if days > tree.time[node]:
        fade(tree.sums, kernel, node, tree.time[node], days)
        tree.time[node] = days
    elif days < tree.time[node]:
        shares = fresh_shares(kernel, days, tree.time[node])
    whole = plane_integral(kernel, event[SPREAD])
    add(tree.sums, node, sign * event[STRENGTH] * shares, x, y, event[SPREAD], whole)
    mass, ground = sign * event[BACKGROUND] * event[SQUARED_WIDTH], tree.sums[node, GROUND]
    ground[0] += mass
    ground[1] += mass * x
    ground[2] += mass * y
    ground[3] += mass * event[SQUARED_WIDTH]
    ground[4] += mass * (x * x + y * y)
    ground[5] += sign * event[BACKGROUND]


@compiled
def _own_shares(tree: Tree, kernel: Kernel, index: int) -> NDArray[np.float64]:
    days = tree.event[index, WHEN]
    return fresh_shares(kernel, days, days)


@compiled
def _quadrant(x: float, y: float, centre_x: float, centre_y: float) -> int:
    return (1 if x >= centre_x else 0) + (2 if y >= centre_y else 0)


@compiled
def _child_of(tree: Tree, node: int, quadrant: int) -> int:
    child = tree.link[node, quadrant]
    if child == 0:
        child = tree.used[NODES]
        tree.used[NODES] += 1
        tree.link[node, quadrant] = child
    return child


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
def _split(tree: Tree, kernel: Kernel, node: int, centre_x: float, centre_y: float) -> None:
    """Hands a leaf's earthquakes to its children."""
    row = tree.link[node, ROW]
    tree.link[node, ROW] = INTERNAL
    tree.used[SPARE] = row
    for index in tree.member[row].copy():
        child = _child_of(tree, node, _quadrant(tree.event[index, X], tree.event[index, Y], centre_x, centre_y))
        _add(tree, kernel, child, index, _own_shares(tree, kernel, index), 1.0)
        tree.link[child, COUNT] += 1
        _put(tree, child, index)


@compiled
def insert(tree: Tree, kernel: Kernel, index: int) -> None:
    """Hangs earthquake `index`, whose row is filled in, into the tree; `has_room` must hold."""
    x, y = tree.event[index, X], tree.event[index, Y]
    node, centre_x, centre_y, half = 0, 0.0, 0.0, HALF_WIDTH_KM
    shares = _own_shares(tree, kernel, index)
    for depth in range(DEPTH + 1):
        _add(tree, kernel, node, index, shares, 1.0)
        tree.link[node, COUNT] += 1
        leaf = tree.link[node, ROW] != INTERNAL
        if leaf and (tree.link[node, COUNT] <= LEAF or depth == DEPTH):
            _put(tree, node, index)
            return
        if leaf:
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
        if tree.link[node, ROW] != INTERNAL:
            break
        quadrant = _quadrant(x, y, centre_x, centre_y)
        half /= 2
        centre_x += half if quadrant & 1 else -half
        centre_y += half if quadrant & 2 else -half
        node = tree.link[node, quadrant]
    tree.event[index, STRENGTH] = 0.0
    tree.event[index, BACKGROUND] = 0.0
    tree.event[index, SPREAD] = -1.0
