"""The engine's chain as three steps that each keep a state of their own, so that each can live under another key.

Identity is the world's and numbers all that follows; a region (`step_region`) places, and says what it expects; all
regions' shares become an assessment, and alerts are decided and numbered, in one place (`step_alert`). Numbers let
every step take things in the engine's order, whatever order they arrive in.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from alerts.drill import assessment_of
from quake.etas_world import reach_km
from quake.event import Drill, SeismicEvent, Tick, decode
from quake.geo import unit_vectors
from quake.grid import due
from quake.identity import Identities, Resolution
from quake.regions import hearing_regions
from quake.world import forecast_regions
from streaming.engine import Setting, State, cells_of, circumstances_of, issue_of
from streaming.records import Change, Decided, Output, Reign, as_row, from_bytes


@dataclass(frozen=True)
class Beginning:
    """What a pipeline begins with: the setting, the history that its regions may remember, the state before."""

    setting: Setting
    history: dict[str, NDArray]
    state: State
    setting_of: Callable[[str], Setting] | None = None
    """The setting of another registered model, by version; None where the model stays."""

    @cached_property
    def reaches(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of each row of history its place, a unit vector, and in km how far away a region's centre may hear of it."""
        history = self.history
        return unit_vectors(history["latitude"], history["longitude"]), reach_km(history["magnitude"])

    def under(self, version: str) -> Setting:
        """The setting with the model of this version; raises LookupError where no other may serve."""
        if version == self.setting.model.version:
            return self.setting
        if self.setting_of is None:
            raise LookupError(f"no model {version!r}: this pipeline keeps {self.setting.model.version!r}")
        return self.setting_of(version)


class Step(Protocol):
    """A state and what it makes of one payload after another."""

    def take(self, payload: bytes) -> Output:
        """Takes in the next payload. An exception leaves the state half changed: throw the step away."""

    def dump(self) -> bytes:
        """The whole state; `load` of a step just begun brings it back."""

    def load(self, dumped: bytes) -> None:
        """Goes on from what `dump` wrote."""


REIGN = b"champion "
"""Before a `Reign` among the messages of topic `events`, which all begin with a brace."""


@dataclass(slots=True)
class Succession:
    """Who serves, who is being warmed to serve next, and who is kept warm for a rollback."""

    serving: str
    heir: str = ""
    previous: str = ""
    sequence: int = 0
    """Of the last tick that said who is champion; what an earlier one said comes too late."""

    def hears(self, reign: Reign) -> bool:
        """Takes note of the champion at a tick; whether regions must know."""
        if reign.sequence <= self.sequence:
            return False
        self.sequence, named = reign.sequence, reign.model_version
        if named == self.serving:
            self.heir = ""
        elif named in (self.heir, self.previous):
            self.serving, self.previous, self.heir = named, self.serving, ""
            return True
        else:
            self.heir = named
            return True
        return False


class IdentifyStep:
    """Key `world`: which earthquake a report speaks of, who must hear of it, and its number."""

    def __init__(self, _key: str, beginning: Beginning) -> None:
        self.beginning = beginning
        self.mode = beginning.setting.mode
        self.grid_hours = beginning.setting.grid_hours
        self.succession = Succession(beginning.setting.model.version)
        self.identities = Identities.from_records(beginning.state.identities.to_records())
        self.hearing = hearing_of(beginning.state.world.to_arrays())
        self.number = 0
        self.numbers: Counter[str] = Counter()

    def take(self, payload: bytes) -> Output:
        """A message of topic `events`, or a `Reign` behind `REIGN`."""
        if payload.startswith(REIGN):
            return self._follow(from_bytes(Reign, payload.removeprefix(REIGN)))
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
        state = {name: getattr(self, name) for name in names} | {"succession": asdict(self.succession)}
        return json.dumps(state | {"of": self.identities.to_records()}).encode()

    def load(self, dumped: bytes) -> None:
        """From JSON."""
        state = json.loads(dumped)
        self.identities = Identities.from_records(state["of"])
        self.hearing, self.number = state["hearing"], state["number"]
        self.numbers = Counter(state["numbers"])
        self.succession = Succession(**state["succession"])

    def _follow(self, reign: Reign) -> Output:
        """A new champion is announced to every region, and serves from the next tick on that still names it."""
        if not self.succession.hears(reign):
            return Output()
        begun = self._numbered([], sorted({*self.numbers, *self._grid_regions()}))
        return Output(changes=[Change(**begun, reign=reign, model_version=self.succession.serving)])

    def _grid_regions(self) -> list[str]:
        return list(cells_of(self.beginning.under(self.succession.serving)))

    def _tick(self, tick: Tick) -> Output:
        self.number += 1
        output = Output(decided=[Decided(self.number, tick, self.identities.processed_sequence)])
        if due(tick.at, self.grid_hours) and (regions := self._grid_regions()):
            issue = issue_of(tick.at, self.identities.processed_sequence, self.mode)
            change = Change(**self._numbered(regions, regions), issue=issue, model_version=self.succession.serving)
            output.changes.append(change)
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
        model = self.beginning.under(self.succession.serving).model
        sharing = forecast_regions(model, event.latitude, event.longitude)
        now = hearing_regions(event.latitude, event.longitude, event.magnitude)
        regions = list(dict.fromkeys([*sharing, *now, *self.hearing.get(quake_id, ())]))
        self.hearing[quake_id] = now
        return Change(
            **self._numbered(sharing, regions),
            resolution=replace(resolution, report_row=None),
            circumstances=circumstances_of(resolution, report, self.identities.processed_sequence, self.mode),
            model_version=model.version,
        )

    def _forget(self) -> None:
        """An earthquake that identity has forgotten is not moved any more."""
        known = self.identities.world.quakes
        self.hearing = {quake_id: regions for quake_id, regions in self.hearing.items() if quake_id in known}


def hearing_of(live: Mapping[str, NDArray]) -> dict[str, list[str]]:
    """Earthquake -> the regions that hold it."""
    places = zip(*(live[name].tolist() for name in ("latitude", "longitude", "magnitude")))
    return {quake_id: hearing_regions(*where) for quake_id, where in zip(live["ids"].tolist(), places)}
