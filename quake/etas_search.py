"""What the tree knows of one place: the triggered and the background density."""

# pylint: disable=too-many-locals,consider-using-enumerate,too-many-positional-arguments  # inner loops for numba: plain loops over plain numbers

import numpy as np

from quake.etas_compiled import compiled, inlined
from quake.etas_fetch import fetch
from quake.etas_parameters import Kernel
from quake.etas_sums import (
    Moments,
    fill_present,
    ground_mean,
    ground_spread,
    kernel_mean,
    moments,
    plane_integral,
    present,
    shape,
    spread_at,
    unevenness,
)
from quake.etas_tree import (
    BACKGROUND,
    CHILDREN,
    COUNT,
    DEPTH,
    EMPTY,
    FAR_SQUARED,
    GROUND,
    HALF_WIDTH_KM,
    INTERNAL,
    LEAF,
    NEAR_SQUARED,
    ROW,
    SMALLEST_KM,
    SPREAD,
    SQUARED_WIDTH,
    STRENGTH,
    WHEN,
    WIDTH_KM,
    Tree,
    X,
    Y,
    child_centre,
)

STACK = 3 * DEPTH + 12
DOUBT = 5e-4
"""A node no wider than it is far, or than a kernel, stands for its earthquakes where what their scatter and different
widths change is less than this share of the density known by then."""
FEW = 2
"""So few earthquakes in a leaf are faster taken one by one."""
FETCHED = 448
"""Bytes of a node's sums that are asked for ahead: the ground's and the eight slowest decay times', which are all that
is read of a node left alone for a year."""


@compiled
def densities(
    tree: Tree, kernel: Kernel, background: float, ground_total: float, x: float, y: float, now: float
) -> tuple[float, float, float]:
    """Sums of W_j s_j(x), and of p_bg times the near and the far background kernel, 1/km2, at one place and time.

    `background` (B_t) is what u counts beside the W_j, `ground_total` what its sums will be divided by. The nearest
    nodes come first, so that what is known by then says how much doubt the ones further away may leave (relative
    opening: Springel (2005), MNRAS 364, 1105-1134, equation 18, doi:10.1111/j.1365-2966.2005.09655.x).
    """
    link, when, sums, rates = tree.link, tree.time, tree.sums, kernel.space_rates
    member, event = tree.member, tree.event
    decay, law = (kernel.c, kernel.p, kernel.tau), (kernel.rho, kernel.reach, plane_integral(kernel, 1.0))
    weights = background * kernel.near / ground_total, background * kernel.far / ground_total
    smallest = kernel.d * WIDTH_KM[0] ** kernel.eta
    known = background * (1 - kernel.near - kernel.far) / kernel.area_km2
    triggered, near, far, times = 0.0, 0.0, 0.0, np.array([now])
    ticks, stack, top = present(kernel, times), *root()
    while top > 0:
        top -= 1
        node, centre_x, centre_y, half = int(stack[top, 0]), stack[top, 1], stack[top, 2], stack[top, 3]
        leaf, count = link[node, ROW] != INTERNAL, link[node, COUNT]
        apart, squared_side = (centre_x - x) ** 2 + (centre_y - y) ** 2, 4 * half * half
        sure = leaf and count > LEAF
        part, accepted = (0.0, 0.0, 0.0, 0.0), False
        if (sure or squared_side < apart + smallest) and not (leaf and count <= FEW):
            if when[0] > now:  # nodes may know what came later: such a one is taken as of its own time
                fill_present(kernel, times, when[node], ticks)
            together = moments(sums, rates, node, when[node], ticks, 0)
            part = _from_afar(together, ground_of(sums, node), law, weights, centre_x - x, centre_y - y)
            accepted = sure or part[3] < DOUBT * known
        if not accepted and leaf:
            row, accepted = link[node, ROW], True
            part = _one_by_one(event, member, row, min(count, LEAF), decay, law, (x, y), now)
        if not accepted:
            top = push_children(link, stack, top, x, y)
            fetch_children(link, when, sums, member, node)
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


@inlined
def push_children(link: np.ndarray, stack: np.ndarray, top: int, x: float, y: float) -> int:
    """Replaces the node at `top` by its children, the one that holds the place on top."""
    node, centre, half = int(stack[top, 0]), (stack[top, 1], stack[top, 2]), stack[top, 3]
    first, home = link[node, CHILDREN], (1 if x >= centre[0] else 0) + (2 if y >= centre[1] else 0)
    for flip in range(3, -1, -1):
        child = home ^ flip
        if link[first + child, COUNT] > 0:
            stack[top, 0] = first + child
            stack[top, 1], stack[top, 2] = child_centre(child, centre, half)
            stack[top, 3] = max(half / 2, SMALLEST_KM)
            top += 1
    return top


