"""The process that takes reports in: opens the feeds, goes on where the last run ended, and lets them merge."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from quake.adapters.bus import Bus, open_bus
from quake.adapters.feeds import Clock, Feed, open_feed
from quake.adapters.log import configure
from quake.adapters.sql import answer
from quake.adapters.topics import ENGINE, EVENTS
from quake.adapters.warehouse import Warehouse, open_warehouse
from quake.event import SeismicEvent
from quake.settings import Settings
from streaming.merge import Merge
from streaming.sequence import Sequencer

log = structlog.get_logger(__name__)

KNOWN_FOR = timedelta(days=3)
"""Reports this young are restored; the feeds' windows are a day long."""
REPORT_FIELDS = frozenset(field.name for field in fields(SeismicEvent))


async def ingest(feeds: Sequence[Feed], bus: Bus, clock: Clock, after: int = 0) -> Counter[str]:
    """Publishes all that the feeds bring to topic `events`, in sequence after `after`; returns what was counted.

    All feeds must be of one mode. Raises ValueError otherwise, and what a replay or the bus raises.
    """
    if len({feed.mode for feed in feeds}) != 1:
        raise ValueError("give one or more feeds of one mode: live, replay or simulate")
    merge = Merge(feeds, bus, clock, Sequencer(after))
    await merge.run()
    return merge.counts


def run_ingest(settings: Settings) -> None:
    """The process `quake ingest`; returns at the end of a replay. Raises ValueError for feeds that do not exist."""
    configure("ingest", settings.log_json)
    warehouse = open_warehouse(settings.warehouse)
    after = last_sequence(warehouse)
    feeds = open_feeds(settings, _now, warehouse, after)
    warehouse.close()
    bus = open_bus(settings.bus)
    # Whoever starts first: nothing is published before the engine's subscription is there to keep it.
    bus.subscribe(EVENTS, ENGINE)
    asyncio.run(_until_stopped(feeds, bus, after))


def open_feeds(settings: Settings, clock: Clock, warehouse: Warehouse, after: int = 0) -> list[Feed]:
    """The feeds that the settings name. Live ones know what they reported; a replay goes on after sequence `after`."""
    if settings.feed != "live":
        return [open_feed(settings.feed, settings, clock).after(after)]
    since = clock() - KNOWN_FOR
    return [open_feed(name, settings, clock, known_reports(warehouse, name, since)) for name in settings.feeds]


def last_sequence(warehouse: Warehouse) -> int:
    """The newest sequence number of any stored report, 0 without one."""
    return warehouse.query(answer("last_sequence")).column("last_sequence")[0].as_py() or 0


def known_reports(warehouse: Warehouse, source: str, since: datetime) -> list[SeismicEvent]:
    """The last report of each id that `source` has reported on since then, deletions included."""
    rows = warehouse.query(answer("reports_known"), {"source": source, "since": since}).to_pylist()
    return [_event(row) for row in rows]


async def live_feed_answers(settings: Settings, timeout_s: float = 10.0) -> bool:
    """Whether any of the settings' live feeds can be reached within the time. Raises ValueError for an unknown one."""
    feeds = [open_feed(name, settings, _now) for name in settings.feeds]
    asking = [asyncio.create_task(_answers(feed)) for feed in feeds]
    try:
        for answered in asyncio.as_completed(asking, timeout=timeout_s):
            if await answered:
                return True
    except TimeoutError:
        log.info("no live feed answered", feeds=settings.feeds, within_s=timeout_s)
    finally:
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    return False


async def _answers(feed: Any) -> bool:
    try:
        return await feed.answers()
    except Exception as error:  # pylint: disable=broad-exception-caught  # whatever it is, this feed does not answer
        log.info("feed does not answer", feed=feed.name, reason=repr(error))
        return False


async def _until_stopped(feeds: Sequence[Feed], bus: Bus, after: int) -> None:
    counts = await ingest(feeds, bus, _now, after)
    log.info("all feeds ended", **counts)


def _event(row: dict[str, Any]) -> SeismicEvent:
    known = {name: value for name, value in row.items() if name in REPORT_FIELDS}
    return SeismicEvent(**known | {"aliases": tuple(row["aliases"] or ())})


def _now() -> datetime:
    return datetime.now(UTC)
