"""The past as a feed: a catalogue or a recorded revision log, at any speed, on the replay's own clock."""

import asyncio
import math
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby

from quake.adapters.feeds import Batch, Reject, Source
from quake.adapters.feeds.catalogue import read_catalogue, read_stored, reported, within
from quake.adapters.feeds.revision_log import looks, read_revision_log
from quake.event import SeismicEvent
from quake.schema import HistoryEvent

MINUTE, MILLISECOND = timedelta(minutes=1), timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SEQUENCES_PER_MS = 1024
"""A sequence number is the report's time in ms times this, or more: `streaming.sequence`."""


@dataclass(frozen=True, slots=True)
class ReplayFeed:
    """Batches known beforehand, each let out when the replay's clock reaches its time."""

    name: str
    mode: str
    history: Sequence[Batch]
    """In order of their times."""
    speed: float = math.inf
    """Replayed seconds per second; 0 and infinity are as fast as possible."""

    async def batches(self) -> AsyncIterator[Batch]:
        """The batches, and empty ones on every minute between them, so that time passes where nothing happens."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        for batch in by_minute(self.history):
            elapsed = (batch.generated_at - self.history[0].generated_at) / timedelta(seconds=1)
            ahead = elapsed / self.speed - (loop.time() - started) if self.speed else 0.0
            if ahead > 0:
                await asyncio.sleep(ahead)
            yield batch

    def after(self, sequence: int) -> "ReplayFeed":
        """The replay without the batches that a run whose last sequence number was this has had."""
        passed = sequence // SEQUENCES_PER_MS
        left = [batch for batch in self.history if (batch.generated_at - EPOCH) // MILLISECOND > passed]
        return replace(self, history=left if sequence else self.history)


def open_replay(source: Source) -> ReplayFeed:
    """The replay of a file, whose name says what it is: `.jsonl[.gz]`, `.csv[.gz]` or `.parquet`; or of `history`.

    `history`, the default, is the service's own bulk catalogue in `settings.storage`.

    Options: speed, start and end (ISO 8601, by origin time). Raises ValueError for another name or a bad option,
    FileNotFoundError.
    """
    path, start, end = source.where, source.time("start"), source.time("end")
    speed = source.number("speed", source.settings.speed)
    if not speed >= 0:
        raise ValueError(f"feed option speed must be 0 (as fast as possible) or more, got {speed}")
    if path in ("", "history"):
        parsed = read_stored(source.settings.storage, start, end, source.clock())
        return _feed(parsed.rejects, as_published(parsed.reports), speed)
    if path.endswith((".jsonl", ".jsonl.gz")):
        parsed = read_revision_log(path, source.clock())
        return _feed(parsed.rejects, list(looks(within(parsed.reports, start, end), source.known)), speed)
    if path.endswith((".csv", ".csv.gz", ".parquet")):
        parsed = read_catalogue(path, start, end, source.clock())
        return _feed(parsed.rejects, as_published(parsed.reports), speed)
    raise ValueError(
        f"cannot replay {path!r}; give history, a .csv, .csv.gz or .parquet catalogue or a .jsonl[.gz] log"
    )


def replay_events(
    rows: Iterable[HistoryEvent], start: datetime, end: datetime, speed: float = math.inf, name: str = "replay"
) -> ReplayFeed:
    """The replay of catalogue rows already loaded, those with start <= origin_time < end."""
    return _feed((), as_published(within(reported(rows), start, end)), speed, name)


def as_published(events: Iterable[SeismicEvent]) -> list[Batch]:
    """A batch per publication time, which reports carry in `ingested_at`; order in a batch is left to ingest."""
    ordered = sorted(events, key=_published_at)
    return [Batch(at, tuple(group)) for at, group in groupby(ordered, _published_at)]


def by_minute(batches: Iterable[Batch]) -> Iterator[Batch]:
    """The batches with an empty one on every whole minute that lies strictly between two of them."""
    last: datetime | None = None
    for batch in batches:
        while last is not None and (last := _next_minute(last)) < batch.generated_at:
            yield Batch(last)
        yield batch
        last = batch.generated_at


def _feed(rejects: tuple[Reject, ...], history: list[Batch], speed: float, name: str = "replay") -> ReplayFeed:
    if not history:
        raise ValueError("nothing to replay: no earthquake lies in the span")
    history[0] = replace(history[0], rejects=rejects)
    return ReplayFeed(name, "replay", history, speed)


def _published_at(event: SeismicEvent) -> datetime:
    return event.ingested_at or event.updated_at


def _next_minute(time: datetime) -> datetime:
    return time.replace(second=0, microsecond=0) + MINUTE
