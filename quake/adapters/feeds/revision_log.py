"""A recorded feed: one JSON line per (look, event) in which something changed.

What can be inferred from such a log, and what cannot. Every row carries a full content, so every creation and every
change is there as of the look that first saw it, an hour apart. A look's unchanged events are not written down, so an
id that vanishes leaves no row: a plain withdrawal is invisible. Visible is a *rename*: the feed lists one id per
earthquake, so when another network's id for the same earthquake appears (`SAME_S`, `SAME_KM`), the old id has left the
list. It is taken for missing from that look on, and the usual grace period turns that into a deletion; should the old
id get a row again later, it has come back. The log has no `ids`, so which earthquake a new id belongs to is left to
association; and no type, status or quality: all are taken for automatic earthquakes.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import fsspec

from quake.adapters.feeds import Batch, Parsed
from quake.adapters.feeds.edge import EpochMs, Id, Outside, Text, each, read_json
from quake.adapters.feeds.silence import WINDOW, Silence
from quake.event import SeismicEvent
from quake.geo import place_distance_km

SAME_S = 3.0
SAME_KM = 30.0
"""Two networks' solutions this close in time and space are one earthquake to the feed.

Chosen after a look at the log of May 2025 itself, at 45 of its 66 close pairs. One network lists doublets as near as
4 s, so its own ids never match.
"""


class LogRow(Outside):
    """What changed at one look."""

    seen: EpochMs
    id: Id
    mag: float | None
    place: Text | None
    time: EpochMs
    updated: EpochMs
    lon: float
    lat: float
    depth: float | None


def read_revision_log(path: str, now: datetime) -> Parsed:
    """Reports, in order of their look (their `ingested_at`), and rejects of the log at `path`.

    Raises FileNotFoundError.
    """
    with fsspec.open(path, "rb", compression="infer") as file:
        parsed = each("replay", (line for line in file if line.strip()), _report, now)
    return Parsed(tuple(sorted(parsed.reports, key=_look)), parsed.rejects)


def looks(events: Iterable[SeismicEvent], known: Iterable[SeismicEvent] = ()) -> Iterator[Batch]:
    """A batch per look: what changed, and the ids that an earlier look's rename has made vanish for good.

    `events` come in the order of their `ingested_at`, the time of their look.
    """
    silence, listed = Silence(known), {report.source_event_id: report for report in known}
    for seen, rows in groupby(events, _look):
        listed = {name: event for name, event in listed.items() if event.origin_time >= seen - WINDOW}
        changed = {event.source_event_id: event for event in rows}
        replaced = {old.source_event_id for new in changed.values() for old in listed.values() if _renamed(old, new)}
        listed = {name: event for name, event in listed.items() if name not in replaced} | changed
        yield Batch(seen, silence.observe(seen, listed.values()))


def _renamed(old: SeismicEvent, new: SeismicEvent) -> bool:
    near = abs((old.origin_time - new.origin_time) / timedelta(seconds=1)) <= SAME_S and old.network != new.network
    return near and place_distance_km(old.latitude, old.longitude, new.latitude, new.longitude) <= SAME_KM


def _look(event: SeismicEvent) -> datetime:
    return event.ingested_at or event.updated_at


def _report(line: Any) -> SeismicEvent:
    row = LogRow.model_validate(read_json(line))
    network = re.match(r"[a-z]*", row.id)
    return SeismicEvent(
        source="usgs",
        source_event_id=row.id,
        origin_time=row.time,
        updated_at=row.updated,
        latitude=row.lat,
        longitude=row.lon,
        depth_km=row.depth,
        magnitude=row.mag,
        place=row.place or "",
        aliases=(row.id,),
        # A USGS id is the network's code, two letters, before the network's own number.
        network=network.group()[:2] if network else "",
        ingested_at=row.seen,
    )
