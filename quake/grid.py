"""Where and when forecasts are issued without an earthquake asking: a fixed lattice of places, every hour and day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from quake.lattice import Cell, lattice
from quake.risk import HEADLINE, RADIUS_KM, Model, exceedances
from quake.schema import Forecast

ACTIVE_A_YEAR = 0.05
"""A place is forecast for where the normal year brings so many M >= 5 within 100 km: one in twenty years."""
YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """When, under what and how fully a grid is issued."""

    at: datetime
    processed_sequence: int
    role: str
    mode: str
    every_horizon: bool
    """All horizons and magnitudes (daily); else `quake.risk.HEADLINE` alone (hourly, for the map)."""


def active_cells(model: Model) -> tuple[Cell, ...]:
    """The places of the lattice where the model's normal year is not empty."""

    def a_year(cell: Cell) -> float:
        return model.baseline_expected(cell.latitude, cell.longitude, RADIUS_KM, YEAR_DAYS, HEADLINE[1])

    return tuple(cell for cell in lattice() if a_year(cell) >= ACTIVE_A_YEAR)


def due(at: datetime, every_hours: int) -> bool:
    """Whether the tick at a whole minute is one at which a grid is issued; 00:00 UTC always is, if any."""
    since_midnight = at.astimezone(UTC).hour * 60 + at.astimezone(UTC).minute
    return every_hours > 0 and since_midnight % (60 * every_hours) == 0


def daily(at: datetime) -> bool:
    """Whether it is the tick at 00:00 UTC, whose grid is scored."""
    return at.astimezone(UTC).hour == 0


def issued(
    model: Model, cells: tuple[Cell, ...], expected: Callable[[Cell], NDArray[np.float64]], issue: Issue
) -> list[Forecast]:
    """The rows of one grid; `expected` gives a place's COUNTS and FIRSTS, (2, 3, 4)."""
    return [row for cell in cells for row in _rows(model, cell, expected(cell), issue)]


def _rows(model: Model, cell: Cell, expected: NDArray[np.float64], issue: Issue) -> list[Forecast]:
    return [
        Forecast(
            issued_at=issue.at,
            cell=cell.cell,
            horizon_days=item.horizon_days,
            magnitude_min=item.magnitude_min,
            role=issue.role,
            model_version=model.version,
            latitude=cell.latitude,
            longitude=cell.longitude,
            expected=item.expected,
            probability=item.probability,
            baseline_expected=item.baseline_expected,
            baseline_probability=item.baseline_probability,
            gain=item.gain,
            processed_sequence=issue.processed_sequence,
            mode=issue.mode,
            hindsight=model.trained_from <= issue.at.astimezone(UTC) <= model.trained_to,
        )
        for item in exceedances(model, expected, cell.latitude, cell.longitude)
        if issue.every_horizon or (item.horizon_days, item.magnitude_min) == HEADLINE
    ]
