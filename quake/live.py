"""What the service knows of the world's earthquakes: bulk history below, live ones in their newest solution above."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from quake.catalog import DAY_S
from quake.etas_depth import known_depth
from quake.event import SeismicEvent

RECENT_DAYS = 400
"""So long before the end of the history a live report may still speak of a row of it: as long as identity remembers."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An earthquake in its newest solution, and the ids under which the history may know it."""

    origin_s: float
    latitude: float
    longitude: float
    magnitude: float
    depth_km: float
    names: tuple[str, ...]


COLUMNS = tuple(field.name for field in fields(Entry) if field.name != "names")


def entry_of(event: SeismicEvent, names: tuple[str, ...] = ()) -> Entry:
    """The solution that a report with a magnitude brings."""
    place = event.origin_time.timestamp(), event.latitude, event.longitude
    return Entry(*place, event.magnitude, known_depth(event.depth_km), names)


class LiveWorld(ABC):
    """The live earthquakes over `history`: its `ids` and the columns COLUMNS, oldest first.

    A live report stands for the row of history that it names; that row is hidden from then on.
    """

    memory_days: float
    """How long a live earthquake is kept apart from the others, so that it can be revised."""

    def __init__(self, history: Mapping[str, NDArray]) -> None:
        self.history = history
        origin_s = history["origin_s"]
        first = int(np.searchsorted(origin_s, origin_s[-1] - RECENT_DAYS * DAY_S)) if len(origin_s) else 0
        self.row_of = {name: first + row for row, name in enumerate(history["ids"][first:].tolist())}
        self.live: dict[str, Entry] = {}
        self.hidden: set[str] = set()

    def put(self, quake_id: str, event: SeismicEvent) -> None:
        """Enters the earthquake's newest solution in every region that hears of it; without a magnitude it is out."""
        if event.magnitude is None or event.event_type != "earthquake":
            self.remove(quake_id)
            return
        self.enter(quake_id, entry_of(event, tuple(sorted({event.source_event_id, *event.aliases}))))

    def enter(self, quake_id: str, entry: Entry) -> None:
        """What `put` makes of a report; nothing happens when the solution is the one that is known."""
        known = self.live.get(quake_id)
        if known == entry:
            return
        if known is not None:
            self._take_out(quake_id, known)
        self.live[quake_id] = entry
        for name in entry.names:
            if name in self.row_of and name not in self.hidden:
                self.hidden.add(name)
                self._hide(name)
        self._take_in(quake_id, entry)

    def remove(self, quake_id: str) -> None:
        """Takes the earthquake out of every region, and lets the history's own row stay hidden."""
        entry = self.live.pop(quake_id, None)
        if entry is not None:
            self._take_out(quake_id, entry)

    def forget(self, at: datetime) -> None:
        """Lets go of live earthquakes that are out of reach at `at`."""
        before = at.timestamp() - self.memory_days * DAY_S
        for quake_id in [name for name, entry in self.live.items() if entry.origin_s < before]:
            self._let_go(quake_id, self.live.pop(quake_id))

    def follow(self, other: "LiveWorld", day: str) -> None:
        """Brings the live part up to `other`'s: what it holds comes in, what it does not hold goes out.

        What was let go there by the end of `day`, an ISO date, is let go here too.
        """
        before = datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp() + (1 - other.memory_days) * DAY_S
        for quake_id in sorted(self.live.keys() - other.live.keys()):
            if self.live[quake_id].origin_s < before:
                self._let_go(quake_id, self.live.pop(quake_id))
            else:
                self.remove(quake_id)
        for quake_id, entry in in_order(other.live):
            self.enter(quake_id, entry)

    def expected(self, latitude: float, longitude: float, at: datetime) -> NDArray[np.float64]:
        """COUNTS and FIRSTS within 100 km in HORIZONS_DAYS of at least MAGNITUDES (`quake.schema`), shape (2, 3, 4)."""
        return summed([self.share(region, latitude, longitude, at) for region in self.regions_at(latitude, longitude)])

    def to_arrays(self) -> dict[str, NDArray]:
        """The live part as arrays without objects; `hidden` names the history's rows that it stands for."""
        rows = np.array([[getattr(entry, name) for name in COLUMNS] for entry in self.live.values()])
        columns = {name: rows[:, index] if len(rows) else np.empty(0) for index, name in enumerate(COLUMNS)}
        ids = np.array(list(self.live), dtype=np.str_)
        names = np.array([" ".join(entry.names) for entry in self.live.values()], dtype=np.str_)
        return {"ids": ids, "names": names, "hidden": np.array(sorted(self.hidden), dtype=np.str_)} | columns

    @classmethod
    @abstractmethod
    def regions_at(cls, latitude: float, longitude: float) -> list[str]:
        """The regions whose shares make up the forecast at a place, in the order in which they are added."""

    @abstractmethod
    def share(self, region: str, latitude: float, longitude: float, at: datetime) -> NDArray[np.float64]:
        """What one of `regions_at` adds to `expected`, shape (2, 3, 4)."""

    @abstractmethod
    def marks(self) -> dict[str, bytes]:
        """Of every region whose state can not be told from history and live part alone, a few bytes that differ
        whenever the state does."""

    @abstractmethod
    def region_arrays(self, region: str) -> dict[str, NDArray]:
        """The state of one of `marks` as arrays without objects."""

    @abstractmethod
    def begin(self, regions: Iterable[str]) -> None:
        """Makes the states of regions now that would be made when first asked for."""

    @abstractmethod
    def restore(self, arrays: Mapping[str, NDArray], regions: Mapping[str, Mapping[str, NDArray]]) -> None:
        """Enters what `to_arrays` and `region_arrays` gave; without a region's arrays its state is made anew."""

    @abstractmethod
    def _take_in(self, quake_id: str, entry: Entry) -> None:
        """Into every region that hears of it."""

    @abstractmethod
    def _take_out(self, quake_id: str, entry: Entry) -> None:
        """Out of every region that heard of it."""

    @abstractmethod
    def _let_go(self, quake_id: str, entry: Entry) -> None:
        """It will not be revised any more."""

    @abstractmethod
    def _hide(self, name: str) -> None:
        """Takes a row of history out of every region."""


def in_order(entries: Mapping[str, Entry]) -> list[tuple[str, Entry]]:
    """The earthquakes as they happened. What a state makes of one hangs on those before it, and regions hear of an
    earthquake at different times: one that grew is news where it was too small to be heard of."""
    return sorted(entries.items(), key=lambda item: (item[1].origin_s, item[0]))


def summed(shares: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Shares added one by one, in order: the same to the last digit in every engine."""
    total = np.zeros_like(shares[0])
    for share in shares:
        total = total + share
    return total


def entries_of(arrays: Mapping[str, NDArray]) -> dict[str, Entry]:
    """The live earthquakes that `to_arrays` wrote."""
    columns = (arrays[name].tolist() for name in COLUMNS)
    rows = zip(arrays["ids"].tolist(), arrays["names"].tolist(), *columns)
    return {quake_id: Entry(*row, tuple(names.split(" "))) for quake_id, names, *row in rows}
