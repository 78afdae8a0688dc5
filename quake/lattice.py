"""The fixed lattice of places that scheduled forecasts are issued for; light, so that the map can know it too."""

from dataclasses import dataclass
from functools import cache

import numpy as np

SPACING_DEG = 2.0
"""Between neighbours: discs of 100 km hardly overlap, so that their counts are nearly independent."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A place of the lattice; ids are frozen, rows hang on them."""

    cell: str
    latitude: float
    longitude: float


@cache
def lattice() -> tuple[Cell, ...]:
    """Every place, south to north, west to east: rows SPACING_DEG apart, places in a row about as far."""
    places = []
    for row in np.arange(-90 + SPACING_DEG / 2, 90, SPACING_DEG):
        count = max(1, round(360 / SPACING_DEG * np.cos(np.radians(row))))
        places += [(float(row), round(-180 + 360 * (column + 0.5) / count, 4)) for column in range(count)]
    return tuple(Cell(f"c{number:05d}", *place) for number, place in enumerate(places))
