"""Curves for forecasts of discs: learned once from windows held back, or every year from all that have closed."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batch.calibration import fit_counts, fit_probabilities
from quake.calibration import Calibration
from quake.etas_risk import probability

RECALIBRATED_DAYS = 365.25
"""How often `Recalibrated` learns anew; the service does when it is retrained."""
Calibrated = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Counts and probabilities of at least one, shape (windows, discs) each."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Windows of one magnitude: its expected counts and `firsts` before any curve, how many came, (windows, discs)."""

    starts: NDArray[np.float64]
    expected: NDArray[np.float64]
    firsts: NDArray[np.float64]
    """`quake.etas_risk.first_counts` of them."""
    observed: NDArray[np.int64]

    def every(self, step: int) -> "Counted":
        """One window in so many, from the first on."""
        return self.of(slice(None, None, step))

    def of(self, rows: Any) -> "Counted":
        """Some of the windows."""
        return Counted(*(getattr(self, field.name)[rows] for field in fields(self)))

    def followed_by(self, later: "Counted") -> "Counted":
        """These and later windows of the same discs."""
        names = [field.name for field in fields(self)]
        return Counted(*(np.concatenate([getattr(self, name), getattr(later, name)]) for name in names))


@dataclass(frozen=True, slots=True)
class Curves:
    """What held-back windows taught of one magnitude."""

    counts: Calibration
    chances: Calibration
    overdispersion: float

    @classmethod
    def fitted(cls, windows: Counted) -> "Curves":
        """The curves that make what came in these windows most likely."""
        expected, observed = windows.expected, windows.observed
        counts, chances = fit_counts(expected, observed), fit_probabilities(probability(windows.firsts), observed)
        return cls(counts, chances, overdispersion(counts.apply(expected).sum(1), observed.sum(1)))

    def apply(self, windows: Counted) -> Calibrated:
        """Calibrated counts and probabilities of at least one."""
        return self.counts.apply(windows.expected), self.chances.apply(probability(windows.firsts))

    def as_record(self) -> dict[str, Any]:
        """A dict for JSON."""
        return {"calibration": self.chances.as_record(), "count_calibration": self.counts.as_record(),
                "overdispersion": self.overdispersion}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recalibrated:
    """Curves that are learned anew every year, from windows held back and those tested that have closed by then."""

    held_back: Counted
    tested: Counted
    """Without overlap."""
    length_days: float

    def apply(self, windows: Counted) -> Calibrated:
        """`Curves.apply`, each window by the curves of its year."""
        first = self.tested.starts[0]
        years = ((windows.starts - first) // RECALIBRATED_DAYS).astype(int)
        parts = [
            self._curves(first + year * RECALIBRATED_DAYS).apply(windows.of(years == year)) for year in np.unique(years)
        ]
        counts, chances = zip(*parts)
        return np.concatenate(counts), np.concatenate(chances)

    def _curves(self, begins: float) -> Curves:
        closed = self.tested.of(self.tested.starts + self.length_days <= begins)
        return Curves.fitted(self.held_back.followed_by(closed))


def overdispersion(expected: NDArray[np.float64], observed: NDArray[np.int64]) -> float:
    """alpha of variance = mean (1 + alpha mean), by moments, from windows that are not scored."""
    return max(0.0, float(((observed - expected) ** 2 - expected).sum() / (expected**2).sum()))
