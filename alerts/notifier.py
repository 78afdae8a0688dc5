"""`quake notify`: follows the alert log and hands every message to those to whom it is due.

The bus says that the log has grown; the log itself is table `alerts`. To whom a message is due is written down before
anything is sent, in one commit with the end of its bus message: from then on a restart changes nothing about it.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from alerts.channels import Parcel
from alerts.outbox import Outbox, step_of
from alerts.recipients import Recipients
from alerts.record import PAGE, Recorder, alert_of
from alerts.subscriptions import Subscription, read_subscriptions
from quake.adapters.bus import Received
from quake.adapters.storage import Storage
from quake.schema import Alert, DeliveryStep

log = structlog.get_logger(__name__)

GAP_PATIENCE_S = 30.0
"""A message that is not in the table is given up after so long: later ones must go out."""
FOLLOW_S = 15.0
"""Subscriptions are looked at this often, and before every decision."""
TOLD_KEPT = 10
"""A parcel names the first alert told of its earthquake and so many last ones."""


@dataclass(slots=True)
class Notifier:
    """The loop; one of them serves one log."""

    recorder: Recorder
    storage: Storage
    outbox: Outbox
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    recipients: Recipients = field(default_factory=Recipients)
    _held: dict[int, list[str]] = field(default_factory=dict)
    """seq -> leases of messages whose rows have not been seen yet."""
    _gap_since: float | None = None
    _begun: bool = False
    _followed: float = 0.0

    async def run(self, stopped: asyncio.Event, idle_s: float = 1.0) -> None:
        """Works until `stopped`. Without a subscription it opens nothing and waits for the first."""
        while not stopped.is_set() and not self.follow_subscriptions():
            await _wait(stopped, 2 * idle_s)
        if not stopped.is_set():
            await self.recorder.subscribe()
            log.info("notifier ready", subscriptions=len(self.subscriptions))
        while not stopped.is_set():
            await self.round(await self.recorder.pull(idle_s))
            if self.outbox.failure is not None:
                raise self.outbox.failure
        await self.outbox.close()

    async def round(self, received: Sequence[Received] = ()) -> None:
        """Takes in news of the log: decides on every message that it holds by now, and settles the news."""
        for message in received:
            self._held.setdefault(int(message.attributes.get("seq", 0)), []).append(message.lease)
        if received or time.monotonic() - self._followed > FOLLOW_S:
            self.follow_subscriptions()
        if received or not self._begun:
            await self._begin()
        self.recipients.follow(self.subscriptions, await self._background())
        while self._held and await self._page():
            pass

    def follow_subscriptions(self) -> bool:
        """Reads who came and who left; whether there is anyone."""
        self.subscriptions = read_subscriptions(self.storage, self.subscriptions)
        self._followed = time.monotonic()
        return bool(self.subscriptions)

    async def _begin(self) -> None:
        """Finds the place in the log, at the start and when another life of the log has begun."""
        self._begun = True
        ends = await self.recorder.ask("alert_log_end")
        if not ends or ends[0]["epoch"] == self.recipients.epoch:
            return
        epoch, last = ends[0]["epoch"], ends[0]["last_seq"]
        decided = (await self.recorder.ask("deliveries_decided", epoch=epoch))[0]["seq"]
        place = self._first_place(epoch, last) if decided is None else decided
        self.recipients = Recipients(epoch, place)
        for row in await self.recorder.ask("deliveries_told", epoch=epoch, seq=place):
            key = row["channel"], row["recipient"], row["quake_id"]
            self.recipients.told[key] = (*self.recipients.told.get(key, ()), row["alert_id"])
        self._held.setdefault(place, [])
        await self._resume(epoch)
        log.info("notifier in place", epoch=epoch, seq=place, log_seq=last)

    def _first_place(self, epoch: str, last: int) -> int:
        """Where the oldest subscription left the log; its end for those who come from another log."""
        places = [
            0 if not each.epoch else each.seq for each in self.subscriptions.values() if each.epoch in ("", epoch)
        ]
        return min([last, *places])

    async def _resume(self, epoch: str) -> None:
        """Takes up what was due and had not come to its end."""
        by_recipient = {(each.channel, each.recipient): each for each in self.subscriptions.values()}
        for row in await self.recorder.ask("deliveries_open", epoch=epoch):
            to = by_recipient.get((row["channel"], row["recipient"])) or _gone(row["channel"], row["recipient"])
            self.outbox.add(Parcel(alert_of(row), to, tuple(row["detail"].split())), row["attempts"])

    async def _background(self) -> list[Alert]:
        """The open chains up to our place, if anyone has come who must be taken to know of them."""
        if not self.subscriptions.keys() - self.recipients.audiences.keys():
            return []
        return await self.recorder.alerts("alerts_open", epoch=self.recipients.epoch, seq=self.recipients.seq)

    async def _page(self) -> bool:
        """Decides on the messages that follow; whether there may be more."""
        alerts = await self.recorder.alerts_after(self.recipients.epoch, self.recipients.seq)
        following = self._following(alerts)
        await self._decide(following)
        return len(following) == PAGE

    def _following(self, alerts: list[Alert]) -> list[Alert]:
        """The beginning of `alerts` without a hole; past a hole only when it has lasted."""
        count = next((n for n, each in enumerate(alerts) if each.seq != self.recipients.seq + 1 + n), len(alerts))
        if count == len(alerts):
            self._gap_since = None
            return alerts
        self._gap_since = self._gap_since or time.monotonic()
        if time.monotonic() - self._gap_since < GAP_PATIENCE_S:
            return alerts[:count]
        log.error("alert log has a hole", before=alerts[count].seq)
        self._gap_since = None
        return alerts

    async def _decide(self, alerts: list[Alert]) -> None:
        now, parcels, rows = self.clock(), [], []
        for alert in alerts:
            due = self.recipients.due(alert)
            rows += [step_of(each, "due", now, detail=" ".join(_kept(each.told))) for each in due]
            rows.append(_decided(alert, now))
            parcels += due
        leases = [lease for seq, held in self._held.items() if seq <= self.recipients.seq for lease in held]
        if rows or leases:
            await self.recorder.decide(rows, leases)
        self._held = {seq: held for seq, held in self._held.items() if seq > self.recipients.seq}
        for parcel in parcels:
            self.outbox.add(parcel)


def _kept(told: tuple[str, ...]) -> tuple[str, ...]:
    return told if len(told) <= TOLD_KEPT else (told[0], *told[-TOLD_KEPT:])


def _decided(alert: Alert, at: datetime) -> DeliveryStep:
    return DeliveryStep(alert_id=alert.alert_id, channel="", recipient="", attempt=0, step="decided", detail="", at=at)


def _gone(channel: str, recipient: str) -> Subscription:
    """Stands for a recipient whose subscriptions have all ended."""
    return Subscription(id="", channel=channel, recipient=recipient, address="")


async def _wait(stopped: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopped.wait(), seconds)
    except TimeoutError:
        return
