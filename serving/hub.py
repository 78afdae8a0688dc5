"""One reader of topic `alerts` a process, and everyone who waits for what it reads. It forwards and decides nothing."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog

from quake.adapters.bus import Bus, Received
from quake.adapters.warehouse import Warehouse
from serving import reads
from serving.alert_log import AlertLog, Entry, entry_of_message, entry_of_row
from serving.config import CHECKPOINT_S
from serving.metrics import Metrics

log = structlog.get_logger(__name__)
TOPIC = "alerts"
PAGE = 1000
RECHECK_S = 60.0
"""While the bus is silent, the table is asked this often."""
GAP_PATIENCE_S = 30.0
"""A message that is neither on the bus nor in the table is given up after this long: later ones must go out."""


class Hub:
    """Keeps `log` equal to table `alerts`: from the bus when messages follow one another, else from the table."""

    def __init__(self, bus: Bus, warehouse: Warehouse, subscription: str, metrics: Metrics) -> None:
        self.log = AlertLog()
        self.subscription = subscription
        self.ready = False
        """The log has been read to its end once."""
        self.subscribers = 0
        """Streams this process serves now."""
        self.beat = 0.0
        """Monotonic time of the last round of the reader."""
        self._bus, self._warehouse, self._metrics = bus, warehouse, metrics
        self._waiting: dict[int, Entry] = {}
        self._gap_since: float | None = None
        self._checked = 0.0
        self._news = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="hub")

    async def run(self) -> None:
        """Reads until cancelled; a failure is logged, counted and tried again."""
        pulse = asyncio.create_task(self._pulse())
        try:
            while True:
                await self._survive(self._round if self.ready else self._start)
        finally:
            pulse.cancel()
            # The next reader starts from the table: for one who is gone the bus need keep nothing.
            await self._in_thread(self._bus.unsubscribe, self.subscription)
            await asyncio.to_thread(self._thread.shutdown)

    @property
    def reached(self) -> int:
        """The newest message."""
        return self.log.last_seq

    async def history(self, last_seq: int) -> AsyncIterator[Entry]:
        """Messages from the first of the epoch up to what is in memory, from the table; oldest first."""
        seq, epoch = 0, self.log.epoch
        while seq < max(last_seq, self.log.first_seq):
            rows = await asyncio.to_thread(reads.alerts_after, self._warehouse, epoch, seq, PAGE)
            for entry in map(entry_of_row, rows):
                yield entry
            if not rows:
                return
            seq = rows[-1]["seq"]

    async def wait(self) -> None:
        """Returns when the log has grown, or when a checkpoint is due."""
        await self._news.wait()

    async def _survive(self, step: Callable[[], Any]) -> None:
        try:
            await step()
            self.beat = time.monotonic()
        except Exception as error:  # pylint: disable=broad-exception-caught  # this loop must outlive one bad round
            self._metrics.hub_failures.inc()
            log.error("hub failed", error=repr(error), subscription=self.subscription)
            await asyncio.sleep(1)

    async def _start(self) -> None:
        await self._in_thread(self._bus.subscribe, TOPIC, self.subscription)
        await self._catch_up()
        self.ready = True
        log.info("hub ready", epoch=self.log.epoch, seq=self.log.last_seq, subscription=self.subscription)

    async def _round(self) -> None:
        received = await self._in_thread(self._bus.pull, self.subscription, 500, 1.0)
        for message in received:
            self._take(message)
        self._append_waiting()
        await asyncio.sleep(0)  # who waits for news goes first: the thread that settles below would contend with them
        if self._waiting or (not received and time.monotonic() - self._checked > RECHECK_S):
            await self._catch_up()  # asks the table, for which the next message would have to wait
        if received:
            await self._in_thread(self._bus.ack, self.subscription, [message.lease for message in received])

    def _take(self, message: Received) -> None:
        try:
            entry = entry_of_message(message.data)
        except ValueError as error:
            self._metrics.hub_failures.inc()
            log.error("no alert", payload=message.data[:2000].decode(errors="replace"), error=str(error)[:500])
            return
        if entry.alert.epoch != self.log.epoch or entry.alert.seq > self.log.last_seq:
            self._waiting[entry.alert.seq] = entry

    def _append_waiting(self) -> None:
        """Appends what follows the log without a hole."""
        grown = False
        while (entry := self._waiting.get(self.log.last_seq + 1)) and self.log.epoch in ("", entry.alert.epoch):
            self.log.append(self._waiting.pop(entry.alert.seq))
            grown = True
        if grown:
            self._announce()

    async def _catch_up(self) -> None:
        """Appends what the table has after the log, page by page; starts anew when the table has another epoch."""
        self._checked = time.monotonic()
        epoch = await self._in_thread(reads.alert_epoch, self._warehouse)
        if epoch not in ("", self.log.epoch):
            self._begin(epoch)
        while await self._append_page():
            pass
        self._append_waiting()
        self._waiting = {seq: entry for seq, entry in self._waiting.items() if seq > self.log.last_seq}

    def _begin(self, epoch: str) -> None:
        if self.log.epoch:
            log.warning("alert log began anew", was=self.log.epoch, epoch=epoch)
            self.log, self._waiting = AlertLog(), {}
        self.log.epoch = epoch

    async def _append_page(self) -> bool:
        rows = await self._in_thread(reads.alerts_after, self._warehouse, self.log.epoch, self.log.last_seq, PAGE)
        for entry in map(entry_of_row, rows):
            if entry.alert.seq != self.log.last_seq + 1 and not self._gives_up(entry.alert.seq):
                return False
            self._gap_since = None
            self.log.append(entry)
        if rows:
            self._announce()
        return len(rows) == PAGE

    def _gives_up(self, seq: int) -> bool:
        """Whether what lies between the log and `seq` is not worth waiting for (longer)."""
        if not self.log.last_seq:
            return True
        self._gap_since = self._gap_since or time.monotonic()
        if time.monotonic() - self._gap_since < GAP_PATIENCE_S:
            return False
        log.error("alert log has a hole", after=self.log.last_seq, before=seq)
        return True

    def _announce(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _pulse(self) -> None:
        while True:
            await asyncio.sleep(CHECKPOINT_S / 2)
            self._announce()

    async def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)
