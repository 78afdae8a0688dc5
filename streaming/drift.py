"""Watches what arrives for changes that no earthquake makes: magnitudes, rates, depths, a feed that falls silent.

An aftershock sequence is not drift: only earthquakes outside the space and time of earlier ones are looked at. The
state is plain numbers, so that a snapshot goes on exactly where it was taken; regions know nothing of each other, so
that an engine may keep each by itself.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from quake.schema import Assessment, DriftAlarm
from streaming.drift_region import COMPLETENESS, DAY_S, DEPTH, MAGNITUDE, RATE, Found, RegionWatch
from streaming.drift_sources import Sources

SILENCE = "silence"

__all__ = ["COMPLETENESS", "DAY_S", "DEPTH", "MAGNITUDE", "RATE", "SILENCE", "RegionWatch", "Sources", "Watch", "alarm"]


class Watch:
    """All that is watched. Feed it every assessment and every tick, in order; it reads no clock."""

    def __init__(self, regions: int = 1) -> None:
        """`regions` share what false alarms there may be, about one a year; fewer may be heard of."""
        self._count, self._regions = regions, dict[str, RegionWatch]()
        self._sources = Sources()

    def update(self, assessment: Assessment) -> list[DriftAlarm]:
        """Alarms that one assessment raises; an earthquake counts once, when it first has a magnitude.

        A challenger's assessments say nothing that the champion's do not.
        """
        if assessment.role == "challenger":
            return []
        self._sources.hear(assessment.source, assessment.assessed_at.timestamp())
        region = self._regions.get(assessment.region) or self._begin(assessment.region)
        at, sequence = assessment.assessed_at, assessment.processed_sequence
        return [alarm(assessment.region, found, at, sequence) for found in region.update(assessment)]

    def tick(self, at: datetime, processed_sequence: int) -> list[DriftAlarm]:
        """Alarms that the passing of time raises: a silent source, a region whose rate has changed."""
        at_s = at.timestamp()
        told = [(name, (SILENCE, *times)) for name, *times in self._sources.fallen_silent(at_s)]
        told += [(name, found) for name, region in sorted(self._regions.items()) for found in region.tick(at_s)]
        return [alarm(name, found, at, processed_sequence) for name, found in told]

    def to_state(self) -> dict[str, Any]:
        """All of it as numbers, text, lists and dicts, for JSON."""
        regions = {name: region.to_state() for name, region in self._regions.items()}
        return {"regions": regions, "sources": self._sources.to_state()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any], regions: int = 1) -> "Watch":
        """The watch that `to_state` described."""
        watch = cls(regions)
        watch._regions = {name: RegionWatch.from_state(part, regions) for name, part in state["regions"].items()}
        watch._sources = Sources.from_state(state["sources"])
        return watch

    def _begin(self, name: str) -> RegionWatch:
        self._regions[name] = RegionWatch(self._count)
        return self._regions[name]


def alarm(region: str, found: Found, at: datetime, processed_sequence: int) -> DriftAlarm:
    """The row of what was found; `region` is a source's name for a silence."""
    statistic, value, expected = found
    return DriftAlarm(
        region=region,
        statistic=statistic,
        processed_sequence=processed_sequence,
        raised_at=at,
        value=value,
        expected=expected,
    )
