"""One subscriber's stream of frames, whatever carries it: hello, what was missed, then live with checkpoints.

A subscriber is a place in the shared log, not a queue: what waits for it is bounded by the log in memory and costs
nothing of its own, and the same loop serves resume and live, on any instance.
"""

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from alerts.audience import Audience
from alerts.filter import Filter
from quake.intensity import intensity_at
from serving.alert_log import AlertLog, Entry, Frame
from serving.config import CHECKPOINT_S, WARNING
from serving.hub import Hub

AHEAD = 1000
"""A client may be this many messages ahead of an instance that is catching up; beyond that, its number is wrong."""


class StreamClosed(Exception):
    """The stream ends with `code`; see `config.CLOSE_CODES`."""

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class Start:
    """Where a stream begins, and what the client is told about it."""

    status: str
    """`live`, `resumed`: nothing was missed, `replayed`: what was missed follows, or `gap-too-old`."""
    seq: int


def start_of(log: AlertLog, last_seq: int | None, epoch: str | None) -> Start:
    """Begins after `last_seq` of the same epoch, else at the log's end. A client may come from an instance that was a
    little ahead of this one: what it has is then not sent again."""
    if last_seq is None:
        return Start("live", log.last_seq)
    if (epoch or log.epoch) != log.epoch or last_seq > log.last_seq + AHEAD:
        return Start("gap-too-old", log.last_seq)
    return Start("resumed" if last_seq >= log.last_seq else "replayed", last_seq)


class Subscriber:
    """A filter and a place in the alert log."""

    def __init__(self, hub: Hub, wanted: Filter, start: Start, mode: str) -> None:
        self._hub, self._log, self._start, self._mode = hub, hub.log, start, mode
        self._audience = Audience(wanted, intensity_at)
        self._position = 0
        self._sent = start.seq
        self._quiet_since = 0.0

    async def frames(self) -> AsyncIterator[Frame]:
        """Frames without end. Raises StreamClosed when the subscriber cannot be served any longer."""
        yield self._hello()
        async for entry in self._remembered():
            if self._takes(entry):
                yield self._alert(entry)
        self._quiet_since = time.monotonic()
        while True:
            self._check()
            waited = self._log.after(self._position)
            for entry in waited:
                if self._takes(entry):
                    yield self._alert(entry)
            if not waited:
                await self._hub.wait()
            if time.monotonic() - self._quiet_since >= CHECKPOINT_S / 2:
                yield self._checkpoint()

    async def _remembered(self) -> AsyncIterator[Entry]:
        """Everything the audience must know before the log in memory goes on, from the table where it is older."""
        if self._start.seq < self._log.first_seq:
            async for entry in self._hub.history(self._start.seq):
                yield entry
        else:
            for entry in self._log.background(self._start.seq):
                yield entry
            self._position = max(self._position, self._log.first_seq)

    def _takes(self, entry: Entry) -> bool:
        """Whether the subscriber gets this message; those up to its start it has had, or was never told."""
        self._position = entry.alert.seq
        return self._audience.offer(entry.alert) and entry.alert.seq > self._start.seq

    def _check(self) -> None:
        if self._log is not self._hub.log:
            raise StreamClosed(4410, "the alert log began a new epoch")
        if self._position < self._log.first_seq:
            raise StreamClosed(4408, f"{self._log.last_seq - self._position} messages wait, more than are kept at hand")

    def _alert(self, entry: Entry) -> Frame:
        frame = entry.frame(self._sent)
        self._sent, self._quiet_since = entry.alert.seq, time.monotonic()
        return frame

    def _checkpoint(self) -> Frame:
        self._quiet_since = time.monotonic()
        return self._frame("checkpoint", previous_seq=self._sent, seq=self._reached(), epoch=self._log.epoch)

    def _reached(self) -> int:
        return max(self._position, self._start.seq)

    def _hello(self) -> Frame:
        return self._frame(
            "hello",
            epoch=self._log.epoch,
            seq=self._start.seq,
            log_seq=self._log.last_seq,
            status=self._start.status,
            mode=self._mode,
            checkpoint_s=CHECKPOINT_S,
            warning=WARNING,
        )

    def _frame(self, kind: str, **content: Any) -> Frame:
        text = json.dumps({"type": kind, **content}, separators=(",", ":"))
        return Frame(kind, text, self._reached())
