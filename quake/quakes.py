"""A bulk catalogue as columns: what fits and scores read."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from quake.catalog import DAY_S
from quake.live import COLUMNS

MC = 5.0
"""The world's catalogue is complete above this magnitude since 1973."""
DELTA_M = 0.1
"""Magnitudes are rounded to this."""


@dataclass(frozen=True, slots=True)
class Quakes:
    """A catalogue as arrays of one length, oldest first; times in seconds since 1970."""

    origin_s: NDArray[np.float64]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    magnitude: NDArray[np.float64]
    depth_km: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.origin_s)

    columns: ClassVar[tuple[str, ...]] = COLUMNS

    @property
    def days(self) -> NDArray[np.float64]:
        """Origin times in days since 1970."""
        return self.origin_s / DAY_S

    def column(self, name: str) -> NDArray[np.float64]:
        """One of `columns`."""
        return getattr(self, name)

    def between(self, start: datetime, end: datetime, magnitude_min: float) -> Self:
        """Those with start <= origin time < end of at least `magnitude_min`, rounding considered."""
        inside = (self.origin_s >= start.timestamp()) & (self.origin_s < end.timestamp())
        keep = inside & (self.magnitude >= magnitude_min - DELTA_M / 2)
        return self.only(keep)

    def only(self, kept: NDArray[np.bool_]) -> Self:
        """Those of a mask of shape (n,)."""
        return type(self)(*(self.column(name)[kept] for name in self.columns))

    def digest(self, until: float) -> str:
        """SHA-256 of what lies before a day."""
        known = self.only(self.days < until)
        columns = [known.days, *(known.column(name) for name in self.columns[1:])]
        return sha256(b"".join(column.tobytes() for column in columns)).hexdigest()
