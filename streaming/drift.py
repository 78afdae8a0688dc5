"""Watches what arrives for changes that no earthquake makes: magnitudes, rates, depths, a feed that falls silent.

An aftershock sequence is not drift: only earthquakes outside the space and time of earlier ones are looked at. River's
Page-Hinkley test (Page, 1954, Biometrika 41, 100-115, doi:10.1093/biomet/41.1-2.100) does the watching; the state is
plain numbers, so that a snapshot goes on exactly where it was taken.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from quake.schema import Assessment, DriftAlarm
from streaming.drift_chart import Chart, Settled
from streaming.drift_sequence import Independence

DAY_S = 86_400.0
MAGNITUDE, RATE, DEPTH, SILENCE = "magnitude", "rate", "negative depth", "silence"
CHARTS: Mapping[str, Settled] = {
    MAGNITUDE: Settled(slack=0.15, threshold=14.0, learning=60, memory=250),
    RATE: Settled(slack=0.5, threshold=6.0, learning=60, memory=120),
    DEPTH: Settled(slack=0.5, threshold=15.0, learning=100, memory=2000, scale_min=0.1),
}
"""What is charted for each region, by earthquakes, days, earthquakes.

Chosen on Japan 1998 to 2007 alone, for about one alarm a year (docs/model_life.md).
"""
SILENT_GAPS, SILENT_S = 2.0, 6 * 3600.0
"""A source is silent after so many times its longest gap of late, and not before so many seconds. The longest, because
a swarm fills the log with short gaps that say nothing about the days after it."""
GAP_MEMORY_S = 90 * DAY_S
"""How slowly a long gap is forgotten."""
REPORTS_MIN = 50
SEEN_DAYS = 30.0


@dataclass(slots=True)
class Source:
    """When a source was last heard of, its longest gap of late, and whether its silence has been told."""

    last_s: float
    longest_s: float = 0.0
    count: int = 0
    told: bool = False

    def hear(self, at_s: float) -> None:
        """Takes in a report; a silence that was told is no habit."""
        gap_s = at_s - self.last_s
        self.longest_s *= float(np.exp(-gap_s / GAP_MEMORY_S))
        if not self.told:
            self.longest_s = max(self.longest_s, gap_s)
        self.count += 1
        self.last_s, self.told = at_s, False

    def silent(self, at_s: float) -> bool:
        """Whether the silence is longer than its habit explains."""
        return self.count >= REPORTS_MIN and at_s - self.last_s > max(SILENT_S, SILENT_GAPS * self.longest_s)


@dataclass(slots=True)
class Region:
    """What is charted in one region, and the independent earthquakes of the day so far."""

    charts: dict[str, Chart] = field(default_factory=lambda: {name: Chart(settled) for name, settled in CHARTS.items()})
    day: int = 0
    today: int = 0


class Watch:
    """All that is watched. Feed it every assessment and every tick, in order; it reads no clock."""

    def __init__(self) -> None:
        self._independence = Independence()
        self._regions: dict[str, Region] = {}
        self._sources: dict[str, Source] = {}
        self._seen: dict[str, float] = {}
        self._day = 0

    def update(self, assessment: Assessment) -> list[DriftAlarm]:
        """Alarms that one assessment raises; an earthquake counts once, when it first has a magnitude."""
        at_s = assessment.assessed_at.timestamp()
        self._sources.setdefault(assessment.source, Source(at_s)).hear(at_s)
        usable = assessment.status == "active" and assessment.event_type == "earthquake"
        if not usable or assessment.magnitude is None or assessment.quake_id in self._seen:
            return []
        self._seen[assessment.quake_id] = at_s
        return list(self._take(assessment))

    def tick(self, at: datetime, processed_sequence: int) -> list[DriftAlarm]:
        """Alarms that the passing of time raises: a silent source, a rate that changed by the end of a day."""
        at_s = at.timestamp()
        alarms = list(self._silences(at, processed_sequence))
        if int(at_s // DAY_S) > self._day:
            self._day = int(at_s // DAY_S)
            self._seen = {name: seen for name, seen in self._seen.items() if at_s - seen < SEEN_DAYS * DAY_S}
            for name, region in [item for item in self._regions.items() if item[1].day < self._day]:
                alarms += self._days_over(name, region, at, processed_sequence)
        return alarms

    def to_state(self) -> dict[str, Any]:
        """All of it as numbers, text, lists and dicts, for JSON."""
        return {
            "independence": self._independence.to_state(),
            "regions": {name: _region_state(region) for name, region in self._regions.items()},
            "sources": {name: asdict(source) for name, source in self._sources.items()},
            "seen": self._seen,
            "day": self._day,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Watch":
        """The watch that `to_state` described."""
        watch = cls()
        watch._independence = Independence.from_state(state["independence"])
        watch._regions = {name: _region(part) for name, part in state["regions"].items()}
        watch._sources = {name: Source(**part) for name, part in state["sources"].items()}
        watch._seen, watch._day = dict(state["seen"]), int(state["day"])
        return watch

    def _take(self, assessment: Assessment) -> Iterator[DriftAlarm]:
        origin_s, sequence = assessment.origin_time.timestamp(), assessment.processed_sequence
        place = origin_s, assessment.latitude, assessment.longitude, float(assessment.magnitude or 0.0)
        day = int(assessment.assessed_at.timestamp() // DAY_S)
        region = self._regions.setdefault(assessment.region, Region(day=day))
        values = {DEPTH: float(assessment.depth_km < 0)} if assessment.depth_km is not None else {}
        if self._independence.take(*place):
            region.today += 1
            values[MAGNITUDE] = float(assessment.magnitude or 0.0)
        for statistic, value in values.items():
            yield from _charted(assessment.region, region, statistic, value, assessment.assessed_at, sequence)

    def _days_over(self, name: str, region: Region, at: datetime, sequence: int) -> Iterator[DriftAlarm]:
        """Charts the independent earthquakes of each day that is over; square roots make their spread even."""
        for count in [region.today] + [0] * (self._day - region.day - 1):
            yield from _charted(name, region, RATE, float(np.sqrt(count + 0.375)), at, sequence)
        region.day, region.today = self._day, 0

    def _silences(self, at: datetime, sequence: int) -> Iterator[DriftAlarm]:
        at_s = at.timestamp()
        for name, source in self._sources.items():
            if not source.told and source.silent(at_s):
                source.told = True
                yield _alarm(name, SILENCE, sequence, at, (at_s - source.last_s, source.longest_s))


def _charted(
    name: str, region: Region, statistic: str, value: float, at: datetime, sequence: int
) -> Iterator[DriftAlarm]:
    found = region.charts[statistic].update(value)
    if found is not None:
        yield _alarm(name, statistic, sequence, at, found)


def _alarm(region: str, statistic: str, sequence: int, at: datetime, figures: tuple[float, float]) -> DriftAlarm:
    value, expected = figures
    return DriftAlarm(
        region=region, statistic=statistic, processed_sequence=sequence, raised_at=at, value=value, expected=expected
    )


def _region_state(region: Region) -> dict[str, Any]:
    charts = {name: chart.to_state() for name, chart in region.charts.items()}
    return {"charts": charts, "day": region.day, "today": region.today}


def _region(state: Mapping[str, Any]) -> Region:
    charts = {name: Chart.from_state(CHARTS[name], part) for name, part in state["charts"].items()}
    return Region(charts, int(state["day"]), int(state["today"]))
