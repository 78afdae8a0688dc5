"""Columns that describe one earthquake in its surroundings: one decorated function, one column, in every engine."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from quake.catalog import DAY_S, Catalog

RADIUS_KM = 100.0
"""Radius of every neighbourhood below, and of the published forecasts."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A column: its name, unit, and the function of (place and time, catalogue) that computes it."""

    name: str
    unit: str
    compute: Callable[["Moment", Catalog], float]


@dataclass(frozen=True, slots=True)
class Moment:
    """A place and a time, and the magnitude and depth of what happened there."""

    at_s: float
    """Seconds since 1970; only earthquakes before it count."""
    latitude: float
    longitude: float
    magnitude: float
    depth_km: float


FEATURES: dict[str, Feature] = {}
"""Every column by name, in order of definition."""


def feature(unit: str) -> Callable[[Callable[[Moment, Catalog], float]], Callable[[Moment, Catalog], float]]:
    """Declares the function below as the column of its name."""

    def declare(compute: Callable[[Moment, Catalog], float]) -> Callable[[Moment, Catalog], float]:
        FEATURES[compute.__name__] = Feature(compute.__name__, unit, compute)
        return compute

    return declare


def features(moment: Moment, catalog: Catalog) -> dict[str, float]:
    """Every column of `moment`, from what the catalogue knew before it; NaN where there is nothing to measure."""
    return {name: column.compute(moment, catalog) for name, column in FEATURES.items()}


def _count(moment: Moment, catalog: Catalog, days: float) -> float:
    since = moment.at_s - days * DAY_S
    return float(len(catalog.within(moment.latitude, moment.longitude, RADIUS_KM, since, moment.at_s)))


@feature("1/day")
def rate_1d(moment: Moment, catalog: Catalog) -> float:
    """Earthquakes within 100 km in the day before."""
    return _count(moment, catalog, 1)


@feature("1/day")
def rate_30d(moment: Moment, catalog: Catalog) -> float:
    """Earthquakes a day within 100 km over the 30 days before."""
    return _count(moment, catalog, 30) / 30


@feature("1/day")
def rate_365d(moment: Moment, catalog: Catalog) -> float:
    """Earthquakes a day within 100 km over the 365 days before."""
    return _count(moment, catalog, 365) / 365


@feature("magnitude")
def largest_30d(moment: Moment, catalog: Catalog) -> float:
    """Largest magnitude within 100 km in the 30 days before."""
    near = catalog.within(moment.latitude, moment.longitude, RADIUS_KM, moment.at_s - 30 * DAY_S, moment.at_s)
    return float(near.magnitude.max()) if len(near) else np.nan


@feature("km")
def nearest_365d(moment: Moment, catalog: Catalog) -> float:
    """Distance to the nearest earthquake of the 365 days before, up to 100 km."""
    near = catalog.within(moment.latitude, moment.longitude, RADIUS_KM, moment.at_s - 365 * DAY_S, moment.at_s)
    return float(near.distance_km.min()) if len(near) else np.nan


@feature("magnitude")
def magnitude(moment: Moment, _: Catalog) -> float:
    """The reported magnitude."""
    return moment.magnitude


@feature("km")
def depth_km(moment: Moment, _: Catalog) -> float:
    """The reported depth."""
    return moment.depth_km
