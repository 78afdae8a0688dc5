"""What held-back years taught about probabilities and counts: curves of a few knots that numpy alone applies.

Fitted by `batch.calibration`; nothing here learns.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

SMALLEST = 1e-12
"""Probabilities and counts are held this far from 0, and probabilities from 1."""
LINKS: dict[str, tuple[Callable[[NDArray], NDArray], Callable[[NDArray], NDArray]]] = {
    "logit": (
        lambda value: np.log(np.clip(value, SMALLEST, 1 - SMALLEST))
        - np.log1p(-np.clip(value, SMALLEST, 1 - SMALLEST)),
        lambda value: 1 / (1 + np.exp(-value)),
    ),
    "log": (lambda value: np.log(np.maximum(value, SMALLEST)), np.exp),
}
"""Scale of the knots: `logit` for probabilities, `log` for expected counts."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A rising curve, straight between its knots (said, meant) on the link's scale, of slope 1 beyond them.

    >>> halve_the_odds = Calibration(((0.0, -np.log(2)),))
    >>> round(float(halve_the_odds.apply(0.5)), 3)
    0.333
    """

    knots: tuple[tuple[float, float], ...] = ((0.0, 0.0),)
    link: str = "logit"

    def __post_init__(self) -> None:
        if self.link not in LINKS:
            raise ValueError(f"no link {self.link!r}; known: {', '.join(LINKS)}")
        if not self.knots or not np.isfinite(self.knots).all() or (np.diff(self.knots, axis=0) <= 0).any():
            raise ValueError(f"knots must be finite and rise in both coordinates, got {self.knots}")

    def apply(self, value: ArrayLike) -> NDArray[np.float64]:
        """The calibrated probabilities (or counts, link `log`), shape as given."""
        forward, back = LINKS[self.link]
        return back(_bent(forward(np.asarray(value, float)), *_bends(((self,),), 0)))

    def as_record(self) -> dict[str, Any]:
        """A dict for JSON."""
        return {"link": self.link, "knots": [list(knot) for knot in self.knots]}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Calibration":
        """What `as_record` made."""
        return cls(tuple((float(said), float(meant)) for said, meant in record["knots"]), record["link"])


@dataclass(frozen=True, slots=True)
class CalibrationTable:
    """One calibration for each horizon (rows) and magnitude (columns), all of one link."""

    horizons_days: tuple[int, ...]
    magnitudes: tuple[float, ...]
    cells: tuple[tuple[Calibration, ...], ...]
    of_firsts: bool = True
    """Whether it was learned on probabilities of `quake.schema.FIRSTS`; tables of before them on those of COUNTS."""

    def __post_init__(self) -> None:
        if [len(row) for row in self.cells] != [len(self.magnitudes)] * len(self.horizons_days):
            raise ValueError(f"needs {len(self.horizons_days)} rows of {len(self.magnitudes)} calibrations")
        if len({cell.link for row in self.cells for cell in row}) > 1:
            raise ValueError("calibrations of a table share one link")

    def of(self, horizon_days: int, magnitude_min: float) -> Calibration:
        """The calibration of one horizon and magnitude. Raises ValueError for one it has not."""
        return self.cells[self.horizons_days.index(horizon_days)][self.magnitudes.index(magnitude_min)]

    def apply(self, value: ArrayLike) -> NDArray[np.float64]:
        """The whole table at once: values of shape (..., horizons, magnitudes), the same shape back."""
        forward, back = LINKS[self.cells[0][0].link]
        knots = max(len(cell.knots) for row in self.cells for cell in row)
        return back(_bent(forward(np.asarray(value, float)), *_bends(self.cells, knots)))

    def as_record(self) -> dict[str, Any]:
        """A dict for JSON."""
        cells = [[cell.as_record() for cell in row] for row in self.cells]
        head = {"horizons_days": list(self.horizons_days), "magnitudes": list(self.magnitudes)}
        return head | {"cells": cells, "of_firsts": self.of_firsts}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "CalibrationTable":
        """What `as_record` made."""
        cells = tuple(tuple(Calibration.from_record(cell) for cell in row) for row in record["cells"])
        of_firsts = record.get("of_firsts", False)
        return cls(tuple(record["horizons_days"]), tuple(record["magnitudes"]), cells, of_firsts)


def ordered(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Curves fitted apart, shape (..., horizons, magnitudes): none falls with the horizon or grows with the magnitude.

    A larger magnitude gives way to the smaller, then a longer horizon is raised to the shorter one.
    """
    return np.maximum.accumulate(np.minimum.accumulate(values, axis=-1), axis=-2)


def recent_fraction(magnitudes: ArrayLike, magnitude_min: float, prior: float, weight: float = 100.0) -> float:
    """Share of the last earthquakes that reach `magnitude_min`, `weight` made-up ones of the `prior` share beside them.

    Agencies change what they list: a share that is counted anew follows, one from the years of the fit does not.
    """
    listed = np.asarray(magnitudes, float)
    return float(((listed >= magnitude_min - 1e-6).sum() + weight * prior) / (len(listed) + weight))


def _bent(value: NDArray, start: NDArray, width: NDArray, extra: NDArray, shift: NDArray) -> NDArray[np.float64]:
    """value + shift + sum of (slope - 1) times the way walked on each piece: slope 1 outside all pieces."""
    walked = np.clip(value[..., None] - start, 0.0, width)
    return value + shift + (walked * extra).sum(-1)


@cache
def _bends(cells: tuple[tuple[Calibration, ...], ...], knots: int) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Start, width, slope - 1 of each piece and the first knot's shift, for a table of calibrations.

    Shorter curves are filled up with pieces of no width. With `knots` 0 the table is one curve, which loses its axes.
    """
    most = max(knots, max(len(cell.knots) for row in cells for cell in row))
    filled = np.array([[cell.knots + cell.knots[-1:] * (most - len(cell.knots)) for cell in row] for row in cells])
    steps = np.diff(filled, axis=2)
    width, rise = steps[..., 0], steps[..., 1]
    extra = np.divide(rise, width, out=np.ones_like(rise), where=width > 0) - 1
    parts = (filled[..., :-1, 0], width, extra, filled[..., 0, 1] - filled[..., 0, 0])
    return parts if knots else tuple(part[0, 0] for part in parts)
