"""The chain of one message: identify, place, assess, decide, number. Plain calls on state; shells bring the messages.

The core reads no clock: a report's ingest time and a tick's time are all the time there is, so the same messages give
the same rows in every engine.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from numpy.typing import NDArray

from alerts.chain import Chain, Draft
from alerts.rules import covering_chain, decide, expire, forecast_level
from alerts.sequencer import Sequencer
from quake.event import SeismicEvent, Tick
from quake.identity import Identities, Resolution
from quake.regions import home_region
from quake.risk import MEMORY_DAYS, Circumstances, Impact, Model, assess
from quake.schema import Alert, Assessment
from quake.world import World

ROLE = "champion"
"""The role of the model that alerts."""
CHAIN_KEPT = timedelta(days=400)
"""A closed chain is remembered as long as identity may still revise its earthquake."""


@dataclass(slots=True)
class Outcome:
    """What messages led to: rows of any tables in order, the alerts among them once more."""

    rows: list[Any] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)

    def extend(self, other: "Outcome") -> None:
        """Adds what came after."""
        self.rows += other.rows
        self.alerts += other.alerts


@dataclass(frozen=True, slots=True)
class Setting:
    """What the engine is built with: a model, the impact of one report, the mode its rows carry."""

    model: Model
    impact_of: Callable[[SeismicEvent], Impact]
    mode: str


@dataclass(slots=True)
class State:
    """All that messages change."""

    identities: Identities
    world: World
    chains: dict[str, Chain]
    sequencer: Sequencer
    day: str = ""
    """The last day on which the old was forgotten."""

    @classmethod
    def empty(cls, history: dict[str, NDArray], epoch: str) -> "State":
        """The state before the first message."""
        return cls(Identities(), World(history), {}, Sequencer(epoch))


class Engine:
    """State and the one way it changes. An exception leaves the state half changed: throw the engine away."""

    def __init__(self, setting: Setting, state: State) -> None:
        self.setting = setting
        self.state = state
        self.recorded: Mapping[tuple[str, int], Assessment] = {}
        """Assessments made before, by earthquake and revision: a restart repeats them, whatever the model is now."""

    def process(self, message: SeismicEvent | Tick) -> Outcome:
        """Everything that follows from one message; nothing from a duplicate."""
        if isinstance(message, Tick):
            return self._tick(message)
        outcome = Outcome()
        for resolution in self.state.identities.identify(message):
            self._take(resolution, message, outcome)
        self._forget(message.ingested_at)
        return outcome

    def expire_chain(self, quake_id: str, at: datetime, sequence: int) -> Outcome:
        """What the passing of time does to one chain."""
        outcome = Outcome()
        chain, draft = expire(self.state.chains[quake_id], at, sequence)
        self.state.chains[quake_id] = chain
        self._send(draft, outcome)
        return outcome

    def _tick(self, tick: Tick) -> Outcome:
        outcome = Outcome()
        for quake_id in [chain.quake_id for chain in self.state.chains.values() if chain.open]:
            outcome.extend(self.expire_chain(quake_id, tick.at, tick.sequence))
        self._forget(tick.at)
        return outcome

    def _take(self, resolution: Resolution, report: SeismicEvent, outcome: Outcome) -> None:
        """One earthquake that the report changed: its place in the world, its assessment, its alert."""
        event, state = resolution.preferred, self.state
        if resolution.report_row is not None:
            outcome.rows.append(resolution.report_row)
        if resolution.status == "active":
            state.world.put(resolution.quake_id, event)
        else:
            state.world.remove(resolution.quake_id)
        made = self.recorded.get((resolution.quake_id, resolution.revision))
        assessment = made or self._assess(resolution, report)
        outcome.rows.append(assessment)
        former = state.chains.get(resolution.quake_id)
        covering = covering_chain(assessment, (chain for chain in state.chains.values() if chain.open))
        chain, draft = decide(assessment, former, covering)
        if chain is not None:
            state.chains[resolution.quake_id] = chain
        self._send(draft, outcome)

    def _assess(self, resolution: Resolution, report: SeismicEvent) -> Assessment:
        event = resolution.preferred
        region = home_region(event.latitude, event.longitude)
        circumstances = Circumstances(
            at=report.ingested_at,
            sequence=report.sequence,
            processed_sequence=self.state.identities.processed_sequence,
            region=region,
            role=ROLE,
            mode=self.setting.mode,
        )
        catalog, impact = self.state.world.region(region), self.setting.impact_of(event)
        return assess(resolution, catalog, self.setting.model, impact, circumstances, forecast_level)

    def _send(self, draft: Draft | None, outcome: Outcome) -> None:
        if draft is not None:
            alert = self.state.sequencer.assign(draft)
            outcome.rows.append(alert)
            outcome.alerts.append(alert)

    def _forget(self, at: datetime) -> None:
        """Once a day, drops what no assessment and no decision can look at any more."""
        if at.date().isoformat() <= self.state.day:
            return
        self.state.day = at.date().isoformat()
        self.state.world.forget_before(at.timestamp() - MEMORY_DAYS * 86_400)
        old = [
            c.quake_id for c in self.state.chains.values() if not c.open and at - c.assessment.assessed_at > CHAIN_KEPT
        ]
        for quake_id in old:
            del self.state.chains[quake_id]
