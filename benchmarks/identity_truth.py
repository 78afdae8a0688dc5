"""What a judge who sees the true numbers holds for right: brute force, with the thresholds written down once more."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations

from benchmarks.identity_stream import Step
from quake.event import SeismicEvent

CLASSES = ((4.5, 16.0, 100.0), (3.0, 12.0, 60.0), (-9.0, 8.0, 30.0))
"""Least magnitude, seconds, kilometres."""
_FEEDS = {"usgs": 0, "emsc": 1, "simulate": 2, "simulate2": 3}
STEP = 1.5
"""Magnitudes of one earthquake differ by no more."""


@dataclass(slots=True)
class Known:
    """What the agencies have said of one true earthquake so far."""

    said: dict[tuple[str, str], tuple[int, SeismicEvent]] = field(default_factory=dict)

    def hear(self, order: int, event: SeismicEvent) -> bool:
        """Takes in a report; False if it repeats the last one under its id."""
        key = event.source, event.source_event_id
        if key in self.said and content(self.said[key][1]) == content(event):
            return False
        self.said[key] = order, event
        return True

    def preferred(self) -> SeismicEvent | None:
        """Reviewed before automatic, then by feed, then the newest; it may borrow a magnitude. None if all are gone."""
        listed = [(order, event) for order, event in self.said.values() if event.kind != "delete"]
        listed.sort(key=lambda item: (item[1].review_status == "automatic", _FEEDS[item[1].source], -item[0]))
        magnitudes = [event.magnitude for _, event in listed if event.magnitude is not None]
        return replace(listed[0][1], magnitude=magnitudes[0] if magnitudes else None) if listed else None


def content(event: SeismicEvent) -> tuple:
    """All that makes two reports of one id the same."""
    return (
        event.kind == "delete",
        event.origin_time,
        event.latitude,
        event.longitude,
        event.depth_km,
        event.magnitude,
        event.review_status,
        event.aliases,
        event.network,
    )


def reports_by_truth(steps: Iterable[Step]) -> dict[int, list[SeismicEvent]]:
    """The reports of every true earthquake in the order they came."""
    found: dict[int, list[SeismicEvent]] = defaultdict(list)
    for step in steps:
        if step.truth is not None and isinstance(step.message, SeismicEvent):
            found[step.truth].append(step.message)
    return dict(found)


def close_pairs(said: dict[int, list[SeismicEvent]]) -> set[tuple[int, int]]:
    """Pairs of true earthquakes of which some reports lie within the thresholds: nobody could tell them apart."""
    solutions = sorted(
        ((event.origin_time.timestamp(), truth, event) for truth, events in said.items() for event in events),
        key=lambda item: item[0],
    )
    pairs = set()
    for index, (at_s, truth, event) in enumerate(solutions):
        for _, other_truth, other in _until(solutions, index + 1, at_s + CLASSES[0][1]):
            if truth != other_truth and _within(event, other, _magnitudes(said, truth, other_truth)):
                pairs.add((min(truth, other_truth), max(truth, other_truth)))
    return pairs


def scattered(events: list[SeismicEvent]) -> bool:
    """Whether two reports of the earthquake lie so far apart that no rule would join them."""
    magnitudes = [event.magnitude for event in events if event.magnitude is not None]
    _, seconds, kilometres = _class_of(min(magnitudes, default=9.0))
    return any(
        abs((first.origin_time - second.origin_time).total_seconds()) > seconds or _apart_km(first, second) > kilometres
        for first, second in combinations({content(event): event for event in events}.values(), 2)
    )


def listed_twice(events: list[SeismicEvent]) -> bool:
    """Whether one feed at some time held two ids of the earthquake to be two: both listed, neither naming the other."""
    spans: dict[tuple[str, str], tuple[int, int, SeismicEvent]] = {}
    for order, event in enumerate(events):
        key = event.source, event.source_event_id
        before = spans.get(key)
        if before is not None and content(before[2]) == content(event):
            continue
        first = before[0] if before is not None and before[2].kind != "delete" else order
        spans[key] = first, order, event
        others = [span for other, span in spans.items() if other[0] == key[0] and other != key]
        if any(_two(spans[key], other) for other in others):
            return True
    return False


def _two(one: tuple[int, int, SeismicEvent], other: tuple[int, int, SeismicEvent]) -> bool:
    if "delete" in (one[2].kind, other[2].kind) or not set(one[2].aliases).isdisjoint(other[2].aliases):
        return False
    return one[2].network == other[2].network or (one[1] >= other[0] and other[1] >= one[0])


def _until(items: list[tuple], start: int, limit: float) -> Iterator[tuple]:
    for index in range(start, len(items)):
        if items[index][0] > limit:
            return
        yield items[index]


def _magnitudes(said: dict[int, list[SeismicEvent]], *truths: int) -> tuple[float, float]:
    """Of the reports: the largest of both, the least step between the two."""
    first, second = ([event.magnitude for event in said[truth] if event.magnitude is not None] for truth in truths)
    if not first or not second:
        return 9.0, 0.0
    return max(first + second), min(abs(a - b) for a in first for b in second)


def _within(first: SeismicEvent, second: SeismicEvent, magnitudes: tuple[float, float]) -> bool:
    largest, step = magnitudes
    if first.magnitude is None or second.magnitude is None:
        largest, step = 9.0, 0.0
    _, seconds, kilometres = _class_of(largest)
    soon = abs((first.origin_time - second.origin_time).total_seconds()) <= seconds
    return soon and step <= STEP and _apart_km(first, second) <= kilometres


def _class_of(magnitude: float) -> tuple[float, float, float]:
    return next(row for row in CLASSES if magnitude >= row[0])


def _apart_km(first: SeismicEvent, second: SeismicEvent) -> float:
    """Great-circle distance by the angle between two vectors (Vincenty's formula on a sphere)."""
    first_phi, second_phi = math.radians(first.latitude), math.radians(second.latitude)
    east = math.radians(second.longitude - first.longitude)
    x = math.cos(first_phi) * math.sin(second_phi) - math.sin(first_phi) * math.cos(second_phi) * math.cos(east)
    y = math.cos(second_phi) * math.sin(east)
    cosine = math.sin(first_phi) * math.sin(second_phi) + math.cos(first_phi) * math.cos(second_phi) * math.cos(east)
    return 6371.0 * math.atan2(math.hypot(x, y), cosine)
