"""The second step, one for each region: its part of the world, and what it expects where changes are.

A new champion's world is made beside the old one's, and the old one's is kept for a rollback.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from quake.adapters.snapshot import pack, unpack
from quake.etas_world import centre_distances
from quake.live import COLUMNS, LiveWorld
from quake.regions import region_index
from quake.schema import DeadLetter
from quake.world import warmed, world_of
from streaming.engine import cells_of, place
from streaming.records import Change, Decided, Output, as_row, from_bytes
from streaming.steps import Beginning, hearing_of

REGION = "region_"
"""Before the names of the arrays of the region's own state."""
TAKEN = ("taken_id", "taken_region", "taken_index")


class RegionStep:
    """Key of a region: its part of the world, and what it expects where the changes are."""

    def __init__(self, region: str, beginning: Beginning) -> None:
        self.region, self.beginning = region, beginning
        self.day = beginning.state.day
        self.history = _heard_history(beginning, region)
        self.serving, self.previous = beginning.setting.model.version, ""
        world = beginning.state.world
        begun = self._world(self.serving, _heard_live(world.to_arrays(), region), _states(world, region))
        self.worlds = {self.serving: begun}

    @property
    def world(self) -> LiveWorld:
        """That of the model that serves."""
        return self.worlds[self.serving]

    def take(self, payload: bytes) -> Output:
        """A `Change`."""
        change = from_bytes(Change, payload)
        if change.reign is not None:
            self._warm(change.reign.model_version)
            self._serve(change.model_version, change.reign.day)
            return Output()
        if change.issue is not None:
            self._serve(change.model_version, change.issue.at.date().isoformat())
            return self._grid(change)
        self._serve(change.model_version, change.circumstances.at.date().isoformat())
        place(self.world, change.resolution)
        output = self._share(change, payload) if self.region in change.numbers else Output()
        self._forget(change.circumstances.at)
        return output

    def dump(self) -> bytes:
        """Arrays, of each world behind its number."""
        text = {"versions": list(self.worlds), "reign": [self.serving, self.previous], "day": self.day}
        arrays = {name: np.array(value, dtype=np.str_) for name, value in text.items()}
        for number, world in enumerate(self.worlds.values()):
            state = _states(world, self.region).get(self.region, {})
            both = world.to_arrays() | {f"{REGION}{name}": array for name, array in state.items()}
            arrays |= {f"{number} {name}": array for name, array in both.items()}
        return pack(arrays)

    def load(self, dumped: bytes) -> None:
        """From arrays."""
        arrays = unpack(dumped)
        self.day = str(arrays["day"])
        self.serving, self.previous = arrays["reign"].tolist()
        self.worlds = {}
        for number, version in enumerate(arrays["versions"].tolist()):
            live = _behind(f"{number} ", arrays)
            state = _behind(REGION, live)
            self.worlds[version] = self._world(version, live, {self.region: state} if state else {})

    def _warm(self, version: str) -> None:
        """Makes the model's world beside the others, as far as it is not there; the world before last goes."""
        if version not in self.worlds:
            model, begun = self.beginning.under(version).model, list(self.world.marks())
            made = warmed(model, self.history, self.world.live, begun, frozenset([self.region]))
            self.worlds = {name: self.worlds[name] for name in self.worlds if name in (self.serving, self.previous)}
            self.worlds[version] = made

    def _serve(self, version: str, day: str) -> None:
        """Lets the model serve from now on, and keeps the one before."""
        if version == self.serving:
            return
        self._warm(version)
        self.worlds[version].follow(self.world, day)
        self.serving, self.previous = version, self.serving
        self.worlds = {name: self.worlds[name] for name in (self.serving, self.previous)}

    def _share(self, change: Change, payload: bytes) -> Output:
        """What this region expects there; where that fails a dead letter, and the alerts go on without it."""
        (number, brought), event = self._turn(change), change.resolution.preferred
        if change.impact is None:
            return Output(decided=[Decided(number, change=brought)])
        try:
            share = self.world.share(self.region, event.latitude, event.longitude, change.circumstances.at)
        except Exception as error:  # pylint: disable=broad-exception-caught  # dead letter, payload kept
            letter = dead_letter("assess", payload, error, change.circumstances.at)
            return Output([as_row(letter)], decided=[Decided(number, change=brought)])
        return Output(decided=[Decided(number, share=tuple(share.ravel().tolist()), change=brought)])

    def _grid(self, change: Change) -> Output:
        """What this region expects at each of its cells, one after the other."""
        number, brought = self._turn(change)
        cells = cells_of(self.beginning.under(self.serving))[self.region]
        shares = [self.world.share(self.region, cell.latitude, cell.longitude, change.issue.at) for cell in cells]
        flat = np.concatenate([share.ravel() for share in shares])
        return Output(decided=[Decided(number, share=tuple(flat.tolist()), change=brought)])

    def _turn(self, change: Change) -> tuple[int, Change | None]:
        """Where this region's share stands, and the change if it is the one that brings it."""
        number = change.numbers[self.region]
        return number, change if number == max(change.numbers.values()) else None

    def _forget(self, at: datetime) -> None:
        day = at.date().isoformat()
        if day > self.day:
            self.day = day
            self.world.forget(at)

    def _world(
        self, version: str, live: Mapping[str, NDArray], states: Mapping[str, Mapping[str, NDArray]]
    ) -> LiveWorld:
        world = world_of(self.beginning.under(version).model, self.history, frozenset([self.region]))
        world.restore(live, states)
        return world


def _behind(prefix: str, arrays: Mapping[str, NDArray]) -> dict[str, NDArray]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _states(world: LiveWorld, region: str) -> dict[str, dict[str, NDArray]]:
    return {region: world.region_arrays(region)} if region in world.marks() else {}


def dead_letter(source: str, payload: bytes, error: Exception, at: datetime) -> DeadLetter:
    """What a step failed on, kept whole."""
    return DeadLetter(
        source=source,
        payload_hash=sha256(payload).hexdigest()[:16],
        reason=f"{type(error).__name__}: {error}"[:500],
        payload=payload.decode("utf-8", "replace"),
        received_at=at,
    )


def _heard_live(live: Mapping[str, NDArray], region: str) -> dict[str, NDArray]:
    """The live earthquakes that one region hears of, and the contributions that it has of them."""
    heard = np.array([region in regions for regions in hearing_of(live).values()], dtype=bool)
    mine = live["taken_region"] == region if "taken_region" in live else np.empty(0, bool)
    masks = dict.fromkeys(("ids", "names", *COLUMNS), heard) | dict.fromkeys(TAKEN, mine)
    return {name: array[masks[name]] if name in masks else array for name, array in live.items()}


def _heard_history(beginning: Beginning, region: str) -> dict[str, NDArray]:
    """The part of the history that may lie in one region's state, a kilometre to spare."""
    places, reach = beginning.reaches
    near = centre_distances(places, region_index(region)) < reach + 1
    return {name: array[near] for name, array in beginning.history.items()}
