"""When two reports may speak of the same earthquake, and where to look for it.

The limits come from the systems people trust; see docs/identity.md for the sources.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from quake.event import SeismicEvent
from quake.geo import place_distance_km

Place = tuple[int, int]
"""A bucket of the index: minute of origin time, band of latitude."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """The farthest apart two solutions of one earthquake of at least `magnitude_min` may lie."""

    magnitude_min: float
    seconds: float
    kilometres: float


THRESHOLDS = (
    Threshold(4.5, 16.0, 100.0),  # USGS Product Distribution Layer, DefaultAssociator: 16 s and 100 km
    Threshold(3.0, 12.0, 60.0),  # the same, narrowed: smaller earthquakes are located by denser networks
    Threshold(-9.0, 8.0, 30.0),  # and their swarms put different earthquakes closer together
)
"""Largest magnitude first; the larger magnitude of a pair decides, an unknown one counts as large."""
MAGNITUDE_STEP = 1.5
"""Two solutions whose magnitudes differ by more are two earthquakes (Tohoku 2011 grew by 1.1 within the hour)."""
HYSTERESIS = 1.5
"""Solutions joined by closeness part only beyond this many thresholds."""

BAND_DEG = 1.0
"""Latitude band of the index; wider than the largest threshold, so that neighbours suffice."""


def threshold(first: SeismicEvent, second: SeismicEvent) -> Threshold:
    """The row of `THRESHOLDS` that holds for the pair."""
    magnitudes = [event.magnitude for event in (first, second) if event.magnitude is not None]
    largest = max(magnitudes, default=THRESHOLDS[0].magnitude_min)
    return next(row for row in THRESHOLDS if largest >= row.magnitude_min)


def separation(first: SeismicEvent, second: SeismicEvent) -> float:
    """How far apart two solutions are in units of their threshold: the largest of time, distance and magnitude.

    At most 1 means they may be one earthquake.
    """
    limit = threshold(first, second)
    seconds = abs((first.origin_time - second.origin_time).total_seconds()) / limit.seconds
    if seconds > 2 * HYSTERESIS:
        return seconds
    kilometres = place_distance_km(first.latitude, first.longitude, second.latitude, second.longitude)
    return max(seconds, kilometres / limit.kilometres, _magnitude_step(first, second))


def _magnitude_step(first: SeismicEvent, second: SeismicEvent) -> float:
    if first.magnitude is None or second.magnitude is None:
        return 0.0
    return abs(first.magnitude - second.magnitude) / MAGNITUDE_STEP


@dataclass(slots=True)
class Index:
    """Names of earthquakes by minute and latitude band: what is near costs the same however many are known."""

    buckets: dict[Place, dict[str, None]] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)

    def put(self, name: str, event: SeismicEvent) -> None:
        """Files `name` where `event` is, and nowhere else."""
        place = _place(event.origin_time, event.latitude)
        if self.places.get(name) != place:
            self.remove(name)
            self.places[name] = place
            self.buckets.setdefault(place, {})[name] = None

    def remove(self, name: str) -> None:
        """Forgets `name`."""
        place = self.places.pop(name, None)
        if place is not None:
            bucket = self.buckets[place]
            del bucket[name]
            if not bucket:
                del self.buckets[place]

    def near(self, event: SeismicEvent) -> Iterator[str]:
        """Every name that can be within a threshold of `event`, and some others."""
        minute, band = _place(event.origin_time, event.latitude)
        for near_minute in (minute - 1, minute, minute + 1):
            for near_band in (band - 1, band, band + 1):
                yield from self.buckets.get((near_minute, near_band), ())


def _place(origin_time: datetime, latitude: float) -> Place:
    return int(origin_time.timestamp() // 60), int(latitude // BAND_DEG)
