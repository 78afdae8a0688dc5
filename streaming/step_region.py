"""The second step, one for each region: its catalogue, and what the changes at home in it mean."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from quake.adapters.snapshot import pack, unpack
from quake.geo import EARTH_RADIUS_KM, unit_vectors
from quake.regions import BUFFER_KM, RADIUS_KM, centres, region_index
from quake.risk import MEMORY_DAYS
from quake.schema import DeadLetter
from quake.world import World
from streaming.engine import assessed, place
from streaming.records import Change, Decided, Output, as_row, from_bytes
from streaming.steps import Beginning, hearing_of


class RegionStep:
    """Key of a region: its catalogue, and what the changes at home in it mean."""

    def __init__(self, region: str, beginning: Beginning) -> None:
        self.region = region
        self.model = beginning.setting.model
        self.day = beginning.state.day
        self.history = _heard_history(beginning.history, region)
        self.world = self._world(_heard_live(beginning.state.world.to_arrays(), region))

    def take(self, payload: bytes) -> Output:
        """A `Change`."""
        change = from_bytes(Change, payload)
        place(self.world, change.resolution)
        output = Output() if change.circumstances.region != self.region else self._assess(change, payload)
        self._forget(change.circumstances.at)
        return output

    def dump(self) -> bytes:
        """Arrays."""
        return pack(self.world.to_arrays() | {"day": np.array(self.day, dtype=np.str_)})

    def load(self, dumped: bytes) -> None:
        """From arrays."""
        arrays = unpack(dumped)
        self.day = str(arrays.pop("day"))
        self.world = self._world(arrays)

    def _assess(self, change: Change, payload: bytes) -> Output:
        """The assessment; where it fails a dead letter, and the alerts go on without it."""
        if change.impact is None:
            return Output(decided=[Decided(change.number)])
        try:
            assessment = assessed(change.resolution, self.world, self.model, change.impact, change.circumstances)
        except Exception as error:  # pylint: disable=broad-exception-caught  # dead letter, payload kept
            letter = dead_letter("assess", payload, error, change.circumstances.at)
            return Output([as_row(letter)], decided=[Decided(change.number)])
        return Output([as_row(assessment)], decided=[Decided(change.number, assessment)])

    def _forget(self, at: datetime) -> None:
        day = at.date().isoformat()
        if day > self.day:
            self.day = day
            self.world.forget_before(at.timestamp() - MEMORY_DAYS * 86_400)

    def _world(self, live: Mapping[str, NDArray]) -> World:
        world = World(self.history)
        world.restore(dict(live))
        return world


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
    """The live earthquakes that one region hears of."""
    heard = np.array([region in regions for regions in hearing_of(live).values()], dtype=bool)
    return {name: array if name == "hidden" else array[heard] for name, array in live.items()}


def _heard_history(history: dict[str, NDArray], region: str) -> dict[str, NDArray]:
    """The part of the history that may lie in one region's catalogue, a kilometre to spare."""
    centre = unit_vectors(*centres()[region_index(region)])
    reach = np.cos((RADIUS_KM + BUFFER_KM + 1) / EARTH_RADIUS_KM)
    rows = np.flatnonzero(unit_vectors(history["latitude"], history["longitude"]) @ centre > reach)
    return {name: array[rows] for name, array in history.items()}
