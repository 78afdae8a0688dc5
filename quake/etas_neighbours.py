"""The distance to the eighth neighbour, which makes a kernel wide or narrow: the nearest in the same tree."""

# pylint: disable=too-many-positional-arguments  # inner loops for numba: plain loops over plain numbers

import numpy as np

from quake.etas_compiled import compiled
from quake.etas_search import push_children, root
from quake.etas_tree import COUNT, INTERNAL, LEAF, NEIGHBOURS, ROW, SPREAD, WIDTH_KM, Tree, X, Y


@compiled
def neighbour_width(tree: Tree, x: float, y: float) -> float:
    """Distance in km to the eighth nearest earthquake, within WIDTH_KM.

    A smallest cell knows of a class its LEAF newest alone: with so many there the eighth is nearer than WIDTH_KM.
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
            top = push_children(tree.link, stack, top, x, y)
        else:
            _take_nearer(tree, node, x, y, nearest)
    return max(np.sqrt(nearest[-1]), WIDTH_KM[0])


@compiled
def _take_nearer(tree: Tree, leaf: int, x: float, y: float, nearest: np.ndarray) -> None:
    event, member, row = tree.event, tree.member, tree.link[leaf, ROW]
    for number in range(min(tree.link[leaf, COUNT], LEAF)):
        index = member[row, number]
        squared = (event[index, X] - x) ** 2 + (event[index, Y] - y) ** 2
        if squared < nearest[-1] and event[index, SPREAD] >= 0:
            place = NEIGHBOURS - 1
            while place > 0 and nearest[place - 1] > squared:
                nearest[place] = nearest[place - 1]
                place -= 1
            nearest[place] = squared
