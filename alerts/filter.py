"""What a subscriber asked for: a filter on single messages, and how to read one from a query."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from quake.geo import place_distance_km
from quake.intensity import intensity_at as published_intensity
from quake.levels import level_rank
from quake.schema import Alert

IntensityAt = Callable[[float, float | None, float, str], tuple[Any, Any]]
"""(magnitude, depth_km, epicentral distance in km, regime) -> median and standard deviation of MMI."""
REGIME = "active"
"""Tectonic regime assumed: a message carries none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """All conditions that are given must hold. Raises ValueError for values that cannot be meant."""

    min_level: str = "none"
    """Least `alert_level`."""
    min_forecast_level: int = 0
    min_magnitude: float | None = None
    """A message without a magnitude does not match."""
    bbox: tuple[float, float, float, float] | None = None
    """West, south, east, north in degrees; west > east crosses the antimeridian."""
    latitude: float | None = None
    longitude: float | None = None
    """My point, in degrees."""
    radius_km: float | None = None
    """Epicentre within so many kilometres of my point."""
    min_mmi: float | None = None
    """Median intensity (MMI) expected at my point."""
    min_probability: float | None = None
    """P(M >= 5, 7 days, 100 km of the epicentre)."""

    def __post_init__(self) -> None:
        level_rank(self.min_level)
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise ValueError(f"{name} must be from {low:g} to {high:g}, got {value:g}")
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("a point needs both latitude and longitude")
        if self.latitude is None and (self.radius_km is not None or self.min_mmi is not None):
            raise ValueError("radius_km and min_mmi need a point: give latitude and longitude")
        if self.latitude is not None and self.radius_km is None and self.min_mmi is None:
            raise ValueError("a point needs radius_km or min_mmi beside it")
        if self.bbox is not None:
            _check_bbox(*self.bbox)

    def matches(self, alert: Alert, intensity_at: IntensityAt = published_intensity) -> bool:
        """Whether the message, taken alone, is what was asked for."""
        return (
            level_rank(alert.alert_level) >= level_rank(self.min_level)
            and alert.forecast_level >= self.min_forecast_level
            and (self.min_magnitude is None or (alert.magnitude is not None and alert.magnitude >= self.min_magnitude))
            and (self.min_probability is None or alert.probability >= self.min_probability)
            and (self.bbox is None or _inside(self.bbox, alert.latitude, alert.longitude))
            and self._near_enough(alert, intensity_at)
        )

    def _near_enough(self, alert: Alert, intensity_at: IntensityAt) -> bool:
        if self.latitude is None:
            return True
        distance = place_distance_km(self.latitude, self.longitude, alert.latitude, alert.longitude)
        if self.radius_km is not None and distance > self.radius_km:
            return False
        if self.min_mmi is None:
            return True
        if alert.magnitude is None:
            return False
        median, _ = intensity_at(alert.magnitude, alert.depth_km, distance, REGIME)
        return float(median) >= self.min_mmi


RANGES = {
    "min_forecast_level": (0, 3),
    "min_magnitude": (-5, 10),
    "latitude": (-90, 90),
    "longitude": (-180, 180),
    "radius_km": (0, 20_040),
    "min_mmi": (1, 12),
    "min_probability": (0, 1),
}
"""Least and largest value of every number; 20,040 km is half way round the Earth."""
NAMES = tuple(field.name for field in fields(Filter))


def parse_filter(query: Mapping[str, str]) -> Filter:
    """The filter in a query such as `{"min_level": "orange", "bbox": "170,-50,-170,-30"}`.

    Raises ValueError that names what was wrong and what would be right; a name that is no filter is an error too, so
    that a misspelt one does not let everything through: take out your own parameters first.
    """
    unknown = sorted(query.keys() - set(NAMES))
    if unknown:
        raise ValueError(f"no filter {', '.join(unknown)}; known: {', '.join(NAMES)}")
    return Filter(**{name: _read(name, text) for name, text in query.items()})


def _read(name: str, text: str) -> Any:
    if name == "min_level":
        return text.strip().lower()
    if name == "bbox":
        numbers = tuple(_number(name, part) for part in text.split(","))
        if len(numbers) != 4:
            raise ValueError(f"bbox must be west,south,east,north, got {text!r}")
        return numbers
    number = _number(name, text)
    if name == "min_forecast_level":
        if number != int(number):
            raise ValueError(f"min_forecast_level must be a whole number, got {text!r}")
        return int(number)
    return number


def _number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise ValueError(f"{name} must be a number, got {text!r}") from error
    if not math.isfinite(number):
        raise ValueError(f"{name} must be a finite number, got {text!r}")
    return number


def _check_bbox(west: float, south: float, east: float, north: float) -> None:
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError(f"bbox must be west,south,east,north in degrees, got {west:g},{south:g},{east:g},{north:g}")


def _inside(bbox: tuple[float, float, float, float], latitude: float, longitude: float) -> bool:
    west, south, east, north = bbox
    if not south <= latitude <= north:
        return False
    return west <= longitude <= east if west <= east else (longitude >= west or longitude <= east)
