"""Replays a log of hourly looks at the real USGS feed: `python -m benchmarks.identity_revision_log LOG.jsonl.gz`.

The log holds what changed in each look: no `ids`, type or status, and no list of what was there. How a disappearance is
inferred all the same, and what leaves no trace, is said in `quake.adapters.feeds.revision_log`, which reads it.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from benchmarks.identity_pipeline import Pipeline
from quake.adapters.feeds.revision_log import looks, read_revision_log
from quake.event import SeismicEvent, Tick, stamped
from quake.schema import Assessment, EventReport


def replay(path: Path) -> Pipeline:
    """The pipeline after the whole log and eight quiet days, in which every alert ends."""
    pipeline = Pipeline()
    for sequence, message in enumerate(_messages(path), start=1):
        if isinstance(message, Tick):
            pipeline.process(replace(message, sequence=sequence))
        else:
            pipeline.process(stamped(message, sequence, message.ingested_at))
    return pipeline


def counts(pipeline: Pipeline) -> dict[str, int]:
    """What the replay amounts to."""
    rows, last = pipeline.reports, _last(pipeline)
    alerts = Counter(alert.message_type for alert in pipeline.alerts)
    return {
        "ids": len({row.source_event_id for row in rows}),
        "reports that say something new": len(rows),
        "earthquakes": sum(row.status != "superseded" for row in last.values()),
        "ids that joined another id's earthquake": len({(row.source_event_id, row.quake_id) for row in rows})
        - len(last),
        "merges of two earthquakes": sum(row.status == "superseded" for row in last.values()),
        "ids withdrawn": sum(row.kind == "delete" for row in rows),
        "ids that came back": sum(row.kind != "delete" for row in returns(rows)),
        "earthquakes withdrawn at the end": sum(row.status == "withdrawn" for row in last.values()),
        **{f"alerts: {kind}": alerts[kind] for kind in ("ALERT", "UPDATE", "CANCEL", "EXPIRED")},
        "alerts: UPDATE with notify": sum(a.notify and a.message_type == "UPDATE" for a in pipeline.alerts),
    }


def returns(rows: list[EventReport]) -> list[EventReport]:
    """The reports that follow a withdrawal of their id."""
    ordered = sorted(rows, key=lambda row: (row.source_event_id, row.source_revision))
    return [b for a, b in pairwise(ordered) if a.source_event_id == b.source_event_id and a.kind == "delete"]


def table(pipeline: Pipeline) -> list[str]:
    """One line for each id that vanished or came back: when, which, and which id speaks for that earthquake now."""
    came_back = {(row.source_event_id, row.source_revision) for row in returns(pipeline.reports)}
    told = {row.processed_sequence: row for row in pipeline.assessments if row.status != "superseded"}
    lines = []
    for row in pipeline.reports:
        back = (row.source_event_id, row.source_revision) in came_back
        if back or row.kind == "delete":
            lines.append(_line(row, "came back" if back else "withdrawn", told[row.processed_sequence]))
    return lines


def _line(row: EventReport, what: str, now: Assessment) -> str:
    rest = f"{now.source_event_id} speaks" if now.status == "active" else "nothing speaks"
    return f"{row.ingested_at:%m-%d %H:%M} {row.source_event_id} {what}: {rest} for {now.quake_id}"


def _last(pipeline: Pipeline) -> dict[str, Assessment]:
    return {row.quake_id: row for row in pipeline.assessments}


def _messages(path: Path) -> Iterator[SeismicEvent | Tick]:
    """Every look's reports, a tick before each, then a tick an hour."""
    at = datetime.now(UTC)
    for batch in looks(read_revision_log(str(path), at).reports):
        at = batch.generated_at
        yield Tick(sequence=0, at=at)
        yield from (replace(event, ingested_at=at) for event in batch.reports)
    yield from (Tick(sequence=0, at=at + timedelta(hours=hours)) for hours in range(1, 24 * 8))


def summary(pipeline: Pipeline) -> str:
    """The counts and the table, as printed."""
    return "\n".join([*(f"{count:6} {name}" for name, count in counts(pipeline).items()), *table(pipeline)])


def main() -> None:
    """Prints the counts and the table."""
    print(summary(replay(Path(sys.argv[1]))))


if __name__ == "__main__":
    main()
