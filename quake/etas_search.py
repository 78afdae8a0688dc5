"""What the tree knows of one place: triggered and background density, and the distance to the eighth neighbour."""

# pylint: disable=too-many-locals,consider-using-enumerate,too-many-positional-arguments  # inner loops for numba: plain loops over plain numbers

import numpy as np

from quake.etas_compiled import compiled
from quake.etas_parameters import Kernel
from quake.etas_sums import ending_mean, ground_mean, moments, present, shape
from quake.etas_tree import (
    BACKGROUND,
    COUNT,
    DEPTH,
    FAR_SQUARED,
    GROUND,
    HALF_WIDTH_KM,
    INTERNAL,
    LEAF,
    NEAR_SQUARED,
    NEIGHBOURS,
    ROW,
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
OPENING = 0.15
"""A node stands for its earthquakes where its side is less than this share of its distance,"""
WIDEST, DOUBT = 0.6, 5e-5
"""or less than this share of its distance or of a kernel's width, and off by no more of the density known by then."""
FEW = 2
"""So few earthquakes in a leaf are faster taken one by one."""


@compiled
def densities(
    tree: Tree, kernel: Kernel, background: float, ground_total: float, x: float, y: float, now: float
) -> tuple[float, float, float]:
    """Sums of W_j s_j(x), and of p_bg times the near and the far background kernel, 1/km2, at one place and time.

    `background` (B_t) is what u counts beside the W_j, `ground_total` what its sums will be divided by. The nearest
    nodes come first, so that what is known by then says how much doubt the ones further away may leave (relative
    opening: Springel (2005), MNRAS 364, 1105-1134, equation 18, doi:10.1111/j.1365-2966.2005.09655.x).
    """
    weights = background * kernel.near / ground_total, background * kernel.far / ground_total
    known = background * (1 - kernel.near - kernel.far) / kernel.area_km2
    smallest = kernel.d * WIDTH_KM[0] ** kernel.eta
    triggered, near, far, ticks = 0.0, 0.0, 0.0, present(kernel, now)
    stack, top = root()
    while top > 0:
        top -= 1
        node, centre_x, centre_y, half = int(stack[top, 0]), stack[top, 1], stack[top, 2], stack[top, 3]
        leaf, count = tree.link[node, ROW] != INTERNAL, tree.link[node, COUNT]
        apart, squared_side = (centre_x - x) ** 2 + (centre_y - y) ** 2, 4 * half * half
        sure = squared_side < OPENING * OPENING * apart or (leaf and count > LEAF)
        part, accepted = (0.0, 0.0, 0.0, 0.0), False
        if (sure or squared_side < WIDEST * WIDEST * (apart + smallest)) and not (leaf and count <= FEW):
            part = _from_afar(tree, kernel, node, ticks, weights, x, y, now)
            accepted = sure or part[3] < DOUBT * known
        if not accepted and leaf:
            part, accepted = _one_by_one(tree, kernel, node, x, y, now), True
        if not accepted:
            top = push_children(tree, stack, top, x, y)
            continue
        triggered += part[0]
        near += part[1]
        far += part[2]
        known += part[0] + weights[0] * part[1] + weights[1] * part[2]
    return triggered, near, far


@compiled
def root() -> tuple[np.ndarray, int]:
    """A stack that holds the root alone, rows of node, centre and half its side in km; and how many it holds."""
    stack = np.empty((STACK, 4))
    stack[0, 0], stack[0, 1], stack[0, 2], stack[0, 3] = 0.0, 0.0, 0.0, HALF_WIDTH_KM
    return stack, 1


@compiled
def push_children(tree: Tree, stack: np.ndarray, top: int, x: float, y: float) -> int:
    """Replaces the node at `top` by its children, the one that holds the place on top."""
    node, centre_x, centre_y, half = int(stack[top, 0]), stack[top, 1], stack[top, 2], stack[top, 3] / 2
    home = (1 if x >= centre_x else 0) + (2 if y >= centre_y else 0)
    for flip in range(3, -1, -1):
        quadrant = home ^ flip
        child = tree.link[node, quadrant]
        if child != 0:
            stack[top, 0] = child
            stack[top, 1] = centre_x + (half if quadrant & 1 else -half)
            stack[top, 2] = centre_y + (half if quadrant & 2 else -half)
            stack[top, 3] = half
            top += 1
    return top


@compiled
def _from_afar(
    tree: Tree,
    kernel: Kernel,
    node: int,
    ticks: np.ndarray,
    weights: tuple[float, float],
    x: float,
    y: float,
    now: float,
) -> tuple[float, float, float, float]:
    """A node's part of the three sums, its earthquakes taken together; and how far off their total may be."""
    before = tree.time[node]
    if before > now:
        ticks = present(kernel, before)
    together = moments(tree.sums, kernel, node, before, ticks)
    triggered, near, far, doubt = 0.0, 0.0, 0.0, 0.0
    if together[0] > 0 and together[3] > 0:
        squared, variance, spread = shape(together, x, y)
        triggered, doubt = ending_mean(kernel.rho, kernel.reach, squared, variance, spread)
        triggered, doubt = triggered * together[0], doubt * together[0]
    row = tree.sums[node, GROUND]
    if row[0] > 0 and row[3] > 0:
        squared, variance, width = shape((row[0], row[1], row[2], row[3], row[4], row[5]), x, y)
        near, near_doubt = ground_mean(NEAR_SQUARED * row[0] / np.pi, squared, variance, NEAR_SQUARED * width)
        far, far_doubt = ground_mean(FAR_SQUARED * row[0] / np.pi, squared, variance, FAR_SQUARED * width)
        doubt += weights[0] * near_doubt + weights[1] * far_doubt
    return triggered, near, far, doubt


@compiled
def _one_by_one(
    tree: Tree, kernel: Kernel, leaf: int, x: float, y: float, now: float
) -> tuple[float, float, float, float]:
    triggered, near, far = 0.0, 0.0, 0.0
    members = tree.member[tree.link[leaf, ROW]]
    for place in range(min(tree.link[leaf, COUNT], LEAF)):
        event = tree.event[members[place]]
        age = now - event[WHEN]
        if age <= 0 or event[STRENGTH] == 0:
            continue
        squared = (event[X] - x) ** 2 + (event[Y] - y) ** 2
        decay = -kernel.p * np.log(age + kernel.c) - age / kernel.tau
        near_log, end_log = np.log(event[SPREAD] + squared), np.log(kernel.reach * event[SPREAD] + squared)
        ending = -np.expm1((1 + kernel.rho) * (near_log - end_log))
        triggered += event[STRENGTH] * np.exp(decay - (1 + kernel.rho) * near_log) * ending
        mass, width = event[BACKGROUND] * event[SQUARED_WIDTH] / np.pi, event[SQUARED_WIDTH]
        near += NEAR_SQUARED * mass / (squared + NEAR_SQUARED * width) ** 2
        far += FAR_SQUARED * mass / (squared + FAR_SQUARED * width) ** 2
    return triggered, near, far, 0.0


@compiled
def neighbour_width(tree: Tree, x: float, y: float) -> float:
    """Distance in km to the eighth nearest earthquake, within WIDTH_KM.

    A smallest cell knows its LEAF newest alone: with so many within 250 m the eighth is nearer than WIDTH_KM.
    """
    nearest = np.full(NEIGHBOURS, WIDTH_KM[1] ** 2)
    stack, top = root()
    while top > 0:
        top -= 1
        node, centre_x, centre_y, half = int(stack[top, 0]), stack[top, 1], stack[top, 2], stack[top, 3]
        outside_x, outside_y = max(abs(centre_x - x) - half, 0.0), max(abs(centre_y - y) - half, 0.0)
        if outside_x * outside_x + outside_y * outside_y >= nearest[-1]:
            continue
        if tree.link[node, ROW] == INTERNAL:
            top = push_children(tree, stack, top, x, y)
        else:
            _take_nearer(tree, node, x, y, nearest)
    return max(np.sqrt(nearest[-1]), WIDTH_KM[0])


@compiled
def _take_nearer(tree: Tree, leaf: int, x: float, y: float, nearest: np.ndarray) -> None:
    members = tree.member[tree.link[leaf, ROW]]
    for number in range(min(tree.link[leaf, COUNT], LEAF)):
        index = members[number]
        squared = (tree.event[index, X] - x) ** 2 + (tree.event[index, Y] - y) ** 2
        if squared < nearest[-1] and tree.event[index, SPREAD] >= 0:
            place = NEIGHBOURS - 1
            while place > 0 and nearest[place - 1] > squared:
                nearest[place] = nearest[place - 1]
                place -= 1
            nearest[place] = squared