@inlined
def fetch_children(link: np.ndarray, when: np.ndarray, sums: np.ndarray, member: np.ndarray, node: int) -> None:
    """Asks for what a search will read of a node's children, and for what it needs to go on from there."""
    first = link[node, CHILDREN]
    fetch(when, first, 4 * when.itemsize)
    for child in range(first, first + 4):
        if link[child, COUNT] > FEW:
            fetch(sums, child, FETCHED)
        if link[child, ROW] == INTERNAL:
            fetch(link, link[child, CHILDREN], 4 * link.strides[0])
        elif link[child, ROW] != EMPTY:
            fetch(member, link[child, ROW], member.strides[0])


@inlined
def ground_of(sums: np.ndarray, node: int) -> Moments:
    """A node's moments of the background."""
    return (
        sums[node, GROUND, 0], sums[node, GROUND, 1], sums[node, GROUND, 2],
        sums[node, GROUND, 3], sums[node, GROUND, 4], sums[node, GROUND, 5],
    )  # fmt: skip


@inlined
def _from_afar(
    together: Moments,
    base: Moments,
    law: tuple[float, float, float],
    weights: tuple[float, float],
    east: float,
    north: float,
) -> tuple[float, float, float, float]:
    """A node's part of the three sums, its earthquakes taken together; and how far off their total may be: the size of
    what their scatter and the different widths of their kernels change to first order.

    `together` and `base`: its moments and those of its background; `law`: rho, reach and W of strength 1 and D = 1;
    the node's centre lies so far `east` and `north`.
    """
    triggered, near, far, doubt = 0.0, 0.0, 0.0, 0.0
    rho, reach, unit = law
    if together[0] > 0 and together[3] > 0 and together[5] > 0:
        squared, variance = shape(together, east, north)
        mean, weighed = together[3] / together[0], np.exp(np.log(together[0] * unit / together[5]) / rho)
        spread = spread_at(weighed, mean, squared + variance)
        end = spread_at(reach * weighed, reach * mean, squared + variance)
        whole = together[0] * kernel_mean(rho, squared, variance, spread)
        triggered = max(0.0, whole - together[0] * kernel_mean(rho, squared, variance, end))
        doubt = whole * (1 + rho) * unevenness(variance, mean - weighed, mean, spread + squared + variance)
    if base[0] > 0 and base[3] > 0 and base[5] > 0:
        squared, variance = shape(base, east, north)
        mean, weighed = base[3] / base[0], base[0] / base[5]
        near, near_doubt = _ground_part(base[0], squared, variance, NEAR_SQUARED, mean, weighed)
        far, far_doubt = _ground_part(base[0], squared, variance, FAR_SQUARED, mean, weighed)
        doubt += weights[0] * near_doubt + weights[1] * far_doubt
    return triggered, near, far, doubt


@inlined
def _ground_part(
    mass: float, squared: float, variance: float, size: float, mean: float, weighed: float
) -> tuple[float, float]:
    """A node's part of the near or far background, kernels of `size` times width^2; and how far off it may be: what
    their scatter changes to first order, and their different widths."""
    peak, apart, spread = size * mass / np.pi, squared + variance, size * mean
    value = peak * ground_mean(squared, variance, ground_spread(size * weighed, spread, apart))
    alike = peak * ground_mean(squared, variance, spread)
    return value, value - alike + 2 * value * variance / (spread + apart)


@inlined
def _one_by_one(
    event: np.ndarray,
    member: np.ndarray,
    row: int,
    count: int,
    decay: tuple[float, float, float],
    law: tuple[float, float, float],
    at: tuple[float, float],
    now: float,
) -> tuple[float, float, float, float]:
    """The three sums over the first of a `row` of `member`, and no doubt; `decay`: c, p, tau, `law` as of a node."""
    triggered, near, far = 0.0, 0.0, 0.0
    (c, p, tau), (rho, reach, _) = decay, law
    for place in range(count):
        fetch(event, member[row, place], event.strides[0])
    for place in range(count):
        index = member[row, place]
        age = now - event[index, WHEN]
        if age <= 0 or event[index, STRENGTH] == 0:
            continue
        squared = (event[index, X] - at[0]) ** 2 + (event[index, Y] - at[1]) ** 2
        left = -p * np.log(age + c) - age / tau
        near_log, end_log = np.log(event[index, SPREAD] + squared), np.log(reach * event[index, SPREAD] + squared)
        ending = -np.expm1((1 + rho) * (near_log - end_log))
        triggered += event[index, STRENGTH] * np.exp(left - (1 + rho) * near_log) * ending
        width = event[index, SQUARED_WIDTH]
        mass = event[index, BACKGROUND] * width / np.pi
        near += NEAR_SQUARED * mass / (squared + NEAR_SQUARED * width) ** 2
        far += FAR_SQUARED * mass / (squared + FAR_SQUARED * width) ** 2
    return triggered, near, far, 0.0
