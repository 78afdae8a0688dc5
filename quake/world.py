"""The regions' catalogues: bulk history below, live earthquakes in their newest solution above, built when asked."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quake.catalog import COLUMNS, Catalog
from quake.event import SeismicEvent
from quake.geo import EARTH_RADIUS_KM, unit_vectors
from quake.regions import BUFFER_KM, RADIUS_KM, centres, hearing_regions, region_index


@dataclass(frozen=True, slots=True)
class Entry:
    """An earthquake in its newest solution, and the ids under which the history may know it."""

    origin_s: float
    latitude: float
    longitude: float
    magnitude: float
    aliases: tuple[str, ...]


class World:
    """Every region's catalogue. `history` holds `ids` and the columns of `quake.catalog.COLUMNS`, one array each."""

    def __init__(self, history: dict[str, NDArray]) -> None:
        self._history = history
        self._points = unit_vectors(history["latitude"], history["longitude"])
        self._row_of = {name: row for row, name in enumerate(history["ids"].tolist())}
        self._live: dict[str, Entry] = {}
        self._hidden: set[str] = set()
        self._regions: dict[str, Catalog] = {}

    def put(self, quake_id: str, event: SeismicEvent) -> None:
        """Enters the earthquake's newest solution in every region that hears of it; without a magnitude it is out."""
        self.remove(quake_id)
        if event.magnitude is None or event.event_type != "earthquake":
            return
        aliases = tuple(name for name in {event.source_event_id, *event.aliases} if name in self._row_of)
        place = event.origin_time.timestamp(), event.latitude, event.longitude, event.magnitude
        self._enter(quake_id, Entry(*place, aliases))

    def remove(self, quake_id: str) -> None:
        """Takes the earthquake out of every region, and lets the history's own row stay hidden."""
        entry = self._live.pop(quake_id, None)
        if entry is not None:
            for region in self._hearing(entry):
                self._regions[region].remove(quake_id)

    def region(self, region: str) -> Catalog:
        """The catalogue of one region."""
        if region not in self._regions:
            self._regions[region] = self._from_history(region)
            for quake_id, entry in self._live.items():
                if region in hearing_regions(entry.latitude, entry.longitude, entry.magnitude):
                    self._put(self._regions[region], quake_id, entry)
        return self._regions[region]

    def forget_before(self, origin_s: float) -> None:
        """Drops live earthquakes older than `origin_s`."""
        for quake_id in [name for name, entry in self._live.items() if entry.origin_s < origin_s]:
            self.remove(quake_id)

    def to_arrays(self) -> dict[str, NDArray]:
        """The live part as arrays without objects; `hidden` names the history's rows that it stands for."""
        rows = np.array([[getattr(entry, name) for name in COLUMNS] for entry in self._live.values()])
        columns = {name: rows[:, index] if len(rows) else np.empty(0) for index, name in enumerate(COLUMNS)}
        ids = np.array(list(self._live), dtype=np.str_)
        return {"ids": ids, "hidden": np.array(sorted(self._hidden), dtype=np.str_)} | columns

    def restore(self, arrays: dict[str, NDArray]) -> None:
        """Enters the live part that `to_arrays` gave."""
        self._hidden = set(arrays["hidden"].tolist())
        for quake_id, *row in zip(arrays["ids"].tolist(), *(arrays[name].tolist() for name in COLUMNS)):
            self._enter(quake_id, Entry(*row, ()))

    def _enter(self, quake_id: str, entry: Entry) -> None:
        self._live[quake_id] = entry
        self._hidden.update(entry.aliases)
        for region in self._hearing(entry):
            self._put(self._regions[region], quake_id, entry)

    def _hearing(self, entry: Entry) -> list[str]:
        near = hearing_regions(entry.latitude, entry.longitude, entry.magnitude)
        return [region for region in near if region in self._regions]

    @staticmethod
    def _put(catalog: Catalog, quake_id: str, entry: Entry) -> None:
        for alias in entry.aliases:
            catalog.remove(alias)
        catalog.put(quake_id, entry.origin_s, entry.latitude, entry.longitude, entry.magnitude)

    def _from_history(self, region: str) -> Catalog:
        centre = unit_vectors(*centres()[region_index(region)])
        near = self._points @ centre > np.cos((RADIUS_KM + BUFFER_KM) / EARTH_RADIUS_KM)
        rows = np.flatnonzero(near)
        catalog = Catalog.from_arrays({name: self._history[name][rows] for name in ("ids", *COLUMNS)})
        for name in self._hidden:
            catalog.remove(name)
        return catalog


def no_history() -> dict[str, NDArray]:
    """The history of a service that knows nothing yet."""
    return {"ids": np.empty(0, dtype=np.str_)} | {name: np.empty(0) for name in COLUMNS}
