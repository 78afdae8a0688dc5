"""The engine's chain on Apache Beam: bounded for backfills, unbounded on Dataflow. Imported for Beam only.

Step names are part of a running job's identity: a job is updated in place only while they stay (docs/scaling.md).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection
from apache_beam.transforms.util import ReshufflePerKey

from quake.adapters.bus import Message
from streaming.dofns import CHANGES, DEAD, DECIDED, ROWS, Begin, Champion, Grouped, Impact, Keyed, Parse, Stateful
from streaming.records import Row, from_row
from streaming.step_alert import AlertStep
from streaming.step_region import RegionStep
from streaming.steps import Beginning, IdentifyStep, Step
from streaming.worker import alert_message

STEPS = ("Read", "Parse", "Identify", "Impact", "Assess", "Alert", "Write", "Publish")
"""The names of the steps, in the order of a report's way through them."""


@dataclass(frozen=True, slots=True)
class Sinks:
    """Where rows (`streaming.records.Row`) and the messages of topic `alerts` (`Message`) go."""

    rows: beam.PTransform
    alerts: beam.PTransform | None
    """None: nothing is published."""


Kind = Callable[[str, Beginning], Step]
CORE: tuple[Kind, Kind, Kind] = (IdentifyStep, RegionStep, AlertStep)


def build(  # pylint: disable=too-many-arguments,too-many-positional-arguments  # the chain's ends, state and core
    pipeline: beam.Pipeline,
    source: beam.PTransform,
    sinks: Sinks,
    begin: Begin,
    bounded: bool,
    core: tuple[Kind, Kind, Kind] = CORE,
    champion: Champion | None = None,
) -> None:
    """Adds the whole chain to `pipeline`.

    `source` yields `streaming.dofns.Incoming`, with positions where it is `bounded`; `begin` makes, on every worker,
    what the steps begin with, and must be picklable, as `champion`, which names the model that is to serve: it is asked
    at every tick, and without it the first model serves for good. Another `core` than the engine's is for measuring.
    """
    parsed = pipeline | "Read" >> source | "Parse" >> beam.ParDo(Parse(champion)).with_outputs(DEAD, main="messages")
    identified = parsed.messages | "Identify" >> Fold(core[0], begin, bounded)
    heard = (
        identified[CHANGES]
        | "Shard" >> beam.Map(_same).with_output_types(tuple[str, bytes])
        | "Spread" >> ReshufflePerKey()
        | "Impact" >> beam.ParDo(Impact(begin)).with_outputs(DEAD, main="changes")
    )
    placed = heard.changes | "Assess" >> Fold(core[1], begin, bounded)
    decided = (identified[DECIDED], placed[DECIDED])
    alerted = decided | "Decided" >> beam.Flatten() | "Alert" >> Fold(core[2], begin, bounded)
    rows = [part[ROWS] for part in (identified, placed, alerted)]
    dead = [part[DEAD] for part in (parsed, identified, heard, placed, alerted)] | "Dead" >> beam.Flatten()
    _ = (*rows, dead) | "Rows" >> beam.Flatten() | "Write" >> sinks.rows
    if sinks.alerts is not None:
        _ = alerted[ROWS] | "Messages" >> beam.FlatMap(messages_of) | "Publish" >> sinks.alerts


class Fold(beam.PTransform):
    """A keyed step: grouped and folded in memory where input is bounded, with Beam's state where it is not."""

    def __init__(self, kind: Kind, begin: Begin, bounded: bool) -> None:
        super().__init__()
        self._kind, self._begin, self._bounded = kind, begin, bounded

    def expand(self, input_or_inputs: PCollection) -> Any:
        """Tagged outputs: rows, dead, changes, decided."""
        keyed = input_or_inputs | "Keyed" >> beam.Map(_same).with_output_types(Keyed)
        if self._bounded:
            grouped, fold = keyed | "Group" >> beam.GroupByKey(), Grouped(self._kind, self._begin)
        else:
            grouped, fold = keyed, Stateful(self._kind, self._begin)
        return grouped | "Fold" >> beam.ParDo(fold).with_outputs(ROWS, DEAD, CHANGES, DECIDED)


def messages_of(row: Row) -> Iterator[Message]:
    """The row of an alert as a message of topic `alerts`; nothing of other rows."""
    if row.table == "alerts":
        yield alert_message(from_row(row))


def _same(element: Any) -> Any:
    return element
