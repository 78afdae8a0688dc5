"""Forecasts for any place now: the champion over the engine's state. Only here is the model itself asked."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from quake.adapters.storage import Storage
from quake.adapters.warehouse import Warehouse
from quake.live import Entry
from quake.risk import exceedances
from quake.schema import Exceedance
from quake.settings import Settings
from serving.champion import Champion
from serving.forecast_state import ForecastState, at_hand, incomplete, load_state, newest_name, top_up
from serving.heartbeat import Heartbeat

WORN = 5000
"""After so many hypothetical earthquakes the state is loaded anew."""
LOOK_EVERY_S = 60.0
SUPPOSED = "supposed"


class Forecaster:
    """Holds one state, brought up to date by `refresh`; `expect` and `suppose` answer None while there is none."""

    def __init__(
        self,
        settings: Settings,
        storage: Storage,
        warehouse: Warehouse,
        heartbeat: Heartbeat,
        clock: Callable[[], datetime],
    ) -> None:
        self.champion = Champion(storage)
        self._settings, self._storage, self._warehouse = settings, storage, warehouse
        self._heartbeat, self._clock = heartbeat, clock
        self._state: ForecastState | None = None
        self._heard: tuple[datetime | None, datetime | None] = (None, None)
        self._look_at = 0.0
        self._lock = threading.Lock()

    @property
    def state(self) -> ForecastState | None:
        """What forecasts are made from now."""
        return self._state

    def now(self) -> datetime:
        """The time to forecast from: the clock's when live, else the feed's own."""
        if self._settings.mode == "live":
            return self._clock()
        told = self._state.assessed_at if self._state else None
        return max((at for at in (self._heartbeat.at, told) if at), default=self._clock())

    def refresh(self) -> None:
        """Follows the champion and the rows; a state is made aside and then put in place of the old one."""
        self.champion.refresh()
        crowned, state = self.champion.now, self._state
        if crowned is None:
            return
        if state is None or state.model is not crowned.model or state.supposed > WORN or self._outgrown(state):
            self._state = load_state(self._settings, self._storage, self._warehouse, crowned.model, self._clock())
        elif self._news():
            with self._lock:
                top_up(state, self._warehouse)

    def expect(self, latitude: float, longitude: float, at: datetime) -> tuple[Exceedance, ...] | None:
        """What to expect within 100 km of the place, in degrees; None where the state does not reach."""
        state = self._state
        if state is None or not at_hand(state, latitude, longitude):
            return None
        with self._lock:
            return _exceedances(state, latitude, longitude, at)

    def suppose(self, entry: Entry, at: datetime) -> tuple[Exceedance, ...] | None:
        """The same around an earthquake that need not have happened; it is taken back at once."""
        state = self._state
        if state is None or not at_hand(state, entry.latitude, entry.longitude):
            return None
        with self._lock:
            state.supposed += 1
            state.world.enter(SUPPOSED, entry)
            try:
                return _exceedances(state, entry.latitude, entry.longitude, at)
            finally:
                state.world.remove(SUPPOSED)

    def _outgrown(self, state: ForecastState) -> bool:
        """Whether there is another snapshot than the one of a state that lacks regions; looked for once a minute."""
        if not incomplete(state) or time.monotonic() < self._look_at:
            return False
        self._look_at = time.monotonic() + LOOK_EVERY_S
        return newest_name(self._settings, self._storage) != state.snapshot

    def _news(self) -> bool:
        """Whether there may be rows to take in: something was heard since, or just before, the last look.

        The engine commits a moment after we hear; without ingest nothing is heard, so then every look is worth it.
        """
        heard, before = self._heartbeat.at, self._heard
        self._heard = (heard, before[0])
        return heard is None or before != (heard, heard)


def _exceedances(state: ForecastState, latitude: float, longitude: float, at: datetime) -> tuple[Exceedance, ...]:
    expected = state.world.expected(latitude, longitude, at.astimezone(UTC))
    return exceedances(state.model, expected, latitude, longitude)
