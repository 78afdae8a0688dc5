"""Filters with a point, all asked at once: one by one, distance and intensity cost 10 to 150 us each."""

from dataclasses import replace

import numpy as np

from alerts.filter import REGIME, Filter, IntensityAt
from quake.geo import distance_km
from quake.intensity import intensity_at
from quake.schema import Alert

NONE = (("latitude", np.nan), ("longitude", np.nan), ("radius_km", np.inf), ("min_mmi", -np.inf))
"""What stands for a condition that a filter does not have."""


class PointFilter:
    """Stands for a filter with a point in an `Audience`: the point's part was answered by `Points.ask`."""

    __slots__ = ("near", "rest", "whole")

    def __init__(self, whole: Filter) -> None:
        self.whole, self.rest, self.near = whole, replace(whole, **{name: None for name, _ in NONE}), False

    def matches(self, alert: Alert, _intensity_at: IntensityAt | None = None) -> bool:
        """As `Filter.matches`, of the alert that was asked about last."""
        return self.near and self.rest.matches(alert)


class Points:
    """The filters with a point that are listened with now."""

    def __init__(self) -> None:
        self._filters: dict[Filter, PointFilter] = {}
        self._columns: dict[str, np.ndarray] | None = None

    def add(self, wanted: Filter) -> PointFilter:
        """From now on `ask` answers for this filter too."""
        self._columns = None
        return self._filters.setdefault(wanted, PointFilter(wanted))

    def remove(self, wanted: Filter) -> None:
        """From now on it does not; one that is not there is no error."""
        if self._filters.pop(wanted, None):
            self._columns = None

    def ask(self, alert: Alert) -> None:
        """Sets `near` of every filter: whether the alert is within its radius and shakes its point enough."""
        if not self._filters:
            return
        near = self._near(alert).tolist()
        for point, answer in zip(self._filters.values(), near, strict=True):
            point.near = answer

    def _near(self, alert: Alert) -> np.ndarray:
        columns = self._columns = self._columns or self._read()
        distance = distance_km(columns["latitude"], columns["longitude"], alert.latitude, alert.longitude)
        near = distance <= columns["radius_km"]
        asks = near & (columns["min_mmi"] > -np.inf)
        if asks.any():
            near[asks] = self._shaken(alert, distance[asks], columns["min_mmi"][asks])
        return near

    def _shaken(self, alert: Alert, distance: np.ndarray, min_mmi: np.ndarray) -> np.ndarray:
        if alert.magnitude is None:
            return np.zeros(distance.shape, bool)
        median, _ = intensity_at(alert.magnitude, alert.depth_km, distance, REGIME)
        return median >= min_mmi

    def _read(self) -> dict[str, np.ndarray]:
        return {name: np.array([_or(getattr(wanted, name), none) for wanted in self._filters]) for name, none in NONE}


def _or(value: float | None, none: float) -> float:
    return none if value is None else float(value)
