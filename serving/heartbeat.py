"""When ingest was last heard of: its ticks and reports on topic `events`, whatever year the replay is in."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import structlog

from quake.adapters.bus import Bus
from quake.event import SeismicEvent, decode

log = structlog.get_logger(__name__)
PAUSE_S = 5.0
"""Between two looks: each is a write to the bus, which the engine needs more."""


class Heartbeat:
    """Listens beside the engine, with a subscription of its own, and remembers only the last message."""

    def __init__(self, bus: Bus, subscription: str) -> None:
        self.at: datetime | None = None
        """The feed's own time: that of its last tick or report."""
        self.listening = False
        self._bus, self._subscription = bus, subscription
        self._heard: float | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="heartbeat")

    def age_s(self) -> float | None:
        """Seconds since the last message; None before the first."""
        return None if self._heard is None else time.monotonic() - self._heard

    async def run(self) -> None:
        """Listens until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                try:
                    await loop.run_in_executor(self._thread, self._listen)
                    await asyncio.sleep(PAUSE_S)
                except Exception as error:  # pylint: disable=broad-exception-caught  # must outlive a failing bus
                    log.error("heartbeat failed", error=repr(error))
                    await asyncio.sleep(1)
        finally:
            await loop.run_in_executor(self._thread, self._bus.unsubscribe, self._subscription)
            await asyncio.to_thread(self._thread.shutdown)

    def _listen(self) -> None:
        self._bus.subscribe("events", self._subscription)
        self.listening = True
        received = self._bus.pull(self._subscription, limit=1000, timeout_s=0.0)
        if received:
            self._heard = time.monotonic()
            self.at = _time_of(received[-1].data) or self.at
            self._bus.ack(self._subscription, [message.lease for message in received])


def _time_of(payload: bytes) -> datetime | None:
    """The time a message stands for; None when it cannot be read, which is the engine's to deal with."""
    try:
        message = decode(payload)
    except ValueError:
        return None
    return message.ingested_at if isinstance(message, SeismicEvent) else message.at
