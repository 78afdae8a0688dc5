"""The world of a model with a space-time part: one ETAS state a region, begun from history when first touched."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from quake import etas_world
from quake.catalog import DAY_S
from quake.etas import RegionState
from quake.etas_models import WorldParameters
from quake.etas_risk import region_share
from quake.etas_world import Taken, project, region_reports
from quake.live import COLUMNS, RECENT_DAYS, Entry, LiveWorld, entries_of, in_order
from quake.regions import blend_weights, hearing_regions


class EtasWorld(LiveWorld):
    """`only` names the regions that are kept here (a Beam worker holds one), None for all of them."""

    memory_days = RECENT_DAYS

    def __init__(
        self, history: Mapping[str, NDArray], parameters: WorldParameters, only: frozenset[str] | None = None
    ) -> None:
        super().__init__(history)
        self.etas = etas_world.World(parameters.regions, parameters.default, self._begin, only)

    @classmethod
    def regions_at(cls, latitude: float, longitude: float) -> list[str]:
        """Every region that covers the place."""
        return sorted(blend_weights(latitude, longitude))

    def share(self, region: str, latitude: float, longitude: float, at: datetime) -> NDArray[np.float64]:
        """What the region expects times its weight in the blend."""
        return region_share(self.etas, region, latitude, longitude, at)

    def marks(self) -> dict[str, bytes]:
        """Of every state that was begun."""
        return {region: state.mark() for region, state in self.etas.states.items()}

    def region_arrays(self, region: str) -> dict[str, NDArray]:
        """The state of a region that was begun."""
        return self.etas.states[region].to_arrays()

    def to_arrays(self) -> dict[str, NDArray]:
        """The live part, which contributions it made, and until when the states know the history."""
        parts = [(name, part.region, part.index) for name, taken in self.etas.taken.items() for part in taken]
        names, regions, index = list(zip(*parts)) or ((), (), ())
        return super().to_arrays() | {
            "taken_id": np.array(names, np.str_),
            "taken_region": np.array(regions, np.str_),
            "taken_index": np.array(index, np.int64),
            "history_until_s": self.history["origin_s"][-1:].astype(float),
        }

    def begin(self, regions: Iterable[str]) -> None:
        """Their states."""
        for region in regions:
            self.etas.state(region)

    def restore(self, arrays: Mapping[str, NDArray], regions: Mapping[str, Mapping[str, NDArray]]) -> None:
        """Enters the live part into the states given; where none is given, anew in every region.

        What the history has learnt since goes into the states as if it had come now.
        """
        entries = entries_of(arrays)
        if entries and not regions:
            for quake_id, entry in in_order(entries):
                self.enter(quake_id, entry)
            self.hidden |= set(arrays["hidden"].tolist())
            return
        self.live, self.hidden = entries, set(arrays["hidden"].tolist())
        for region, fields in regions.items():
            self.etas.states[region] = RegionState.from_arrays(self.etas.parameters_of(region), fields)
        taken = zip(*(arrays[f"taken_{name}"].tolist() for name in ("id", "region", "index")))
        for quake_id, region, index in taken:
            self.etas.taken[quake_id] = (*self.etas.taken.get(quake_id, ()), Taken(region, index))
        self._catch_up(arrays["history_until_s"])

    def _catch_up(self, until_s: NDArray[np.float64]) -> None:
        """Takes rows of history after `until_s`, shape (1,) or none, into the states that were begun without them."""
        known = {name for entry in self.live.values() for name in entry.names}
        origin_s = self.history["origin_s"]
        later = np.flatnonzero(origin_s > until_s[0]) if len(until_s) else np.arange(len(origin_s))
        rows = np.array([row for row in later.tolist() if self.history["ids"][row] not in known], np.int64)
        self.hidden |= known & self.row_of.keys()
        columns = [self.history[name][rows] for name in COLUMNS]
        self.etas.observe_all(columns[0] / DAY_S, *columns[1:], list(self.etas.states))

    def _begin(self, region: str) -> RegionState:
        """The region's state after all history; what live reports stand for is taken back."""
        state = RegionState(self.etas.parameters_of(region))
        origin_s, *columns = (self.history[name] for name in COLUMNS)
        state.observe_all(region_reports(region, state.parameters.mc, origin_s / DAY_S, columns))
        for name in sorted(self.hidden):
            self._hide_in(region, state, name)
        return state

    def _take_in(self, quake_id: str, entry: Entry) -> None:
        when = datetime.fromtimestamp(entry.origin_s, UTC)
        self.etas.observe(quake_id, when, entry.latitude, entry.longitude, entry.magnitude, entry.depth_km)

    def _take_out(self, quake_id: str, entry: Entry) -> None:
        self.etas.withdraw(quake_id)

    def _let_go(self, quake_id: str, entry: Entry) -> None:
        self.etas.taken.pop(quake_id, None)

    def _hide(self, name: str) -> None:
        row = self.row_of[name]
        place = (float(self.history[name][row]) for name in ("latitude", "longitude", "magnitude"))
        for region in hearing_regions(*place):
            if region in self.etas.states:
                self._hide_in(region, self.etas.states[region], name)

    def _hide_in(self, region: str, state: RegionState, name: str) -> None:
        """Withdraws the earthquake that was taken in from a row of history, if the state has it."""
        row = self.row_of.get(name)
        if row is None:
            return
        days = self.history["origin_s"][row] / DAY_S
        x, y = project(region, self.history["latitude"][row], self.history["longitude"][row])
        for index in state.find(days, float(x), float(y)):
            state.withdraw(index)
