"""Which tectonic setting an earthquake lies in, looked up in a grid of the world."""

import numpy as np
from numpy.typing import NDArray

REGIMES = ("active", "stable", "subduction")
"""What the numbers in the grid mean."""


def regime_at(grid: NDArray[np.uint8], latitude: float, longitude: float) -> str:
    """The regime of the cell that holds the point in degrees.

    `grid` has rows from -90 to 90 degrees latitude and columns from -180 to 180 degrees longitude, values indexing
    `REGIMES`.
    """
    rows, columns = grid.shape
    row = min(int((latitude + 90.0) / 180.0 * rows), rows - 1)
    return REGIMES[int(grid[row, int((longitude + 180.0) / 360.0 * columns) % columns])]
