"""The magnitude after review, as quantiles, from an agency's first report.

Two models, plain arrays both, so that nothing runs when they load: the first value stays, within the changes seen so
far (`EmpiricalInterval`), or linear quantiles of the change (`LinearQuantiles`). They are fitted in `batch.magnitude`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from quake.event import SeismicEvent

Array = NDArray[np.float64]

QUANTILES = (0.1, 0.5, 0.9)
SIGMAS = 1.2815515655446004
"""A normal distribution's 90 % quantile, in standard deviations."""
FAMILIES = ("ml", "md", "mb", "ms", "mw")
"""Kinds of magnitude by the first two letters of their type; any other is `other`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstReport:
    """What is known when a magnitude first appears; None where the agency does not say."""

    magnitude: float
    magnitude_type: str | None
    network: str
    automatic: bool
    minutes_since_origin: float
    latitude: float
    longitude: float
    depth_km: float | None = None
    nst: int | None = None
    gap_deg: float | None = None
    dmin_deg: float | None = None
    rms_s: float | None = None


class ReviewedMagnitude(NamedTuple):
    """10, 50 and 90 % quantiles of the magnitude after review."""

    low: float
    median: float
    high: float

    @property
    def sigma(self) -> float:
        """Standard deviation of the normal distribution with the same 10 to 90 % range, for `quake.impact`."""
        return (self.high - self.low) / (2 * SIGMAS)


def first_report(event: SeismicEvent, known_at: datetime) -> FirstReport | None:
    """The report as it stands at `known_at`; None while it has no magnitude."""
    if event.magnitude is None:
        return None
    return FirstReport(
        magnitude=event.magnitude,
        magnitude_type=event.magnitude_type,
        network=event.network,
        automatic=event.review_status == "automatic",
        minutes_since_origin=(known_at - event.origin_time).total_seconds() / 60,
        latitude=event.latitude,
        longitude=event.longitude,
        depth_km=event.depth_km,
        nst=event.nst,
        gap_deg=event.gap_deg,
        dmin_deg=event.dmin_deg,
        rms_s=event.rms_s,
    )


def family(magnitude_type: str | None) -> str:
    """One of `FAMILIES`, or `other`."""
    start = (magnitude_type or "").lower()[:2]
    return start if start in FAMILIES else "other"


@dataclass(frozen=True, slots=True, eq=False)
class EmpiricalInterval:
    """The first value stays; around it the 10 and 90 % quantiles of the changes that its kind of report has seen."""

    groups: tuple[str, ...]
    """Names as `group_of` gives them; `all` is the last and stands for the rest."""
    low: Array
    high: Array

    def predict(self, report: FirstReport) -> ReviewedMagnitude:
        """Quantiles of the reviewed magnitude."""
        name = group_of(report)
        row = self.groups.index(name if name in self.groups else "all")
        low, high = min(float(self.low[row]), 0.0), max(float(self.high[row]), 0.0)
        return ReviewedMagnitude(report.magnitude + low, report.magnitude, report.magnitude + high)


DEFAULT = EmpiricalInterval(("ml 4.5-", "all"), np.array([0.0, -0.1]), np.array([0.13, 0.1]))
"""Before the service has pairs of its own: `python -m benchmarks.impact_magnitude` on USGS month files.

Their reports are hours to weeks old, most of them reviewed already: the first minutes are less certain than this.
"""


def group_of(report: FirstReport) -> str:
    """Kind of magnitude, and whether it is of the sizes that matter to people: `mb 4.5+`."""
    return f"{family(report.magnitude_type)} {'4.5+' if report.magnitude >= 4.5 else '4.5-'}"


@dataclass(frozen=True, slots=True, eq=False)
class LinearQuantiles:
    """Quantiles of the change that review brings, linear in `features`."""

    weights: Array
    """Shape (3, number of features)."""
    widening: float
    """Added to both sides of the 10 to 90 % range: what made it cover 80 % of the pairs held back (conformal)."""

    def predict(self, report: FirstReport) -> ReviewedMagnitude:
        """Quantiles of the reviewed magnitude, never crossing."""
        low, median, high = self.weights @ features(report) + [-self.widening, 0.0, self.widening]
        return ReviewedMagnitude(*(report.magnitude + change for change in sorted((low, median, high))))


def features(report: FirstReport) -> Array:
    """What the change depends on; missing values become zero beside a flag that says so. Shape (20,)."""
    kind, size = family(report.magnitude_type), report.magnitude - 5.0
    network = [float(report.network.lower() == "us"), float(report.automatic)]
    return np.array(
        [1.0, size, max(size - 1.0, 0.0)]
        + [float(kind == name) for name in FAMILIES]
        + [size * (kind == "mb"), size * (kind == "ml"), *network]
        + [np.log1p(max(report.minutes_since_origin, 0.0)) / 5.0, (report.depth_km or 0.0) / 100.0]
        + [*_with_flag(report.nst, 5.0, logarithm=True), *_with_flag(report.gap_deg, 180.0)]
        + [_with_flag(report.dmin_deg, 5.0, logarithm=True)[0], _with_flag(report.rms_s, 1.0)[0]]
    )


def _with_flag(value: float | None, scale: float, logarithm: bool = False) -> tuple[float, float]:
    if value is None or not np.isfinite(value):
        return 0.0, 1.0
    return (float(np.log1p(max(value, 0.0))) if logarithm else value) / scale, 0.0


MagnitudeModel = EmpiricalInterval | LinearQuantiles


def as_arrays(model: MagnitudeModel) -> dict[str, NDArray[Any]]:
    """The model as arrays that need no pickle."""
    if isinstance(model, LinearQuantiles):
        return {"weights": model.weights, "widening": np.array(model.widening)}
    return {"groups": np.array(model.groups), "low": model.low, "high": model.high}


def from_arrays(arrays: dict[str, NDArray[Any]]) -> MagnitudeModel:
    """The model that `as_arrays` wrote. Raises ValueError when the arrays are no model."""
    if arrays.keys() == {"weights", "widening"}:
        return LinearQuantiles(arrays["weights"], float(arrays["widening"]))
    if arrays.keys() == {"groups", "low", "high"}:
        return EmpiricalInterval(tuple(arrays["groups"].tolist()), arrays["low"], arrays["high"])
    raise ValueError(f"no magnitude model has the arrays {sorted(arrays)}")
