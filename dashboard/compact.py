"""Rows as the browser gets them: a short list of values each, and only what changed since the page was loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from dashboard.api import Row
from dashboard.rings import intensity_rings

EVENT_FIELDS = (
    "quake_id", "revision", "origin_time", "latitude", "longitude", "depth_km", "magnitude", "magnitude_type",
    "review_status", "place", "intensity", "people_mmi6", "alert_level", "forecast_level", "probability",
    "baseline_probability", "gain", "rings",
)  # fmt: skip
ALERT_FIELDS = (
    "alert_id", "seq", "epoch", "message_type", "quake_id", "revision", "sent_at", "reason", "drill", "origin_time",
    "latitude", "longitude", "depth_km", "magnitude", "review_status", "place", "alert_level", "forecast_level",
    "intensity", "people_mmi6", "probability", "baseline_probability", "gain", "rings",
)  # fmt: skip
ROUNDING = {"latitude": 3, "longitude": 3, "depth_km": 1, "intensity": 1, "gain": 1}
SIGNIFICANT = 3
"""Digits kept of a probability."""

Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known at one moment: values by `quake_id` and by `alert_id`. Each is itself only, to be a key."""

    events: Mapping[str, Values] = field(default_factory=dict)
    alerts: Mapping[str, Values] = field(default_factory=dict)
    number: int = field(default_factory=count(1).__next__)
    """Tells it from all others of this process: ties the changes that a page gets to the whole that it has."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What turns one `Known` into another."""

    events: list[Values]
    alerts: list[Values]
    gone: list[str]
    """Earthquakes no longer shown: withdrawn, merged or too old."""

    def __len__(self) -> int:
        return len(self.events) + len(self.alerts) + len(self.gone)


def changes(base: Known, now: Known) -> Changes:
    """What a page that has `base` must still be told to show `now`."""
    return Changes(
        events=[row for key, row in now.events.items() if base.events.get(key) != row],
        alerts=[row for key, row in now.alerts.items() if base.alerts.get(key) != row],
        gone=[key for key in base.events if key not in now.events],
    )


def compact_event(row: Row) -> Values:
    """An assessment in the order of EVENT_FIELDS."""
    return _compact(row, EVENT_FIELDS)


def compact_alert(row: Row) -> Values:
    """An alert in the order of ALERT_FIELDS."""
    return _compact(row, ALERT_FIELDS)


def _compact(row: Row, names: Sequence[str]) -> Values:
    magnitude, intensity = row["magnitude"], row["intensity"]
    known = magnitude is not None and intensity is not None
    rings = intensity_rings(magnitude, row["depth_km"], intensity) if known else ()
    return tuple(_value(name, (row | {"rings": rings})[name]) for name in names)


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in ("origin_time", "sent_at"):
        return round(datetime.fromisoformat(value).timestamp())
    if name in ROUNDING:
        return round(value, ROUNDING[name])
    return short(value) if name.endswith("probability") else value


def short(probability: float) -> float:
    """A probability with the digits it is worth."""
    return float(f"{probability:.{SIGNIFICANT}g}")
