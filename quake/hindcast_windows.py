"""Forecasts made again at every horizon and magnitude, after earthquakes and on the lattice, beside what came."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from quake.catalog import DAY_S
from quake.geo import EARTH_RADIUS_KM, unit_vectors
from quake.grid import active_cells
from quake.hindcast import DELAY_S, MEMORY_MAGNITUDE, replayed
from quake.model import ForecastModel
from quake.quakes import DELTA_M, MC, Quakes
from quake.risk import HORIZONS_DAYS, MAGNITUDES, RADIUS_KM

GRID_DAYS = max(HORIZONS_DAYS)
"""Between grids: their windows do not overlap."""
LONGEST_S = max(HORIZONS_DAYS) * DAY_S
THINNED = 6
"""A grid asks every sixth cell, the next grid the next sixth: many times beat many places."""
Asked = tuple[bool, float, float, float, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Windows:
    """n forecasts, oldest first, whose longest horizon has passed; what came has shape (n, horizons, magnitudes)."""

    after: NDArray[np.bool_]
    """Made after an earthquake; the others are a place's of the lattice."""
    at_s: NDArray[np.float64]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    expected: NDArray[np.float64]
    """COUNTS and FIRSTS, not calibrated, shape (n, 2, horizons, magnitudes)."""
    observed: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.at_s)

    def only(self, kept: NDArray[np.bool_]) -> "Windows":
        """Those of a mask of shape (n,)."""
        return Windows(*(getattr(self, field.name)[kept] for field in fields(self)))

    def between(self, start: datetime, end: datetime) -> "Windows":
        """Those made since `start` that had ended by `end`."""
        last = end.timestamp() - LONGEST_S
        return self.only((self.at_s >= start.timestamp()) & (self.at_s <= last))


def windows(model: ForecastModel, quakes: Quakes, start: datetime, end: datetime) -> Windows:
    """What the model says, without its calibration, after each M >= MC of the span and on a sixth of the
    lattice's active cells every GRID_DAYS; each has seen nothing later, and what came of it lies before `end`.

    Raises ValueError when none has ended by then.
    """
    asked = [row for row in _asked(model, quakes, start, end) if row[1] <= end.timestamp() - LONGEST_S]
    if not asked:
        raise ValueError(
            f"no forecast made since {start} has ended by {end}: {max(HORIZONS_DAYS)} days are the longest"
        )
    kind, at_s, latitude, longitude, expected = (np.array(column) for column in zip(*asked))
    observed = _came(quakes, at_s, latitude, longitude)
    return Windows(kind, at_s, latitude, longitude, expected, observed)


def _asked(model: ForecastModel, quakes: Quakes, start: datetime, end: datetime) -> Iterator[Asked]:
    cells = active_cells(model)
    stops = np.arange(start.timestamp(), end.timestamp(), GRID_DAYS * DAY_S).tolist()
    for row, worlds in replayed([model], quakes, start, end, stops):
        (world,) = worlds.values()
        if row < 0:
            at_s, some = stops[~row], cells[~row % THINNED :: THINNED]
            places = [(False, at_s, cell.latitude, cell.longitude) for cell in some]
        elif quakes.magnitude[row] >= MC - DELTA_M / 2:
            at_s = float(quakes.origin_s[row]) + DELAY_S
            places = [(True, at_s, float(quakes.latitude[row]), float(quakes.longitude[row]))]
        else:
            continue
        at = datetime.fromtimestamp(at_s, UTC)
        yield from ((*place, world.expected(*place[2:], at)) for place in places)


def _near(latitude: NDArray[np.float64], longitude: NDArray[np.float64], to: Quakes | None = None) -> list[list[int]]:
    """Of each place, which of the others (or of the earthquakes `to`) lie within RADIUS_KM."""
    points = unit_vectors(latitude, longitude)
    others = points if to is None else unit_vectors(to.latitude, to.longitude)
    return cKDTree(others).query_ball_point(points, 2 * np.sin(RADIUS_KM / EARTH_RADIUS_KM / 2)).tolist()


def _came(
    quakes: Quakes, at_s: NDArray[np.float64], latitude: NDArray[np.float64], longitude: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Earthquakes in each forecast's disc, horizons (rows) and magnitudes (columns)."""
    listed = quakes.magnitude >= MEMORY_MAGNITUDE - DELTA_M / 2
    some = quakes.only(listed)
    ends, least = DAY_S * np.array(HORIZONS_DAYS), np.array(MAGNITUDES) - DELTA_M / 2
    rows = []
    for others, at in zip(_near(latitude, longitude, some), at_s):
        wait = some.origin_s[others] - at
        inside = (wait > 0) & (wait <= ends[:, None])
        rows.append(inside @ (some.magnitude[others] >= least[:, None]).T.astype(int))
    return np.array(rows)
