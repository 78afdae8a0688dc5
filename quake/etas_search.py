"""What the tree knows of one place: triggered and background density, and the distance to the eighth neighbour."""

# pylint: disable=too-many-locals,consider-using-enumerate  # inner loops for numba: plain loops over plain numbers

import numpy as np

from quake.etas_compiled import compiled
from quake.etas_parameters import Kernel
from quake.etas_tree import (
    BACKGROUND,
    DEPTH,
    EMPTY,
    FAR_SQUARED,
    HALF_WIDTH_KM,
    INTERNAL,
    LEAF,
    NEAR_SQUARED,
    NEIGHBOURS,
    OPENING,
    SPREAD,
    SQUARED_WIDTH,
    STRENGTH,
    WHEN,
    WIDTH_KM,
    Tree,
    X,
    Y,
)

STACK = 3 * DEPTH + 8
CROWD = 64
"""Newest earthquakes looked at in a smallest cell: with so many within 250 m the eighth is nearer than WIDTH_KM."""


@compiled
def densities(tree: Tree, kernel: Kernel, x: float, y: float, now: float) -> tuple[float, float, float]:
    """Sums of W_j s_j(x), and of p_bg times the near and the far background kernel, 1/km2, at one place and time."""
    stack, top = _root()
    triggered, near, far = 0.0, 0.0, 0.0
    while top > 0:
        top -= 1
        node, centre_x, centre_y, half = int(stack[top, 0]), stack[top, 1], stack[top, 2], stack[top, 3]
        apart = (centre_x - x) ** 2 + (centre_y - y) ** 2
        crowded = tree.head[node] != INTERNAL and tree.count[node] > LEAF
        if 4 * half * half < OPENING * OPENING * apart or crowded:
            part = _from_afar(tree, kernel, node, x, y, now)
        elif tree.head[node] == INTERNAL:
            top = _push_children(tree, stack, top, x, y)
            continue
        else:
            part = _one_by_one(tree, kernel, tree.head[node], x, y, now)
        triggered += part[0]
        near += part[1]
        far += part[2]
    return triggered, near, far


@compiled
def _root() -> tuple[np.ndarray, int]:
    stack = np.empty((STACK, 4))
    stack[0, 0], stack[0, 1], stack[0, 2], stack[0, 3] = 0.0, 0.0, 0.0, HALF_WIDTH_KM
    return stack, 1


@compiled
def _push_children(tree: Tree, stack: np.ndarray, top: int, x: float, y: float) -> int:
    """Replaces the node at `top` by its children, the one that holds the place on top."""
    node, centre_x, centre_y, half = int(stack[top, 0]), stack[top, 1], stack[top, 2], stack[top, 3] / 2
    home = (1 if x >= centre_x else 0) + (2 if y >= centre_y else 0)
    for flip in range(3, -1, -1):
        quadrant = home ^ flip
        child = tree.child[node, quadrant]
        if child != 0:
            stack[top, 0] = child
            stack[top, 1] = centre_x + (half if quadrant & 1 else -half)
            stack[top, 2] = centre_y + (half if quadrant & 2 else -half)
            stack[top, 3] = half
            top += 1
    return top


@compiled
def _from_afar(tree: Tree, kernel: Kernel, node: int, x: float, y: float, now: float) -> tuple[float, float, float]:
    mass, mass_x, mass_y, mass_d = moments(tree, kernel, node, now)
    triggered, near, far = 0.0, 0.0, 0.0
    if mass > 0:
        squared = (mass_x / mass - x) ** 2 + (mass_y / mass - y) ** 2
        triggered = mass * np.exp(-(1 + kernel.rho) * np.log(mass_d / mass + squared))
    ground = tree.ground[node]
    if ground[0] > 0:
        squared = (ground[1] / ground[0] - x) ** 2 + (ground[2] / ground[0] - y) ** 2
        width = ground[3] / ground[0]
        near = NEAR_SQUARED * ground[0] / np.pi / (squared + NEAR_SQUARED * width) ** 2
        far = FAR_SQUARED * ground[0] / np.pi / (squared + FAR_SQUARED * width) ** 2
    return triggered, near, far


@compiled
def moments(tree: Tree, kernel: Kernel, node: int, now: float) -> tuple[float, float, float, float]:
    """A node's strength, strength x, strength y and strength D at a time: each decay time's share, decayed."""
    elapsed = max(0.0, now - tree.time[node])
    mass, mass_x, mass_y, mass_d = 0.0, 0.0, 0.0, 0.0
    sums = tree.triggered[node]
    for scale in range(len(kernel.space_rates)):
        exponent = kernel.space_rates[scale] * elapsed
        if exponent > 40:
            break
        share = kernel.space_shares[scale] * np.exp(-exponent)
        mass += share * sums[scale, 0]
        mass_x += share * sums[scale, 1]
        mass_y += share * sums[scale, 2]
        mass_d += share * sums[scale, 3]
    return mass, mass_x, mass_y, mass_d


@compiled
def _one_by_one(tree: Tree, kernel: Kernel, index: int, x: float, y: float, now: float) -> tuple[float, float, float]:
    triggered, near, far = 0.0, 0.0, 0.0
    while index != EMPTY:
        event = tree.event[index]
        index = tree.following[index]
        age = now - event[WHEN]
        if age <= 0 or event[STRENGTH] == 0:
            continue
        squared = (event[X] - x) ** 2 + (event[Y] - y) ** 2
        decay = -kernel.p * np.log(age + kernel.c) - age / kernel.tau
        triggered += event[STRENGTH] * np.exp(decay - (1 + kernel.rho) * np.log(event[SPREAD] + squared))
        mass, width = event[BACKGROUND] * event[SQUARED_WIDTH] / np.pi, event[SQUARED_WIDTH]
        near += NEAR_SQUARED * mass / (squared + NEAR_SQUARED * width) ** 2
        far += FAR_SQUARED * mass / (squared + FAR_SQUARED * width) ** 2
    return triggered, near, far


@compiled
def neighbour_width(tree: Tree, x: float, y: float) -> float:
    """Distance in km to the eighth nearest earthquake, within WIDTH_KM."""
    nearest = np.full(NEIGHBOURS, WIDTH_KM[1] ** 2)
    stack, top = _root()
    while top > 0:
        top -= 1
        node, centre_x, centre_y, half = int(stack[top, 0]), stack[top, 1], stack[top, 2], stack[top, 3]
        outside_x, outside_y = max(abs(centre_x - x) - half, 0.0), max(abs(centre_y - y) - half, 0.0)
        if outside_x * outside_x + outside_y * outside_y >= nearest[-1]:
            continue
        if tree.head[node] == INTERNAL:
            top = _push_children(tree, stack, top, x, y)
        else:
            _take_nearer(tree, tree.head[node], x, y, nearest)
    return max(np.sqrt(nearest[-1]), WIDTH_KM[0])


@compiled
def _take_nearer(tree: Tree, index: int, x: float, y: float, nearest: np.ndarray) -> None:
    for _ in range(CROWD):
        if index == EMPTY:
            return
        squared = (tree.event[index, X] - x) ** 2 + (tree.event[index, Y] - y) ** 2
        if squared < nearest[-1] and tree.event[index, SPREAD] >= 0:
            place = NEIGHBOURS - 1
            while place > 0 and nearest[place - 1] > squared:
                nearest[place] = nearest[place - 1]
                place -= 1
            nearest[place] = squared
        index = tree.following[index]
