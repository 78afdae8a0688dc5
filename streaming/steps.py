"""The engine's chain as three steps that each keep a state of their own, so that each can live under another key.

Identity is the world's and numbers all that follows; a region (`step_region`) places, and says what it expects; all
regions' shares become an assessment, and alerts are decided and numbered, in one place (`step_alert`). Numbers let
every step take things in the engine's order, whatever order they arrive in.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from numpy.typing import NDArray

from alerts.drill import assessment_of
from quake.event import Drill, SeismicEvent, Tick, decode
from quake.grid import due
from quake.identity import Identities, Resolution
from quake.regions import hearing_regions
from quake.world import forecast_regions
from streaming.engine import Setting, State, cells_of, circumstances_of, issue_of
from streaming.records import Change, Decided, Output, as_row


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a pipeline begins with: the setting, the history that its regions may remember, the state before."""

    setting: Setting
    history: dict[str, NDArray]
    state: State


class Step(Protocol):
    """A state and what it makes of one payload after another."""

    def take(self, payload: bytes) -> Output:
        """Takes in the next payload. An exception leaves the state half changed: throw the step away."""

    def dump(self) -> bytes:
        """The whole state; `load` of a step just begun brings it back."""

    def load(self, dumped: bytes) -> None:
        """Goes on from what `dump` wrote."""


class IdentifyStep:
    """Key `world`: which earthquake a report speaks of, who must hear of it, and its number."""

    def __init__(self, _key: str, beginning: Beginning) -> None:
        self.mode = beginning.setting.mode
        self.model = beginning.setting.model
        self.grid_hours = beginning.setting.grid_hours
        self.grid_regions = list(cells_of(beginning.setting))
        self.identities = Identities.from_records(beginning.state.identities.to_records())
        self.hearing = hearing_of(beginning.state.world.to_arrays())
        self.number = 0
        self.numbers: Counter[str] = Counter()

    def take(self, payload: bytes) -> Output:
        """A message of topic `events`."""
        message = decode(payload)
        if isinstance(message, Tick):
            return self._tick(message)
        if isinstance(message, Drill):
            assessment_of(message)  # a refusal here becomes a dead letter; later it would stop the log
            self.number += 1
            return Output(decided=[Decided(self.number, drill=message)])
        day = self.identities.day
        resolutions = self.identities.identify(message)
        rows = [as_row(resolution.report_row) for resolution in resolutions if resolution.report_row is not None]
        output = Output(rows, [self._change(resolution, message) for resolution in resolutions])
        if self.identities.day > day:
            self._forget()
        return output

    def dump(self) -> bytes:
        """JSON."""
        names = ("hearing", "number", "numbers")
        return json.dumps({name: getattr(self, name) for name in names} | {"of": self.identities.to_records()}).encode()

    def load(self, dumped: bytes) -> None:
        """From JSON."""
        state = json.loads(dumped)
        self.identities = Identities.from_records(state["of"])
        self.hearing, self.number = state["hearing"], state["number"]
        self.numbers = Counter(state["numbers"])

    def _tick(self, tick: Tick) -> Output:
        self.number += 1
        output = Output(decided=[Decided(self.number, tick, self.identities.processed_sequence)])
        if due(tick.at, self.grid_hours) and self.grid_regions:
            issue = issue_of(tick.at, self.identities.processed_sequence, self.mode)
            output.changes.append(Change(**self._numbered(self.grid_regions, self.grid_regions), issue=issue))
        return output

    def _numbered(self, sharing: list[str], hearing: list[str]) -> dict[str, dict[str, int]]:
        """The next numbers, for those with a share in a forecast, and for all that hear of it."""
        first, self.number = self.number + 1, self.number + len(sharing)
        self.numbers.update(hearing)
        return {
            "numbers": {region: number for number, region in enumerate(sharing, first)},
            "hearing": {region: self.numbers[region] for region in hearing},
        }

    def _change(self, resolution: Resolution, report: SeismicEvent) -> Change:
        event, quake_id = resolution.preferred, resolution.quake_id
        sharing = forecast_regions(self.model, event.latitude, event.longitude)
        now = hearing_regions(event.latitude, event.longitude, event.magnitude)
        regions = list(dict.fromkeys([*sharing, *now, *self.hearing.get(quake_id, ())]))
        self.hearing[quake_id] = now
        return Change(
            **self._numbered(sharing, regions),
            resolution=replace(resolution, report_row=None),
            circumstances=circumstances_of(resolution, report, self.identities.processed_sequence, self.mode),
        )

    def _forget(self) -> None:
        """An earthquake that identity has forgotten is not moved any more."""
        known = self.identities.world.quakes
        self.hearing = {quake_id: regions for quake_id, regions in self.hearing.items() if quake_id in known}


def hearing_of(live: Mapping[str, NDArray]) -> dict[str, list[str]]:
    """Earthquake -> the regions that hold it."""
    places = zip(*(live[name].tolist() for name in ("latitude", "longitude", "magnitude")))
    return {quake_id: hearing_regions(*where) for quake_id, where in zip(live["ids"].tolist(), places)}
