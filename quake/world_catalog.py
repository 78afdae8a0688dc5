"""The world of a model without a space-time part: one catalogue a region, searched when asked."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from quake.aftershocks import MEMORY_DAYS, expected_counts
from quake.catalog import COLUMNS, DAY_S, Catalog
from quake.geo import EARTH_RADIUS_KM, unit_vectors
from quake.live import Entry, LiveWorld, entries_of
from quake.regions import BUFFER_KM, RADIUS_KM, centres, hearing_regions, home_region, region_index
from quake.risk import Model, alike


class CatalogWorld(LiveWorld):
    """Aftershocks by Reasenberg-Jones; a region's catalogue is built when first asked for, of the last ten years."""

    memory_days = MEMORY_DAYS

    def __init__(self, history: Mapping[str, NDArray], model: Model) -> None:
        super().__init__(history)
        self._model = model
        origin_s = history["origin_s"]
        oldest = origin_s[-1] - MEMORY_DAYS * DAY_S if len(origin_s) else 0.0
        self._remembered = {name: history[name][origin_s >= oldest] for name in ("ids", *COLUMNS)}
        self._points = unit_vectors(self._remembered["latitude"], self._remembered["longitude"])
        self._regions: dict[str, Catalog] = {}

    def region(self, region: str) -> Catalog:
        """The catalogue of one region."""
        if region not in self._regions:
            self._regions[region] = self._from_history(region)
            for quake_id, entry in self.live.items():
                if region in hearing_regions(entry.latitude, entry.longitude, entry.magnitude):
                    self._put(self._regions[region], quake_id, entry)
        return self._regions[region]

    @classmethod
    def regions_at(cls, latitude: float, longitude: float) -> list[str]:
        """The home region alone: its catalogue reaches far enough."""
        return [home_region(latitude, longitude)]

    def share(self, region: str, latitude: float, longitude: float, at: datetime) -> NDArray[np.float64]:
        """All of it."""
        return alike(expected_counts(self._model, self.region(region), latitude, longitude, at.timestamp()))

    def marks(self) -> dict[str, bytes]:
        """None: catalogues hold nothing but history and live part."""
        return {}

    def region_arrays(self, region: str) -> dict[str, NDArray]:
        """Raises KeyError: there are none."""
        raise KeyError(region)

    def begin(self, regions: Iterable[str]) -> None:
        """Their catalogues."""
        for region in regions:
            self.region(region)

    def restore(self, arrays: Mapping[str, NDArray], regions: Mapping[str, Mapping[str, NDArray]]) -> None:
        """Enters the live part."""
        self.hidden = set(arrays["hidden"].tolist())
        for quake_id, entry in entries_of(arrays).items():
            self.enter(quake_id, entry)

    def _take_in(self, quake_id: str, entry: Entry) -> None:
        for region in self._hearing(entry):
            self._put(self._regions[region], quake_id, entry)

    def _take_out(self, quake_id: str, entry: Entry) -> None:
        for region in self._hearing(entry):
            self._regions[region].remove(quake_id)

    _let_go = _take_out

    def _hide(self, name: str) -> None:
        for catalog in self._regions.values():
            catalog.remove(name)

    def _hearing(self, entry: Entry) -> list[str]:
        near = hearing_regions(entry.latitude, entry.longitude, entry.magnitude)
        return [region for region in near if region in self._regions]

    @staticmethod
    def _put(catalog: Catalog, quake_id: str, entry: Entry) -> None:
        catalog.put(quake_id, entry.origin_s, entry.latitude, entry.longitude, entry.magnitude)

    def _from_history(self, region: str) -> Catalog:
        centre = unit_vectors(*centres()[region_index(region)])
        near = self._points @ centre > np.cos((RADIUS_KM + BUFFER_KM) / EARTH_RADIUS_KM)
        rows = np.flatnonzero(near)
        catalog = Catalog.from_arrays({name: array[rows] for name, array in self._remembered.items()})
        for name in self.hidden:
            catalog.remove(name)
        return catalog
