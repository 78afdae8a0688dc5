"""What is known in one region now: every earthquake once, in its newest solution, found by place and time.

Not here: which reports are the same earthquake (`quake.identity`), and what follows from it (`quake.risk`).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quake.geo import EARTH_RADIUS_KM, unit_vectors

CELL_KM = 200.0
"""Edge of the cubes that index the sphere; no cube is special at a pole or the date line."""
DAY_S = 86_400.0
COLUMNS = ("origin_s", "latitude", "longitude", "magnitude")

Cube = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Nearby:
    """Earthquakes around a point: arrays of one length, oldest first."""

    origin_s: NDArray[np.float64]
    """Origin times, seconds since 1970."""
    magnitude: NDArray[np.float64]
    distance_km: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.origin_s)


class Catalog:
    """Earthquakes by id. `put` and `remove` replace one event's own entry; nothing else moves."""

    def __init__(self) -> None:
        self._rows = np.zeros((256, len(COLUMNS)))
        self._points = np.zeros((256, 3))
        self._used = 0
        self._free: list[int] = []
        self._row_of: dict[str, int] = {}
        self._cubes: defaultdict[Cube, list[int]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._row_of)

    def __contains__(self, quake_id: str) -> bool:
        return quake_id in self._row_of

    def put(self, quake_id: str, origin_s: float, latitude: float, longitude: float, magnitude: float) -> None:
        """Enters the earthquake, or moves it to its new solution."""
        self.remove(quake_id)
        row = self._free.pop() if self._free else self._next_row()
        self._rows[row] = origin_s, latitude, longitude, magnitude
        self._points[row] = EARTH_RADIUS_KM * unit_vectors(latitude, longitude)
        self._row_of[quake_id] = row
        self._cubes[_cube(self._points[row])].append(row)

    def remove(self, quake_id: str) -> None:
        """Takes the earthquake out, if it is in."""
        row = self._row_of.pop(quake_id, None)
        if row is not None:
            self._cubes[_cube(self._points[row])].remove(row)
            self._free.append(row)

    def within(
        self, latitude: float, longitude: float, radius_km: float, since_s: float = -np.inf, until_s: float = np.inf
    ) -> Nearby:
        """Earthquakes at most `radius_km` away (chord length, 0.001 % short at 100 km) with since <= origin < until."""
        point = EARTH_RADIUS_KM * unit_vectors(latitude, longitude)
        rows = np.fromiter(self._candidates(point, radius_km), dtype=np.intp)
        distance = np.linalg.norm(self._points[rows] - point, axis=-1)
        origin = self._rows[rows, 0]
        keep = np.flatnonzero((distance <= radius_km) & (origin >= since_s) & (origin < until_s))
        keep = keep[np.argsort(origin[keep], kind="stable")]
        return Nearby(origin[keep], self._rows[rows[keep], 3], distance[keep])

    def forget_before(self, origin_s: float) -> None:
        """Drops every earthquake older than `origin_s`."""
        for quake_id in [name for name, row in self._row_of.items() if self._rows[row, 0] < origin_s]:
            self.remove(quake_id)

    def to_arrays(self) -> dict[str, NDArray]:
        """The state as arrays without objects: `ids` (unicode) and one array a column, in order of entry."""
        rows = list(self._row_of.values())
        columns = {name: self._rows[rows, index] for index, name in enumerate(COLUMNS)}
        return {"ids": np.array(list(self._row_of), dtype=np.str_)} | columns

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray]) -> "Catalog":
        """The catalogue that `to_arrays` describes; also the quick way in for bulk history."""
        catalog, ids = cls(), arrays["ids"].tolist()
        count = len(ids)
        catalog._rows = np.stack([arrays[name] for name in COLUMNS], -1) if count else catalog._rows
        catalog._points = EARTH_RADIUS_KM * unit_vectors(catalog._rows[:, 1], catalog._rows[:, 2])
        catalog._used, catalog._row_of = count, {name: row for row, name in enumerate(ids)}
        for row, cube in enumerate(map(tuple, np.floor(catalog._points[:count] / CELL_KM).astype(int).tolist())):
            catalog._cubes[cube].append(row)
        return catalog

    def _next_row(self) -> int:
        if self._used == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
            self._points = np.concatenate([self._points, np.empty_like(self._points)])
        self._used += 1
        return self._used - 1

    def _candidates(self, point: NDArray[np.float64], radius_km: float) -> Iterable[int]:
        low = np.floor((point - radius_km) / CELL_KM).astype(int)
        high = np.floor((point + radius_km) / CELL_KM).astype(int)
        for x in range(low[0], high[0] + 1):
            for y in range(low[1], high[1] + 1):
                for z in range(low[2], high[2] + 1):
                    yield from self._cubes.get((x, y, z), ())


def _cube(point: NDArray[np.float64]) -> Cube:
    x, y, z = np.floor(point / CELL_KM).astype(int).tolist()
    return x, y, z
