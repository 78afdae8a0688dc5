"""Many feeds in, one ordered topic out: batches become stamped reports, ticks and dead letters on topic `events`."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

import structlog

from quake.adapters.bus import Bus, Message
from quake.adapters.feeds import Batch, Clock, Feed, Reject
from quake.adapters.topics import EVENTS, named
from quake.event import SeismicEvent, Tick, encode, encode_reject, stamped
from streaming.sequence import Sequencer

log = structlog.get_logger(__name__)

QUEUE_BATCHES = 1000
PUBLISH_MESSAGES = 1000
"""Messages after which no further batch joins one publication."""
RETRY_S, LONGEST_RETRY_S = 2.0, 300.0
REASON_LIMIT = 250
"""Characters of a reason: Pub/Sub takes 1,024 bytes of an attribute."""

Sleep = Callable[[float], Awaitable[None]]


@dataclass(slots=True)
class Merge:
    """One run: its feeds, where messages go, and what has been counted."""

    feeds: Sequence[Feed]
    bus: Bus
    clock: Clock
    sequencer: Sequencer = field(default_factory=Sequencer)
    rng: random.Random = field(default_factory=random.Random)
    sleep: Sleep = asyncio.sleep
    counts: Counter[str] = field(default_factory=Counter)
    """Messages by type, and `failed NAME`: how often a feed died."""
    answered_at: datetime | None = None
    reported_at: datetime | None = None

    @property
    def live(self) -> bool:
        """Whether time is the wall clock's."""
        return any(feed.mode == "live" for feed in self.feeds)

    async def run(self) -> None:
        """Publishes until every feed has ended; a live feed never does, and is restarted when it fails.

        Raises what the bus raises: what is not published has not happened, and a restart asks the feeds again.
        """
        queue: asyncio.Queue[tuple[bool, Batch]] = asyncio.Queue(QUEUE_BATCHES)
        feeding = [asyncio.create_task(self._feed(feed, queue)) for feed in self.feeds]
        beating = [asyncio.create_task(self._beat(queue))] if self.live else []
        ended = asyncio.gather(*feeding)
        try:
            while not (ended.done() and queue.empty()):
                await self._publish(queue, ended)
            await ended
        finally:
            for task in (*feeding, *beating):
                task.cancel()
            await asyncio.gather(ended, *beating, return_exceptions=True)

    async def _feed(self, feed: Feed, queue: asyncio.Queue) -> None:
        """Puts a feed's batches into the queue and outlives its failures; only a replay may end or fail for good."""
        failures = 0
        while True:
            try:
                async for batch in feed.batches():
                    await queue.put((True, batch))
                    failures = 0
                if feed.mode != "live":
                    log.info("feed ended", feed=feed.name)
                    return
                reason = "the feed ended"
            except Exception as error:  # pylint: disable=broad-exception-caught  # one feed never stops the others
                if feed.mode != "live":
                    raise
                reason = repr(error)
            self.counts[f"failed {feed.name}"] += 1
            failures += 1
            pause = min(RETRY_S * 2**failures, LONGEST_RETRY_S) * self.rng.uniform(0.5, 1.0)
            log.warning("feed failed", feed=feed.name, reason=reason, retry_in_s=round(pause, 1))
            await self.sleep(pause)

    async def _beat(self, queue: asyncio.Queue) -> None:
        """Lets time pass where no agency speaks."""
        while True:
            now = self.clock()
            await queue.put((False, Batch(now)))
            await self.sleep(60 - now.second - now.microsecond / 1e6)

    async def _publish(self, queue: asyncio.Queue, ended: asyncio.Future) -> None:
        """Waits for a batch or the end, then publishes what is there in one go."""
        waiting = asyncio.create_task(queue.get())
        await asyncio.wait({waiting, ended}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            waiting.cancel()
            return
        messages = self._messages(*waiting.result())
        while len(messages) < PUBLISH_MESSAGES and not queue.empty():
            messages += self._messages(*queue.get_nowait())
        if messages:
            self.bus.publish(EVENTS, messages)
            self.counts.update(message.attributes["type"] for message in messages)

    def _messages(self, answer: bool, batch: Batch) -> list[Message]:
        """Ticks that are due, then the batch's reports in their order, then its rejects."""
        # A live agency's clock may run ahead; ours is the one that orders.
        now = self.clock() if self.live else batch.generated_at
        ticks = [self._tick(minute) for minute in self.sequencer.due(now)]
        if answer:
            self.answered_at = now
        if batch.reports:
            self.reported_at = now
        known_at = min(batch.generated_at, now)
        reports = [self._report(report, known_at, now) for report in sorted(batch.reports, key=_order)]
        return [*ticks, *reports, *(_dead(reject, now) for reject in batch.rejects)]

    def _report(self, report: SeismicEvent, known_at: datetime, now: datetime) -> Message:
        event = stamped(report, self.sequencer.next(known_at), now)
        return Message(encode(event), {"type": "report", "source": event.source} | named(event.sequence, now))

    def _tick(self, minute: datetime) -> Message:
        attributes = {
            "type": "tick",
            "feed": ",".join(feed.name for feed in self.feeds),
            "mode": self.feeds[0].mode,
            "last_report_at": self.reported_at.isoformat() if self.reported_at else "",
            "last_answer_at": self.answered_at.isoformat() if self.answered_at else "",
        }
        tick = Tick(sequence=self.sequencer.next(minute), at=minute)
        return Message(encode(tick), attributes | named(tick.sequence, minute))


def _dead(reject: Reject, now: datetime) -> Message:
    attributes = {"source": reject.source, "reason": reject.reason[:REASON_LIMIT], "received_at": now.isoformat()}
    payload = encode_reject(reject.payload)
    return Message(payload, {"type": "dead"} | attributes | named(sha256(payload).hexdigest(), now))


def _order(report: SeismicEvent) -> tuple[str, str]:
    return report.source, report.source_event_id
