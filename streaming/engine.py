"""The chain of one message: identify, place, assess, decide, number. Plain calls on state; shells bring the messages.

The core reads no clock: a report's ingest time and a tick's time are all the time there is, so the same messages give
the same rows in every engine.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from numpy.typing import NDArray

from alerts.chain import Chain
from alerts.drill import alert_on_drill
from alerts.rules import covering_chain, decide, expire, forecast_level
from alerts.sequencer import Sequencer
from alerts.table import RULES, Rules
from quake.event import Drill, Message, SeismicEvent, Tick
from quake.grid import Issue, daily, due, issued
from quake.identity import Identities, Resolution
from quake.lattice import Cell
from quake.live import LiveWorld
from quake.regions import COUNT as REGIONS
from quake.regions import home_region, region_id
from quake.risk import Circumstances, Impact, Model, assess
from quake.schema import Alert, Assessment, Forecast
from quake.world import forecast_regions, world_of
from streaming.drift import Watch

ROLE, SHADOW = "champion", "challenger"
"""The role of the model that alerts, and of the one that only says what it would have said."""
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
    """What the engine is built with: a model, the impact of one report, the mode its rows carry, the alert rules."""

    model: Model
    impact_of: Callable[[SeismicEvent], Impact]
    mode: str
    rules: Rules = RULES
    """What opens, changes and ends an alert."""
    cells: tuple[Cell, ...] = ()
    """Where grids are forecast."""
    grid_hours: int = 0
    """Hours between them; 0 is never."""


@dataclass(slots=True)
class Shadow:
    """A challenger and its own world: it forecasts beside the champion, and nobody is told."""

    model: Model
    world: LiveWorld


@dataclass(slots=True)
class State:
    """All that messages change."""

    identities: Identities
    world: LiveWorld
    chains: dict[str, Chain]
    sequencer: Sequencer
    day: str = ""
    """The last day on which the old was forgotten."""
    watch: Watch = field(default_factory=lambda: Watch(REGIONS))
    """What is watched for drift."""

    @classmethod
    def empty(cls, model: Model, history: dict[str, NDArray], epoch: str) -> "State":
        """The state before the first message."""
        return cls(Identities(), world_of(model, history), {}, Sequencer(epoch))


class Engine:
    """State and the one way it changes. An exception leaves the state half changed: throw the engine away."""

    def __init__(self, setting: Setting, state: State) -> None:
        self.setting = setting
        self.state = state
        self.shadow: Shadow | None = None
        self.recorded: Mapping[tuple[str, int], Assessment] = {}
        """Assessments made before, by earthquake and revision: a restart repeats them, whatever the model is now."""

    def process(self, message: Message) -> Outcome:
        """Everything that follows from one message; nothing from a duplicate."""
        if isinstance(message, Drill):
            return _told(alert_on_drill(message, self.state.chains, self.state.sequencer), Outcome())
        if isinstance(message, Tick):
            return self._tick(message)
        outcome = Outcome()
        for resolution in self.state.identities.identify(message):
            self._take(resolution, message, outcome)
        self._forget(message.ingested_at)
        return outcome

    def warm_a_region(self) -> bool:
        """Makes the next state that a report may ask for: what an idle moment is good for. No forecast changes.

        False when none is left.
        """
        world = self.state.world
        begun = world.marks()
        waiting = next((region for region in map(region_id, range(REGIONS)) if region not in begun), None)
        if waiting is not None:
            world.begin([waiting])
        return waiting is not None and waiting in world.marks()

    def expire_chain(self, quake_id: str, at: datetime, sequence: int) -> Outcome:
        """What the passing of time does to one chain."""
        alert = alert_by_time(quake_id, at, sequence, self.state.chains, self.state.sequencer, self.setting.rules)
        return _told(alert, Outcome())

    def _tick(self, tick: Tick) -> Outcome:
        outcome = Outcome()
        for quake_id in open_chains(self.state.chains):
            outcome.extend(self.expire_chain(quake_id, tick.at, tick.sequence))
        if due(tick.at, self.setting.grid_hours):
            outcome.rows += self._grid(tick.at)
        outcome.rows += self.state.watch.tick(tick.at, self.state.identities.processed_sequence)
        self._forget(tick.at)
        return outcome

    def _grid(self, at: datetime) -> list[Forecast]:
        setting, issue = self.setting, issue_of(at, self.state.identities.processed_sequence, self.setting.mode)
        rows = _issued(setting.model, self.state.world, setting.cells, issue)
        if self.shadow is not None and issue.every_horizon:
            rows += _issued(self.shadow.model, self.shadow.world, setting.cells, replace(issue, role=SHADOW))
        return rows

    def _take(self, resolution: Resolution, report: SeismicEvent, outcome: Outcome) -> None:
        """One earthquake that the report changed: its place in the world, its assessment, its alert."""
        state = self.state
        if resolution.report_row is not None:
            outcome.rows.append(resolution.report_row)
        place(state.world, resolution)
        made = self.recorded.get((resolution.quake_id, resolution.revision))
        assessment = made or self._assess(resolution, report)
        outcome.rows += [assessment, *state.watch.update(assessment)]
        if self.shadow is not None:
            outcome.rows.append(self._shadowed(self.shadow, resolution, report, assessment))
        _told(alert_on(assessment, state.chains, state.sequencer, self.setting.rules), outcome)

    def _assess(self, resolution: Resolution, report: SeismicEvent) -> Assessment:
        setting, world = self.setting, self.state.world
        circumstances = circumstances_of(resolution, report, self.state.identities.processed_sequence, setting.mode)
        impact = setting.impact_of(resolution.preferred)
        return assessed(resolution, world, setting.model, impact, circumstances)

    def _shadowed(
        self, shadow: Shadow, resolution: Resolution, report: SeismicEvent, champion: Assessment
    ) -> Assessment:
        """What the challenger says of the same; the impact is the champion's, for it does not hang on the forecast."""
        place(shadow.world, resolution)
        sequence, mode = self.state.identities.processed_sequence, self.setting.mode
        circumstances = replace(circumstances_of(resolution, report, sequence, mode), role=SHADOW)
        return assessed(resolution, shadow.world, shadow.model, champion, circumstances)

    def _forget(self, at: datetime) -> None:
        """Once a day, drops what no assessment and no decision can look at any more."""
        if at.date().isoformat() <= self.state.day:
            return
        self.state.day = at.date().isoformat()
        self.state.world.forget(at)
        if self.shadow is not None:
            self.shadow.world.forget(at)
        forget_chains(self.state.chains, at)


