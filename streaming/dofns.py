"""The pipeline's DoFns: they hold no logic. Read state, call a step, write state, say what came of it.

Imported for Beam only.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import apache_beam as beam
import structlog
from apache_beam.coders import BytesCoder
from apache_beam.metrics import Metrics
from apache_beam.pvalue import TaggedOutput
from apache_beam.transforms.userstate import BagStateSpec, ReadModifyWriteStateSpec
from apache_beam.utils.shared import Shared

from quake.adapters.bus import Received
from quake.event import Message, SeismicEvent, Tick, decode
from quake.schema import DeadLetter
from streaming.journal import Cells, Journal
from streaming.records import Change, Decided, Output, Reign, Row, as_row, fields_of, from_bytes, to_bytes
from streaming.steps import REIGN, Beginning, Step
from streaming.worker import dead_letter

# pylint: disable=abstract-method,arguments-differ  # Beam's DoFn declares methods that a DoFn need not have

Begin = Callable[[], Beginning]
Champion = Callable[[Tick], str | None]
Keyed = tuple[str, tuple[int, bytes]]
"""Key, number (0: in order of arrival), payload."""
WORLD, ALERTS = "world", "alerts"
ROWS, DEAD, CHANGES, DECIDED = "rows", "dead", "changes", "decided"
"""The tags of what a step yields: rows, dead letters, and what later steps take."""

LETTERS = "dead_letters"
METRICS = "quake"
"""The namespace of the pipeline's metrics: a counter a table, and these."""
EVENT_AGE_S = Metrics.distribution(METRICS, "event_age_s")
"""Seconds from an earthquake's origin to ingest's first word of it, every report."""
MODELS = Metrics.string_set(METRICS, "model_versions")
"""The models that have served."""

log = structlog.get_logger(__name__)


class Incoming(NamedTuple):
    """A message of topic `events`. Its position, from 1, is known where the source is bounded, else 0."""

    position: int
    data: bytes
    attributes: dict[str, str]


class Parse(beam.DoFn):
    """Messages that can be read, under the key of the world, before each tick the champion; the others as dead
    letters. `champion` names the model that may serve at a tick, or none."""

    def __init__(self, champion: Champion | None = None) -> None:
        super().__init__()
        self._champion = champion

    def process(self, element: Incoming) -> Iterator[Any]:
        try:
            message = _read(element)
        except ValueError as error:
            yield _dead(element.data, str(error), element.attributes)
            return
        if isinstance(message, SeismicEvent):
            EVENT_AGE_S.update(round((message.ingested_at - message.origin_time).total_seconds()))
        elif isinstance(message, Tick) and self._champion and (version := self._champion(message)):
            reign = Reign(version, message.sequence, message.at.date().isoformat())
            yield WORLD, (element.position, REIGN + to_bytes(reign))
        yield WORLD, (element.position, element.data)


class Impact(beam.DoFn):
    """The shaking and the people of a change, which then goes to every region that hears of it."""

    def __init__(self, begin: Begin) -> None:
        super().__init__()
        self._begin = begin
        self._impact_of: Callable[..., Any] | None = None

    def setup(self) -> None:
        self._impact_of = self._begin().setting.impact_of

    def process(self, element: tuple[str, bytes]) -> Iterator[Any]:
        change = from_bytes(Change, element[1])
        MODELS.add(change.model_version)
        try:
            if change.resolution is not None:
                change.impact = fields_of(self._impact_of(change.resolution.preferred))
        except Exception as error:  # pylint: disable=broad-exception-caught  # dead letter, payload kept
            yield _dead(element[1], f"{type(error).__name__}: {error}", {"source": "impact"})
        payload = to_bytes(change)
        for region, number in change.hearing.items():
            yield region, (number, payload)


class Grouped(beam.DoFn):
    """A step folded over everything of its key, in order of number: bounded input."""

    def __init__(self, kind: Callable[[str, Beginning], Step], begin: Begin) -> None:
        super().__init__()
        self._kind = kind
        self._begin = begin

    def process(self, element: tuple[str, Iterable[tuple[int, bytes]]]) -> Iterator[Any]:
        key, payloads = element
        beginning = self._begin()
        step, done = self._kind(key, beginning), []
        for _, payload in sorted(payloads):
            try:
                output = step.take(payload)
            except Exception as error:  # pylint: disable=broad-exception-caught  # dead letter, payload kept
                if key != WORLD:
                    raise
                yield _dead(payload, f"{type(error).__name__}: {error}", {})
                step = self._kind(key, beginning)
                for earlier in done:
                    step.take(earlier)
                continue
            done += [payload] if key == WORLD else []
            yield from _yielded(output)


class Stateful(beam.DoFn):
    """A step whose state Beam keeps: unbounded input.

    Beam makes a DoFn for each thread and gives a key to any of them, so all of a process share one journal.
    """

    TOKEN = ReadModifyWriteStateSpec("token", BytesCoder())
    DUMP = ReadModifyWriteStateSpec("dump", BytesCoder())
    SINCE = BagStateSpec("since", BytesCoder())

    def __init__(self, kind: Callable[[str, Beginning], Step], begin: Begin) -> None:
        super().__init__()
        self._kind = kind
        self._begin = begin
        self._shared = Shared()
        self._journal: Journal | None = None

    def setup(self) -> None:
        self._journal = self._shared.acquire(self._begun)

    def _begun(self) -> Journal:
        beginning = self._begin()
        return Journal(lambda key: self._kind(key, beginning))

    def process(
        self,
        element: Keyed,
        token: Any = beam.DoFn.StateParam(TOKEN),
        dump: Any = beam.DoFn.StateParam(DUMP),
        since: Any = beam.DoFn.StateParam(SINCE),
    ) -> Iterator[Any]:
        key, (number, payload) = element
        try:
            outputs = self._journal.take(key, number, payload, Cells(token, dump, since))
        except Exception as error:  # pylint: disable=broad-exception-caught  # dead letter, payload kept
            if key != WORLD:
                raise
            yield _dead(payload, f"{type(error).__name__}: {error}", {})
            return
        for output in outputs:
            yield from _yielded(output)


def _read(element: Incoming) -> Message:
    """The message; raises ValueError saying why it can not be taken in."""
    if element.attributes.get("type") == "dead":
        raise ValueError(element.attributes.get("reason", "refused by its feed"))
    message = decode(element.data)
    to_bytes(message)
    if isinstance(message, SeismicEvent) and message.ingested_at is None:
        raise ValueError("the report has no ingested_at: it did not come through ingest")
    return message


def _dead(payload: bytes, reason: str, attributes: dict[str, str]) -> TaggedOutput:
    letter: DeadLetter = dead_letter(Received("", payload, attributes, 1), reason)
    log.error("message refused", source=letter.source, reason=letter.reason)
    return _row(DEAD, as_row(letter))


def _yielded(output: Output) -> Iterator[TaggedOutput]:
    for row in output.rows:
        yield _row(DEAD if row.table == LETTERS else ROWS, row)
    for change in output.changes:
        yield TaggedOutput(CHANGES, (change.shard, to_bytes(change)))
    for decided in output.decided:
        yield TaggedOutput(DECIDED, _decided(decided))


def _decided(decided: Decided) -> Keyed:
    return ALERTS, (decided.number, to_bytes(decided))


def _row(tag: str, row: Row) -> TaggedOutput:
    Metrics.counter(METRICS, row.table).inc()
    return TaggedOutput(tag, row)
