"""Parcels on their way: for each recipient one after the other, tried again with growing pauses, every step recorded.

`sending` is recorded before a parcel is handed over and its end after, so a crash between the two repeats one parcel
under the name it had: the receiver can tell (docs/alerts.md says what is promised).
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from alerts.channels import Channel, Parcel, Undeliverable
from quake.schema import Delivery, DeliveryStep

log = structlog.get_logger(__name__)

ATTEMPTS = 12
"""A parcel is dead after so many."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 600.0
"""The pause after failure n is 2^(n - 1) times the first, at most the longest, and by chance between half and all."""
AT_ONCE = 32
"""Parcels that are being handed over at the same time."""

Record = Callable[[object], Awaitable[None]]
"""Writes one row, durable on return."""


@dataclass(slots=True)
class Outbox:
    """All that is under way. `still` says whether a recipient's subscription stands."""

    channels: Mapping[str, Channel]
    record: Record
    still: Callable[[Parcel], bool]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    rng: random.Random = field(default_factory=random.Random)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("delivered", "dead", "unsubscribed"), 0))
    failure: BaseException | None = None
    """What stopped a recipient's deliveries and is not the receiver's fault: the record could not be written."""
    _queues: dict[tuple[str, str], deque[tuple[Parcel, int]]] = field(default_factory=dict)
    _tasks: set[asyncio.Task] = field(default_factory=set)
    _pausing: set[asyncio.Task] = field(default_factory=set)
    _closing: bool = False
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    def add(self, parcel: Parcel, attempts: int = 0) -> None:
        """Takes a parcel; `attempts` were made before."""
        key = parcel.to.channel, parcel.to.recipient
        if key in self._queues:
            self._queues[key].append((parcel, attempts))
            return
        self._queues[key] = deque([(parcel, attempts)])
        task = asyncio.create_task(self._serve(key))
        self._tasks.add(task)
        task.add_done_callback(self._done)

    @property
    def waiting(self) -> int:
        """Parcels that have not come to their end."""
        return sum(map(len, self._queues.values()))

    async def close(self, grace_s: float = 10.0) -> None:
        """Lets what is being handed over end, then stops; what waits is found again at the next start."""
        self._closing = True
        for task in self._pausing:
            task.cancel()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=grace_s)
            for task in late:
                task.cancel()

    def _done(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.failure = task.exception()

    async def _serve(self, key: tuple[str, str]) -> None:
        """One recipient's parcels in their order."""
        queue = self._queues[key]
        while queue and not self._closing:
            status, attempts = await self._carry(*queue[0])
            if status:
                await self._end(queue[0][0], status, attempts)
                queue.popleft()
        del self._queues[key]

    async def _carry(self, parcel: Parcel, attempts: int) -> tuple[str, int]:
        """Tries until it is delivered or dead; returns which, nothing when we close, and the number of attempts."""
        while attempts < ATTEMPTS:
            if not self.still(parcel):
                return "unsubscribed", attempts
            attempts += 1
            reason = await self._attempt(parcel, attempts)
            if reason is None:
                return "delivered", attempts
            await self.record(self._step(parcel, attempts, "failed", str(reason)[:300]))
            log.warning("not delivered", **_named(parcel), attempt=attempts, error=str(reason)[:300])
            if isinstance(reason, Undeliverable):
                break
            if self._closing:
                return "", attempts
            if attempts < ATTEMPTS:
                await self._pause(attempts)
        return "dead", attempts

    async def _pause(self, failures: int) -> None:
        task = asyncio.current_task()
        self._pausing.add(task)
        await self.sleep(pause_s(failures, self.rng))
        self._pausing.discard(task)

    async def _attempt(self, parcel: Parcel, attempt: int) -> Exception | None:
        async with self._places:
            await self.record(self._step(parcel, attempt, "sending", ""))
            try:
                await self.channels[parcel.to.channel].send(parcel)
            except Exception as error:  # pylint: disable=broad-exception-caught  # a bad receiver stops nobody else
                return error
        return None

    async def _end(self, parcel: Parcel, status: str, attempts: int) -> None:
        alert_id, to = parcel.alert.alert_id, parcel.to
        await self.record(
            Delivery(
                alert_id=alert_id,
                channel=to.channel,
                recipient=to.recipient,
                status=status,
                attempts=attempts,
                delivered_at=self.clock(),
            )
        )
        self.counts[status] += 1
        log.info("alert delivery ended", status=status, attempts=attempts, **_named(parcel))

    def _step(self, parcel: Parcel, attempt: int, step: str, detail: str) -> DeliveryStep:
        return step_of(parcel, step, self.clock(), attempt, detail)


def pause_s(failures: int, rng: random.Random) -> float:
    """Seconds to wait after so many failures in a row."""
    return min(FIRST_PAUSE_S * 2 ** (failures - 1), LONGEST_PAUSE_S) * rng.uniform(0.5, 1.0)


def step_of(parcel: Parcel, step: str, at: datetime, attempt: int = 0, detail: str = "") -> DeliveryStep:
    """The row of one step on a parcel's way."""
    return DeliveryStep(
        alert_id=parcel.alert.alert_id,
        channel=parcel.to.channel,
        recipient=parcel.to.recipient,
        attempt=attempt,
        step=step,
        detail=detail,
        at=at,
    )


def _named(parcel: Parcel) -> dict[str, str]:
    return {"alert_id": parcel.alert.alert_id, "channel": parcel.to.channel, "recipient": parcel.to.recipient}
