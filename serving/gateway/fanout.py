"""One message to everyone who asked for it: each filter is asked once, each frame made once and written as it is.

Who has heard all that there is listens here. Who has yet to catch up, or does not read fast enough, is sent on at its
own pace (`serving.gateway.session`) and comes back: nothing waits here for anyone.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from itertools import islice

from websockets.protocol import State

from alerts.audience import Audience
from alerts.filter import Filter
from serving.alert_log import AlertLog, Entry, Frame
from serving.config import CHECKPOINT_S
from serving.gateway.connection import wire
from serving.gateway.groups import Group, Groups, Listener
from serving.hub import Hub
from serving.metrics import Metrics
from serving.subscriber import checkpoint

SWEEP_S = 1.0
"""Between two looks for who has heard nothing for long."""
SLICE = 200
"""Checkpoints written before an alert may come between."""


class Fanout:
    """A `Source` that has always reached the place up to which its listeners were told."""

    def __init__(self, hub: Hub, metrics: Metrics) -> None:
        self.log: AlertLog = hub.log
        self.reached = 0
        self._hub, self._metrics = hub, metrics
        self._groups = Groups()
        self._news = asyncio.Event()

    def history(self, last_seq: int) -> AsyncIterator[Entry]:
        """As the hub's."""
        return self._hub.history(last_seq)

    async def wait(self) -> None:
        """Returns when `reached` has grown, or when a checkpoint is due."""
        await self._news.wait()

    async def run(self) -> None:
        """Passes on what the hub reads, until cancelled."""
        sweeping = asyncio.create_task(self._sweep())
        try:
            while True:
                await self._pass_on()
                if self.log is self._hub.log and self.reached >= self.log.last_seq:
                    await self._hub.wait()
                    self._announce()
        finally:
            sweeping.cancel()

    def known(self, wanted: Filter) -> Audience | None:
        """What those with this filter know at `reached`, when there are any."""
        return self._groups.known(wanted)

    def join(self, listener: Listener) -> bool:
        """Takes over a listener that has reached what this has reached; False for any other."""
        place = listener.place
        if self.log is not self._hub.log or place.position != self.reached or place.start.seq > self.reached:
            return False
        self._groups.add(listener)
        return True

    def leave(self, listener: Listener) -> None:
        """Lets the listener go; once more is no error."""
        self._groups.remove(listener)
        listener.go_on()

    async def _pass_on(self) -> None:
        if self.log is not self._hub.log or self.reached < self.log.first_seq:
            self._begin()
        if not self._groups:
            self.reached = self.log.last_seq
        for entry in self.log.after(self.reached):
            self._deliver(entry)
            await asyncio.sleep(0)

    def _begin(self) -> None:
        """The log is another, or has gone past us: everyone goes on alone, and hears why that cannot be."""
        self.log, self.reached = self._hub.log, self._hub.reached
        groups, self._groups = self._groups, Groups()
        for listener in groups.everyone():
            listener.go_on()
        self._announce()

    def _deliver(self, entry: Entry) -> None:
        self.reached = entry.alert.seq
        listeners = self._groups.hearing(entry.alert)
        self._write(listeners, _once(entry.frame), entry.alert.seq)
        self._metrics.frames["alert"].inc(len(listeners))
        self._announce()

    def _write(self, listeners: Iterable[Listener], frame_after: Callable[[int], bytes], seq: int) -> None:
        """Writes what follows each one's last message; `seq` is then its last message. Nothing waits in between."""
        now, previous, frame, full = time.monotonic(), -1, b"", []
        for listener in listeners:
            connection = listener.connection
            if connection.protocol.state is not State.OPEN:
                continue
            if listener.sent != previous:
                previous = listener.sent
                frame = frame_after(previous)
            listener.sent, listener.heard_at = seq or previous, now
            listener.write(frame)
            if connection.paused:
                full.append(listener)
        for listener in full:
            listener.place.adopt(self.known(listener.place.audience.wanted), self.reached, listener.sent)
            self.leave(listener)

    async def _sweep(self) -> None:
        """A checkpoint to those who have heard nothing for long, a few at a time."""
        while True:
            await asyncio.sleep(SWEEP_S)
            for group in self._groups.settle():
                due = _quiet(group, time.monotonic() - CHECKPOINT_S / 2)
                while some := [listener for listener in islice(due, SLICE) if listener in group.listeners]:
                    self._write(some, _once(self._checkpoint), 0)
                    self._metrics.frames["checkpoint"].inc(len(some))
                    await asyncio.sleep(0)

    def _checkpoint(self, previous_seq: int) -> Frame:
        return checkpoint(previous_seq, self.reached, self.log.epoch)

    def _announce(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


def _quiet(group: Group, since: float) -> Iterator[Listener]:
    return (listener for listener in list(group.listeners) if listener.heard_at <= since)


def _once(frame_after: Callable[[int], Frame]) -> Callable[[int], bytes]:
    """Each frame made once."""
    made: dict[int, bytes] = {}

    def bytes_after(previous_seq: int) -> bytes:
        if previous_seq not in made:
            made[previous_seq] = wire(frame_after(previous_seq))
        return made[previous_seq]

    return bytes_after
