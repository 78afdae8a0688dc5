"""What changed between two looks at a feed that lists what is valid now, and deletes by leaving out. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from quake.event import SeismicEvent

WINDOW = timedelta(hours=24)
"""What the agency's all_day feed covers, by origin time."""
GRACE = timedelta(minutes=5)
"""An id must be missing this long, by the feed's generation time, ..."""
GRACE_LOOKS = 2
"""... and in this many looks in a row before it counts as withdrawn."""
MARGIN = timedelta(minutes=30)
"""An event this close to the window's old end is taken to have left it, not to have been withdrawn."""
TRUSTED_SHARE = 0.5
"""A look in which more than this share of many ids is missing is taken for a broken feed, not for withdrawals."""
MANY = 20


@dataclass(slots=True)
class _Known:
    report: SeismicEvent
    missing_since: datetime | None = None
    missing_looks: int = 0


class Silence:
    """Diffs successive looks at one source: changed content is reported once, ids that stay away are deleted.

    `known` restores it after a restart: the last report of each id, deletions included. Grace starts anew then.
    """

    def __init__(self, known: Iterable[SeismicEvent] = (), window: timedelta = WINDOW) -> None:
        self._window = window
        self._known = {report.source_event_id: _Known(report) for report in known}
        self._last: datetime | None = None

    def known(self) -> tuple[SeismicEvent, ...]:
        """The last report of each id still remembered: what `Silence(known)` restores from."""
        return tuple(entry.report for entry in self._known.values())

    def observe(
        self, generated_at: datetime, reports: Iterable[SeismicEvent], also_listed: Collection[str] = ()
    ) -> tuple[SeismicEvent, ...]:
        """The creates, updates and deletes that the look made at `generated_at` brings, none if it is an old one.

        `also_listed` names ids that were listed without a readable report: they are not missing.
        """
        if self._last is not None and generated_at <= self._last:
            return ()
        self._last = generated_at
        reports = list(reports)
        listed = {name for report in reports for name in (report.source_event_id, *report.aliases)} | {*also_listed}
        for name in listed & self._known.keys():
            self._known[name].missing_since, self._known[name].missing_looks = None, 0
        changed = [change for report in reports if (change := self._take_in(report))]
        return (*changed, *self._deletions(generated_at, listed))

    def _take_in(self, report: SeismicEvent) -> SeismicEvent | None:
        entry = self._known.get(report.source_event_id)
        if entry is None:
            self._known[report.source_event_id] = _Known(report)
            return report
        if entry.report.content_hash == report.content_hash:
            return None
        entry.report = report if report.kind == "delete" else replace(report, kind="update")
        return entry.report

    def _deletions(self, generated_at: datetime, listed: Collection[str]) -> list[SeismicEvent]:
        start = generated_at - self._window
        self._known = {
            name: entry for name, entry in self._known.items() if name in listed or entry.report.origin_time >= start
        }
        valid = [entry for entry in self._known.values() if entry.report.kind != "delete"]
        missing = [entry for entry in valid if entry.report.source_event_id not in listed]
        missing = [entry for entry in missing if entry.report.origin_time >= start + MARGIN]
        if len(valid) >= MANY and len(missing) > TRUSTED_SHARE * len(valid):
            return []
        return [entry.report for entry in missing if _gone(entry, generated_at)]


def _gone(entry: _Known, generated_at: datetime) -> bool:
    entry.missing_since = entry.missing_since or generated_at
    entry.missing_looks += 1
    if entry.missing_looks < GRACE_LOOKS or generated_at - entry.missing_since < GRACE:
        return False
    entry.report = replace(entry.report, kind="delete")
    return True
