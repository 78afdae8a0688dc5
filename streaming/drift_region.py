"""What is watched in one region: the law of its magnitudes, how many a day, depths; nothing of any other region."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from quake.schema import Assessment
from streaming.drift_chart import Chart, Settled
from streaming.drift_law import CUT_OFF, MagnitudeLaw
from streaming.drift_sequence import Independence

DAY_S = 86_400.0
MAGNITUDE, COMPLETENESS, RATE, DEPTH = "magnitude", "completeness", "rate", "negative depth"
CHARTS: Mapping[str, Settled] = {
    RATE: Settled(slack=0.5, threshold=9.0, learning=60, memory=120),
    DEPTH: Settled(slack=0.5, threshold=15.0, learning=100, memory=2000, scale_min=0.1),
}
"""What River charts, by days and by earthquakes. Chosen on Japan 1998 to 2007 alone (docs/model_life.md)."""
SEEN_DAYS = 30.0

Found = tuple[str, float, float]
"""Statistic, its value, and what was usual."""


class RegionWatch:
    """One region's state. Feed it the region's own assessments and ticks, in order; it reads no clock."""

    def __init__(self, regions: int = 1) -> None:
        """One of so many regions, which share what false alarms there may be."""
        self._independence, self._law = Independence(), MagnitudeLaw(regions)
        self._settled = {name: _cautious(settled, regions) for name, settled in CHARTS.items()}
        self._charts = {name: Chart(settled) for name, settled in self._settled.items()}
        self._seen: dict[str, float] = {}
        self._day, self._today = -1, 0

    def update(self, assessment: Assessment) -> list[Found]:
        """What one assessment gives away; an earthquake counts once, when it first has a magnitude."""
        at_s, magnitude = assessment.assessed_at.timestamp(), assessment.magnitude
        usable = assessment.status == "active" and assessment.event_type == "earthquake"
        if not usable or magnitude is None or assessment.quake_id in self._seen:
            return []
        found = self._over(at_s)
        self._seen[assessment.quake_id] = at_s
        if assessment.depth_km is not None:
            found += self._charted(DEPTH, float(assessment.depth_km < 0), at_s)
        place = assessment.origin_time.timestamp(), assessment.latitude, assessment.longitude
        if self._independence.take(*place, magnitude):
            self._today += 1
            found += self._lawful(self._law.update(at_s, magnitude))
        return found

    def tick(self, at_s: float) -> list[Found]:
        """What the passing of time gives away: a silence, a rate that has changed by the end of a day."""
        return self._over(at_s) + self._lawful(self._law.wait(at_s))

    def to_state(self) -> dict[str, Any]:
        """All of it as numbers, text, lists and dicts, for JSON."""
        return {
            "independence": self._independence.to_state(),
            "law": self._law.to_state(),
            "charts": {name: chart.to_state() for name, chart in self._charts.items()},
            "seen": dict(self._seen),
            "day": [self._day, self._today],
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any], regions: int = 1) -> "RegionWatch":
        """The region that `to_state` described."""
        watch = cls(regions)
        watch._independence = Independence.from_state(state["independence"])
        watch._law = MagnitudeLaw.from_state(state["law"], regions)
        watch._charts = {name: Chart.from_state(watch._settled[name], part) for name, part in state["charts"].items()}
        watch._seen = dict(state["seen"])
        watch._day, watch._today = state["day"]
        return watch

    def _over(self, at_s: float) -> list[Found]:
        """Charts the independent earthquakes of each day that is over; square roots make their spread even."""
        day, found = int(at_s // DAY_S), []
        if self._day < 0:
            self._day = day
        if day > self._day:
            for count in [self._today] + [0] * (day - self._day - 1):
                found += self._charted(RATE, float(np.sqrt(count + 0.375)), at_s)
            self._day, self._today = day, 0
            self._seen = {name: seen for name, seen in self._seen.items() if at_s - seen < SEEN_DAYS * DAY_S}
        return found

    def _charted(self, statistic: str, value: float, at_s: float) -> list[Found]:
        found = self._charts[statistic].update(value)
        if found is None:
            return []
        if statistic == RATE:
            self._law.doubt(at_s)
        return [(statistic, *found)]

    def _lawful(self, found: Found | None) -> list[Found]:
        """What changes the law may change the rate, which is learned anew: a change is told once."""
        if found is None:
            return []
        self._charts[RATE] = Chart(self._settled[RATE])
        fault, value, usual = found
        return [(COMPLETENESS if fault == CUT_OFF else MAGNITUDE, value, usual)]


def _cautious(settled: Settled, regions: int) -> Settled:
    """So many times fewer false alarms: they fall with exp(-2 slack threshold)."""
    return replace(settled, threshold=settled.threshold + float(np.log(regions)) / (2 * settled.slack))