def place(world: LiveWorld, resolution: Resolution) -> None:
    """Brings one earthquake's place in the regions' catalogues up to date."""
    if resolution.status == "active":
        world.put(resolution.quake_id, resolution.preferred)
    else:
        world.remove(resolution.quake_id)


def cells_of(setting: Setting) -> dict[str, tuple[Cell, ...]]:
    """Region -> the cells in whose forecast it has a share, both in order."""
    return _cells_of(setting.model, setting.cells)


@lru_cache(4)
def _cells_of(model: Model, cells: tuple[Cell, ...]) -> dict[str, tuple[Cell, ...]]:
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        for region in forecast_regions(model, cell.latitude, cell.longitude):
            found.setdefault(region, []).append(cell)
    return {region: tuple(found[region]) for region in sorted(found)}


def _issued(model: Model, world: LiveWorld, cells: tuple[Cell, ...], issue: Issue) -> list[Forecast]:
    return issued(model, cells, lambda cell: world.expected(cell.latitude, cell.longitude, issue.at), issue)


def issue_of(at: datetime, processed_sequence: int, mode: str) -> Issue:
    """The grid that is issued at a tick."""
    return Issue(at=at, processed_sequence=processed_sequence, role=ROLE, mode=mode, every_horizon=daily(at))


def circumstances_of(resolution: Resolution, report: SeismicEvent, processed_sequence: int, mode: str) -> Circumstances:
    """Where and when the assessment of what `report` changed is made."""
    return Circumstances(
        at=report.ingested_at,
        sequence=report.sequence,
        processed_sequence=processed_sequence,
        region=home_region(resolution.preferred.latitude, resolution.preferred.longitude),
        role=ROLE,
        mode=mode,
    )


def assessed(
    resolution: Resolution, world: LiveWorld, model: Model, impact: Impact, circumstances: Circumstances
) -> Assessment:
    """What the resolution means, in a world that already holds it."""
    event = resolution.preferred
    expected = world.expected(event.latitude, event.longitude, circumstances.at)
    return assess(resolution, expected, model, impact, circumstances, forecast_level)


def alert_on(
    assessment: Assessment, chains: dict[str, Chain], sequencer: Sequencer, rules: Rules = RULES
) -> Alert | None:
    """The message that an assessment causes, if any, next in the log; `chains` holds every earthquake's."""
    former = chains.get(assessment.quake_id)
    covering = covering_chain(assessment, (chain for chain in chains.values() if chain.open), rules)
    chain, draft = decide(assessment, former, covering, rules)
    if chain is not None:
        chains[assessment.quake_id] = chain
    return None if draft is None else sequencer.assign(draft)


def alert_by_time(
    quake_id: str, at: datetime, sequence: int, chains: dict[str, Chain], sequencer: Sequencer, rules: Rules = RULES
) -> Alert | None:
    """The message that the passing of time until `at` causes in one chain, if any, next in the log."""
    chains[quake_id], draft = expire(chains[quake_id], at, sequence, rules)
    return None if draft is None else sequencer.assign(draft)


def open_chains(chains: dict[str, Chain]) -> list[str]:
    """The earthquakes a tick may end the alert of, in the order in which their first alerts were sent."""
    return [chain.quake_id for chain in chains.values() if chain.open]


def forget_chains(chains: dict[str, Chain], at: datetime) -> None:
    """Drops the closed chains that no decision can look at any more."""
    old = [c.quake_id for c in chains.values() if not c.open and at - c.assessment.assessed_at > CHAIN_KEPT]
    for quake_id in old:
        del chains[quake_id]


def _told(alert: Alert | None, outcome: Outcome) -> Outcome:
    if alert is not None:
        outcome.rows.append(alert)
        outcome.alerts.append(alert)
    return outcome
