"""One subscriber's stream of frames, whatever carries it: hello, what was missed, then live with checkpoints.

A subscriber is a place in the shared log, not a queue: what waits for it is bounded by the log in memory and costs
nothing of its own, and the same loop serves resume and live, on any instance.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from alerts.audience import Audience
from alerts.filter import Filter
from quake.intensity import intensity_at
from serving.alert_log import AlertLog, Entry, Frame
from serving.config import CHECKPOINT_S, WARNING

AHEAD = 1000
"""A client may be this many messages ahead of an instance that is catching up; beyond that, its number is wrong."""
BREATH = 100
"""Messages one subscriber looks at before the others have their turn."""


class StreamClosed(Exception):
    """The stream ends with `code`; see `config.CLOSE_CODES`."""

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class Source(Protocol):
    """What a subscriber reads: the hub itself, or the gateway's fan-out behind it."""

    @property
    def log(self) -> AlertLog:
        """The log in memory; another object once it has begun anew."""

    @property
    def reached(self) -> int:
        """Messages up to this one may be sent."""

    def history(self, last_seq: int) -> AsyncIterator[Entry]:
        """Messages from the first of the epoch up to what is in memory, oldest first."""

    async def wait(self) -> None:
        """Returns when `reached` has grown, or when a checkpoint is due."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a stream begins, and what the client is told about it."""

    status: str
    """`live`, `resumed`: nothing was missed, `replayed`: what was missed follows, or `gap-too-old`."""
    seq: int


def start_of(source: Source, last_seq: int | None, epoch: str | None) -> Start:
    """Begins after `last_seq` of the same epoch, else at the log's end. A client may come from an instance that was a
    little ahead of this one: what it has is then not sent again."""
    end, known = source.reached, source.log.epoch
    if last_seq is None:
        return Start("live", end)
    if (epoch or known) != known or last_seq > end + AHEAD:
        return Start("gap-too-old", end)
    return Start("resumed" if last_seq >= end else "replayed", last_seq)


class Subscriber:
    """A filter and a place in the alert log."""

    def __init__(self, source: Source, wanted: Filter, start: Start, mode: str) -> None:
        self.start = start
        self.audience = Audience(wanted, intensity_at)
        self.position = 0
        """The audience knows the log up to here."""
        self.sent = start.seq
        """The message last sent."""
        self._source, self._log, self._mode = source, source.log, mode
        self._quiet_since, self._remembers = 0.0, False

    async def frames(self) -> AsyncIterator[Frame]:
        """Frames without end. Raises StreamClosed when the subscriber cannot be served any longer."""
        yield self.hello()
        self._quiet_since = time.monotonic()
        while True:
            async for frame in self.missed():
                self._quiet_since = time.monotonic()
                yield frame
            await self._source.wait()
            if time.monotonic() - self._quiet_since >= CHECKPOINT_S / 2:
                self._quiet_since = time.monotonic()
                yield self.checkpoint()

    async def missed(self) -> AsyncIterator[Frame]:
        """What is left up to where the source has reached; at its end, nothing came in between. Raises StreamClosed."""
        if not self._remembers:
            async for entry in self._remembered():
                if self._takes(entry):
                    yield self._alert(entry)
            self._remembers = True
        while waiting := self._waiting():
            async for entry in _breathing(waiting):
                if self._takes(entry):
                    yield self._alert(entry)

    def adopt(self, audience: Audience, position: int, sent: int) -> None:
        """Goes on from `position`, up to which `audience` knows the log, and after message `sent`."""
        self.audience, self.position, self.sent, self._remembers = audience, position, sent, True

    def hello(self) -> Frame:
        """The first frame."""
        return self._frame(
            "hello",
            epoch=self._log.epoch,
            seq=self.start.seq,
            log_seq=self._log.last_seq,
            status=self.start.status,
            mode=self._mode,
            checkpoint_s=CHECKPOINT_S,
            warning=WARNING,
        )

    def checkpoint(self) -> Frame:
        """The frame that says where the subscriber is although nothing was for it."""
        return checkpoint(self.sent, self._reached(), self._log.epoch)

    async def _remembered(self) -> AsyncIterator[Entry]:
        """Everything the audience must know before the log in memory goes on, from the table where it is older."""
        if self.start.seq < self._log.first_seq:
            async for entry in self._source.history(self.start.seq):
                yield entry
        else:
            async for entry in _breathing(self._log.background(self.start.seq)):
                yield entry
            self.position = min(self.start.seq, self._source.reached)

    def _takes(self, entry: Entry) -> bool:
        """Whether the subscriber gets this message; those up to its start it has had, or was never told."""
        self.position = entry.alert.seq
        return self.audience.offer(entry.alert) and entry.alert.seq > self.start.seq

    def _waiting(self) -> Iterable[Entry]:
        if self._log is not self._source.log:
            raise StreamClosed(4410, "the alert log began a new epoch")
        if self.position < self._log.first_seq:
            raise StreamClosed(4408, f"{self._log.last_seq - self.position} messages wait, more than are kept at hand")
        return self._log.between(self.position, self._source.reached)

    def _alert(self, entry: Entry) -> Frame:
        frame = entry.frame(self.sent)
        self.sent = entry.alert.seq
        return frame

    def _reached(self) -> int:
        return max(self.position, self.start.seq)

    def _frame(self, kind: str, **content: Any) -> Frame:
        return _frame(kind, self._reached(), **content)


def checkpoint(previous_seq: int, seq: int, epoch: str) -> Frame:
    """The checkpoint of a subscriber at `seq` who was last sent `previous_seq`."""
    return _frame("checkpoint", seq, previous_seq=previous_seq, seq=seq, epoch=epoch)


def _frame(kind: str, place: int, **content: Any) -> Frame:
    return Frame(kind, json.dumps({"type": kind, **content}, separators=(",", ":")), place)


async def _breathing(entries: Iterable[Entry]) -> AsyncIterator[Entry]:
    for count, entry in enumerate(entries, start=1):
        if count % BREATH == 0:
            await asyncio.sleep(0)
        yield entry
