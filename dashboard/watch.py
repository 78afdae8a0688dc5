"""One look at the API shared by all viewers: asked at most every few seconds, and only for what is new."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dashboard.api import Api, ApiError, Row
from dashboard.compact import Known, Values, compact_alert, compact_event

LOOK_EVERY = timedelta(seconds=4)
READ_ANEW_EVERY = timedelta(minutes=5)
"""A safety net: the whole window is read again, whatever a restarted API may have forgotten to mention."""
OVERLAP = timedelta(minutes=2)
"""Asked again each time: assessments of one poll carry one time but do not arrive at once."""
FAR_AHEAD = datetime(9999, 1, 1, tzinfo=UTC)
MOST_EVENTS = 10_000
MOST_ALERTS = 50


@dataclass(frozen=True, slots=True)
class Look:
    """What the API said last, and why it says nothing now, if so."""

    known: Known
    about: Row | None
    status: Row | None
    problem: str


class Watch:
    """The earthquakes of the last `days` and the newest alerts."""

    def __init__(self, api: Api, days: int) -> None:
        self._api, self._window = api, timedelta(days=days)
        self._lock = threading.Lock()
        self._rows: dict[str, tuple[datetime, Values | None]] = {}
        self._updated = datetime.min.replace(tzinfo=UTC)
        self._read_at = self._looked_at = datetime.min
        self._look = Look(Known(), None, None, "")

    def look(self, now: datetime) -> Look:
        """What is known at `now`; asks the API unless it was asked a moment ago. Never raises ApiError."""
        with self._lock:
            now = now.replace(tzinfo=None)
            if now - self._looked_at >= LOOK_EVERY:
                self._looked_at = now
                self._ask(now)
            return self._look

    def known_at(self, as_of: datetime) -> Known:
        """The same window's earthquakes as they were known at `as_of`, with all alerts. Raises ApiError."""
        rows = self._brief((self._newest() or as_of) - self._window, as_of)
        return Known({row["quake_id"]: compact_event(row) for row in rows}, self._look.known.alerts)

    def _newest(self) -> datetime | None:
        return max((origin_time for origin_time, _ in list(self._rows.values())), default=None)

    def _ask(self, now: datetime) -> None:
        try:
            about, status = self._api.about(), self._api.status()
            self._read(now)
            alerts = {row["alert_id"]: compact_alert(row) for row in self._api.alerts(MOST_ALERTS)}
        except ApiError as error:
            self._look = Look(self._look.known, self._look.about, self._look.status, str(error))
            return
        events = {quake_id: values for quake_id, (_, values) in self._rows.items() if values is not None}
        self._look = Look(Known(events, alerts), about, status, "")

    def _read(self, now: datetime) -> None:
        if now - self._read_at >= READ_ANEW_EVERY or not self._rows:
            rows = self._whole_window()
            self._rows, self._read_at = {}, now
        else:
            rows = self._api.events(MOST_EVENTS, updated_since=(self._updated - OVERLAP).isoformat(), status="any")
        for row in rows:
            values = compact_event(row) if row["status"] == "active" else None
            self._rows[row["quake_id"]] = (datetime.fromisoformat(row["origin_time"]), values)
            self._updated = max(self._updated, datetime.fromisoformat(row["assessed_at"]))
        self._forget()

    def _whole_window(self) -> list[Row]:
        """Counted back from the newest earthquake, because a replay's clock is not ours."""
        newest = self._api.events(1)
        return self._brief(datetime.fromisoformat(newest[0]["origin_time"]) - self._window, FAR_AHEAD) if newest else []

    def _brief(self, since: datetime, as_of: datetime) -> list[Row]:
        asked = {"since": since.isoformat(), "as_of": as_of.isoformat(), "limit": MOST_EVENTS}
        return self._api.answer("events_in_brief", **asked).records()

    def _forget(self) -> None:
        if newest := self._newest():
            since = newest - self._window
            self._rows = {key: row for key, row in self._rows.items() if row[0] >= since}
