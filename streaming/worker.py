"""`quake score`: the engine in one process. Pull, assess, write, publish, then acknowledge, in one commit."""

import gc
import json
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from threading import Event
from types import FrameType

import structlog

from quake.adapters.bus import Bus, Message, Received
from quake.adapters.commit import commit
from quake.adapters.topics import ALERTS, ENGINE, EVENTS, RETRAIN
from quake.adapters.warehouse import Warehouse
from quake.event import SeismicEvent, Tick, decode, rejected
from quake.retraining import RetrainRequest
from quake.retraining import encode as encode_retraining
from quake.schema import Alert, DeadLetter, DriftAlarm, as_record
from streaming.engine import Engine, Outcome

PAYLOAD_LIMIT = 100_000
"""Characters of a dead letter's payload that are kept."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Worker:
    """The loop around an engine. `restore` makes the engine anew from what was committed."""

    bus: Bus
    warehouse: Warehouse
    restore: Callable[[], Engine]
    save: Callable[[Engine], None]
    snapshot_s: float
    batch_size: int = 200
    follow: Callable[[Engine], None] = lambda engine: None
    """Called between batches: may change which model serves."""
    counts: Counter = field(default_factory=Counter)
    """Messages by fate since the start: report, duplicate, tick, dead, alert."""

    def run(self, stopped: Event, idle_s: float = 1.0) -> None:
        """Works until `stopped`, then writes a last snapshot."""
        self.bus.subscribe(EVENTS, ENGINE)
        engine = self.restore()
        keep_state_from_collector()
        saved, cold = time.monotonic(), True
        while not stopped.is_set():
            self.follow(engine)
            received = self.bus.pull(ENGINE, self.batch_size, 0 if cold else idle_s)
            if received:
                engine = self.step(engine, received)
            elif cold:
                cold = engine.warm_a_region()
            if time.monotonic() - saved >= self.snapshot_s:
                self.save(engine)
                keep_state_from_collector()
                saved = time.monotonic()
        self.save(engine)
        log.info("engine stopped", **self.counts)

    def step(self, engine: Engine, received: Sequence[Received]) -> Engine:
        """One batch, committed. A message the engine fails on becomes a dead letter, and the engine is made anew."""
        poison: dict[str, str] = {}
        while True:
            outcome, failed = self._process(engine, received, poison)
            if failed is None:
                break
            engine = self.restore()
        leases = [item.lease for item in received]
        messages = [alert_message(alert) for alert in outcome.alerts]
        wishes = [retrain_message(row) for row in outcome.rows if isinstance(row, DriftAlarm)]
        said = {ALERTS: messages} | ({RETRAIN: wishes} if wishes else {})
        commit(self.bus, self.warehouse, outcome.rows, said, {ENGINE: leases})
        self._count(outcome, received)
        return engine

    def _process(
        self, engine: Engine, received: Sequence[Received], poison: dict[str, str]
    ) -> tuple[Outcome, str | None]:
        outcome = Outcome()
        for item in received:
            if item.lease in poison:
                outcome.rows.append(dead_letter(item, poison[item.lease]))
                continue
            try:
                outcome.extend(_handle(engine, item))
            except Exception as error:  # pylint: disable=broad-exception-caught  # dead letter, payload kept
                log.error("message refused", lease=item.lease, error=repr(error))
                poison[item.lease] = f"{type(error).__name__}: {error}"
                return outcome, item.lease
        return outcome, None

    def _count(self, outcome: Outcome, received: Sequence[Received]) -> None:
        self.counts["message"] += len(received)
        for row in outcome.rows:
            self.counts[type(row).__name__] += 1
        if outcome.rows:
            log.info("committed", messages=len(received), rows=len(outcome.rows), alerts=len(outcome.alerts))


def _handle(engine: Engine, item: Received) -> Outcome:
    if item.attributes.get("type") == "dead":
        return Outcome(rows=[dead_letter(item, item.attributes.get("reason", "refused by its feed"))])
    try:
        message: SeismicEvent | Tick = decode(item.data)
    except ValueError as error:
        return Outcome(rows=[dead_letter(item, str(error))])
    return engine.process(message)


def dead_letter(item: Received, reason: str) -> DeadLetter:
    """What could not be taken in, kept as it came."""
    received_at = item.attributes.get("received_at")
    data = rejected(item.data) if item.attributes.get("type") == "dead" else item.data
    return DeadLetter(
        source=item.attributes.get("source", "bus"),
        payload_hash=sha256(data).hexdigest()[:16],
        reason=reason[:500],
        payload=data.decode("utf-8", "replace")[:PAYLOAD_LIMIT],
        received_at=datetime.fromisoformat(received_at) if received_at else datetime.now(UTC),
    )


def alert_message(alert: Alert) -> Message:
    """The alert as it goes to topic `alerts`."""
    data = json.dumps(as_record(alert), default=str, separators=(",", ":")).encode()
    return Message(data, {"seq": str(alert.seq), "epoch": alert.epoch, "quake_id": alert.quake_id})


def retrain_message(alarm: DriftAlarm) -> Message:
    """The wish for a new model that a drift alarm is, as it goes to topic `retrain`."""
    reason = f"{alarm.statistic} in {alarm.region}: {alarm.value:.3g}, usual {alarm.expected:.3g}"
    asked = RetrainRequest(reason=reason, requested_at=alarm.raised_at, requested_by="drift alarm")
    return Message(encode_retraining(asked), {})


def keep_state_from_collector() -> None:
    """Sets what lives now aside from the garbage collector: state lives long, and walking it costs more as it grows."""
    gc.collect()
    gc.freeze()


def stop_on_signals() -> Event:
    """An event that SIGTERM and SIGINT set."""
    stopped = Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return stopped
