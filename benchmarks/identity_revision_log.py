"""Replays a log of hourly looks at the real USGS feed: `python -m benchmarks.identity_revision_log LOG.jsonl.gz`.

The log holds what changed in each look: no `ids`, type or status, and no list of what was there. So disappearance is
inferred: when a new id comes up within half a threshold of an older one that is not in the same look, the feed has
dropped the older id for it. An id that went for good, or came back as it was, leaves no trace in the log. If an id that
was held to be gone speaks again, it has re-appeared.
"""

import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarks.identity_pipeline import Pipeline
from quake.association import Index, separation
from quake.event import SeismicEvent, Tick, stamped
from quake.geo import wrap_longitude

SURELY_THE_SAME = 0.5
"""In thresholds: an id that comes up so close to an older one has taken its place."""


@dataclass(frozen=True, slots=True)
class Change:
    """One inferred withdrawal or re-appearance, and why."""

    seen: datetime
    kind: str
    source_event_id: str
    because: str


def replay(path: Path) -> tuple[Pipeline, list[Change]]:
    """The pipeline after the whole log, seven days and one more, and every change that was inferred."""
    pipeline, changes, sequence = Pipeline(), [], 0
    for message in _messages(path, changes):
        sequence += 1
        if isinstance(message, Tick):
            pipeline.process(replace(message, sequence=sequence))
        else:
            pipeline.process(stamped(message, sequence, message.ingested_at))
    return pipeline, changes


def counts(pipeline: Pipeline, changes: list[Change]) -> dict[str, int]:
    """What the replay amounts to."""
    last = {row.quake_id: row for row in pipeline.assessments}
    ids = {row.source_event_id for row in pipeline.reports}
    alerts = Counter(alert.message_type for alert in pipeline.alerts)
    return {
        "ids": len(ids),
        "reports that say something new": len(pipeline.reports),
        "earthquakes": sum(row.status != "superseded" for row in last.values()),
        "merges": sum(row.status == "superseded" for row in last.values()),
        "inferred withdrawals": sum(change.kind == "withdrawn" for change in changes),
        "re-appearances": sum(change.kind == "returned" for change in changes),
        "earthquakes withdrawn at the end": sum(row.status == "withdrawn" for row in last.values()),
        **{f"alerts: {kind}": alerts[kind] for kind in ("ALERT", "UPDATE", "CANCEL", "EXPIRED")},
        "alerts: UPDATE with notify": sum(a.notify and a.message_type == "UPDATE" for a in pipeline.alerts),
    }


def table(pipeline: Pipeline, changes: list[Change]) -> list[str]:
    """One line a change: when, what, which id, why, and the earthquake it belongs to."""
    home = {row.source_event_id: row.quake_id for row in pipeline.reports}
    last = {row.quake_id: row for row in pipeline.assessments}
    lines = []
    for change in changes:
        name = last[home[change.source_event_id]].superseded_by or home[change.source_event_id]
        lines.append(f"{change.seen:%m-%d %H:%M} {change.kind} {change.source_event_id}: {change.because}; {name}")
    return lines


def _messages(path: Path, changes: list[Change]) -> Iterator[SeismicEvent | Tick]:
    feed, seen = _Feed(changes), None
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = sorted(map(json.loads, lines), key=lambda row: (row["seen"], row["id"]))
    for moment, look in groupby(rows, key=lambda row: row["seen"]):
        seen = _time(moment)
        yield Tick(sequence=0, at=seen)
        yield from feed.look([_event(row) for row in look])
    for hours in range(1, 24 * 8):
        yield Tick(sequence=0, at=seen + timedelta(hours=hours))


class _Feed:
    """What the feed is taken to list."""

    def __init__(self, changes: list[Change]) -> None:
        self.changes = changes
        self.listed: dict[str, SeismicEvent] = {}
        self.gone: set[str] = set()
        self.index = Index()

    def look(self, events: list[SeismicEvent]) -> Iterator[SeismicEvent]:
        """The events of one look, then the withdrawals they imply."""
        names = {event.source_event_id for event in events}
        dropped = [
            drop for event in events if event.source_event_id not in self.listed for drop in self._drop(event, names)
        ]
        for event in events:
            yield self._take(event)
        for old in dropped:
            yield replace(old, kind="delete", ingested_at=events[0].ingested_at)

    def _drop(self, event: SeismicEvent, names: set[str]) -> Iterator[SeismicEvent]:
        for name in list(self.index.near(event)):
            apart = separation(event, self.listed[name])
            if name not in names and apart <= SURELY_THE_SAME:
                self.index.remove(name)
                self.gone.add(name)
                because = f"{event.source_event_id} came up at {apart:.2f} of the thresholds"
                self.changes.append(Change(event.ingested_at, "withdrawn", name, because))
                yield self.listed[name]

    def _take(self, event: SeismicEvent) -> SeismicEvent:
        name = event.source_event_id
        if name in self.gone:
            self.gone.remove(name)
            self.changes.append(Change(event.ingested_at, "returned", name, "it speaks again"))
        self.listed[name] = event
        self.index.put(name, event)
        return event


def _event(row: dict[str, Any]) -> SeismicEvent:
    return SeismicEvent(
        source="usgs",
        source_event_id=row["id"],
        origin_time=_time(row["time"]),
        updated_at=_time(row["updated"]),
        latitude=row["lat"],
        longitude=wrap_longitude(row["lon"]),
        depth_km=row["depth"],
        magnitude=row["mag"],
        network=row["id"][:2],
        place=row["place"] or "",
        aliases=(row["id"],),
        ingested_at=_time(row["seen"]),
    )


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def main() -> None:
    """Prints the counts and the table."""
    pipeline, changes = replay(Path(sys.argv[1]))
    for name, count in counts(pipeline, changes).items():
        print(f"{count:6} {name}")
    print(*table(pipeline, changes), sep="\n")


if __name__ == "__main__":
    main()
