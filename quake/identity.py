"""Which earthquake a report speaks of: new, revised, duplicate, merged, split, withdrawn, returned.

One instance is the world's. It is a plain fold over reports in their order: the same reports give the same state and
the same answers, whatever restarts lie between. Rules and their sources: docs/identity.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from quake.earthquake import REPORT_FIELDS, Earthquake, Solution, from_record, ids_of, to_record
from quake.event import SeismicEvent
from quake.identity_world import World, first_number, leaving
from quake.schema import EventReport


@dataclass(frozen=True, slots=True)
class Resolution:
    """One earthquake after one report: what is to be told about it."""

    quake_id: str
    revision: int
    """Counts up for each earthquake; every resolution is a new one."""
    status: str
    """`active`, `withdrawn` or `superseded`."""
    superseded_by: str | None
    preferred: SeismicEvent
    """The solution preferred now; of a withdrawn or superseded earthquake the last one."""
    reports: int
    """Reports taken in for it so far."""
    report_row: EventReport | None
    """The row to store for the report; exactly one resolution of a report carries it."""


class Identities:
    """All earthquakes that are remembered."""

    def __init__(self) -> None:
        self.processed_sequence = 0
        """Reports taken in so far, duplicates not counted."""
        self.day = date.min
        """Up to when the old are forgotten: always a Monday."""
        self.world = World()

    def identify(self, report: SeismicEvent) -> list[Resolution]:
        """Takes in a report, in the order of `sequence`. Empty for a duplicate, and for a report that was delivered
        before or after a newer one of its id; otherwise one resolution for each earthquake it changed, survivors before
        the superseded.

        Raises ValueError for a report that ingest has not stamped.
        """
        if report.ingested_at is None:
            raise ValueError(f"report {report.source} {report.source_event_id} has no ingested_at: stamp it first")
        self.advance(report.ingested_at)
        known = self.world.solution((report.source, report.source_event_id))
        content_hash = report.content_hash
        if known is not None and (known.content_hash == content_hash or _overtaken(report, known.event)):
            return []
        self.processed_sequence += 1
        solution = _solution(report, content_hash, known, self.processed_sequence)
        return self._resolutions(self._take_in(solution), solution)

    def advance(self, at: datetime) -> None:
        """Lets time pass: once a week, forgets the earthquakes that nobody has reported on for long."""
        monday = at.date() - timedelta(days=at.weekday())
        if monday > self.day:
            self.day = monday
            self.world.forget(datetime.combine(monday, time.min, at.tzinfo))

    def to_records(self) -> list[dict[str, Any]]:
        """The state as plain values that JSON can hold: a header, then one record for each earthquake."""
        header = {"processed_sequence": self.processed_sequence, "day": self.day.isoformat()}
        return [header, *(to_record(quake) for quake in self.world.quakes.values())]

    @classmethod
    def from_records(cls, records: Iterable[dict[str, Any]]) -> "Identities":
        """The state that `to_records` wrote."""
        header, *quakes = records
        identities = cls()
        identities.processed_sequence = header["processed_sequence"]
        identities.day = date.fromisoformat(header["day"])
        for quake in quakes:
            identities.world.add(from_record(quake))
        return identities

    @classmethod
    def rebuild(cls, rows: Iterable[EventReport]) -> "Identities":
        """The state after all `event_reports`: they are the log, folded in the order of `processed_sequence`."""
        identities = cls()
        for row in sorted(rows, key=lambda row: row.processed_sequence):
            identities.identify(report_of(row))
        return identities

    def _take_in(self, solution: Solution) -> dict[str, Earthquake]:
        """Puts the solution where it belongs, then parts and joins what it proves to be two or one."""
        home, *aliased = self._homes(solution)
        changed = {quake.quake_id: quake for quake in (home, *aliased)}
        home.solutions[solution.key] = solution
        home.reports += 1
        self.world.claim(home, solution)
        for quake in aliased:
            self.world.merge(self.world.quakes[self.world.owner[solution.key]], quake)
        home = self.world.quakes[self.world.owner[solution.key]]
        apart = leaving(home, solution)
        if apart:
            part = self.world.split(home, apart)
            changed[part.quake_id] = part
        home.settle()
        self.world.file(home)
        for quake in list(changed.values()):
            changed |= self._join(quake)
        return changed

    def _homes(self, solution: Solution) -> list[Earthquake]:
        """The earthquakes the report is about, the first by its own id if that is known; by closeness if none is."""
        world = self.world
        keys = [solution.key, *sorted(ids_of(solution.event))]
        names = dict.fromkeys(world.owner[key] for key in keys if key in world.owner)
        if names:
            return [world.quakes[name] for name in names]
        probe = Earthquake("", 0, solution.first, solution.event.ingested_at, solution.event)
        probe.solutions[solution.key] = solution
        return [world.nearest(probe) or world.found(solution)]

    def _join(self, quake: Earthquake) -> dict[str, Earthquake]:
        """Merges the earthquake with an active one it has turned out to be: it moved there, or its id was changed."""
        if quake.status == "superseded":
            return {}
        near = self.world.nearest(quake)
        if near is None or near.status != "active" or (quake.status == "withdrawn" and not _share_a_feed(quake, near)):
            return {}
        self.world.merge(quake, near)
        return {near.quake_id: near}

    def _resolutions(self, changed: dict[str, Earthquake], solution: Solution) -> list[Resolution]:
        owner = self.world.owner[solution.key]
        row = _row(solution, owner, self.processed_sequence)
        for quake in changed.values():
            quake.revision += 1
            quake.changed_at = solution.event.ingested_at
        ordered = sorted(changed.values(), key=lambda quake: (quake.status == "superseded", quake.quake_id != owner))
        return [_resolution(quake, row if quake.quake_id == owner else None) for quake in ordered]


def report_of(row: EventReport) -> SeismicEvent:
    """The report a row was made of."""
    return SeismicEvent(**{name: getattr(row, name) for name in REPORT_FIELDS})


def _solution(report: SeismicEvent, content_hash: str, known: Solution | None, now: int) -> Solution:
    kind = "delete" if report.kind == "delete" else "create" if known is None else "update"
    first = known.first if known is not None and known.listed else now
    event = report if report.kind == kind else replace(report, kind=kind)
    solution = Solution(event, content_hash, 1, first, now)
    solution.source_revision = first_number(solution) if known is None else known.source_revision + 1
    return solution


def _overtaken(report: SeismicEvent, last: SeismicEvent) -> bool:
    """Whether the report comes again, or too late. Both clocks must say so: ingest may have begun to count anew."""
    return report.sequence < last.sequence and report.ingested_at <= last.ingested_at


def _row(solution: Solution, owner: str, processed_sequence: int) -> EventReport:
    return EventReport(
        quake_id=owner,
        source_revision=solution.source_revision,
        processed_sequence=processed_sequence,
        content_hash=solution.content_hash,
        **{name: getattr(solution.event, name) for name in REPORT_FIELDS},
    )


def _resolution(quake: Earthquake, row: EventReport | None) -> Resolution:
    superseded_by = quake.superseded_by
    return Resolution(quake.quake_id, quake.revision, quake.status, superseded_by, quake.preferred, quake.reports, row)


def _share_a_feed(first: Earthquake, second: Earthquake) -> bool:
    return not {key[0] for key in first.solutions}.isdisjoint(key[0] for key in second.solutions)
