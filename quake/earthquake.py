"""One earthquake as identity knows it: its solutions by agency id, and the solution preferred now."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from itertools import count
from typing import Any

from quake.authority import standing
from quake.event import SeismicEvent

REPORT_FIELDS = tuple(field.name for field in fields(SeismicEvent))

Key = tuple[str, str]
"""A feed and an id of that feed: every feed has a name space of its own."""


@dataclass(slots=True)
class Solution:
    """The last report under one id, and the stretch of the log in which the feed is known to have listed it."""

    event: SeismicEvent
    content_hash: str
    source_revision: int
    first: int
    """`processed_sequence` of the first report since the id appeared, or came back."""
    last: int
    """`processed_sequence` of the last report."""

    @property
    def key(self) -> Key:
        """The feed and the id."""
        return self.event.source, self.event.source_event_id

    @property
    def listed(self) -> bool:
        """Whether the feed still has it, as far as is known."""
        return self.event.kind != "delete"

    def linked(self, other: "Solution") -> bool:
        """Whether their feed says that both ids are one earthquake."""
        if self.event.source != other.event.source:
            return False
        return not ids_of(self.event).isdisjoint(ids_of(other.event))

    def contradicts(self, other: "Solution") -> bool:
        """Whether one feed lists both, unlinked: one network never does, two may until the older id is dropped."""
        if self.event.source != other.event.source or not (self.listed and other.listed) or self.linked(other):
            return False
        listed_together = self.last >= other.first and other.last >= self.first
        return self.event.network == other.event.network or listed_together


@dataclass(slots=True)
class Earthquake:
    """All that is known of one earthquake."""

    quake_id: str
    revision: int
    first: int
    """`processed_sequence` of the report that founded it: of two that merge, the older survives."""
    changed_at: datetime
    preferred: SeismicEvent
    status: str = "active"
    superseded_by: str | None = None
    reports: int = 0
    solutions: dict[Key, Solution] = field(default_factory=dict)
    ids: set[Key] = field(default_factory=set)
    """Every id that leads here."""

    def listed(self) -> list[Solution]:
        """Solutions that have not been withdrawn."""
        return [solution for solution in self.solutions.values() if solution.listed]

    def settle(self) -> None:
        """Brings `status` and `preferred` in line with the solutions; the last preferred outlives a withdrawal."""
        listed = sorted(self.listed(), key=lambda solution: standing(solution.event, solution.last))
        self.status, self.superseded_by = ("active" if listed else "withdrawn"), None
        if listed:
            self.preferred = with_magnitude([solution.event for solution in listed])


def with_magnitude(events: list[SeismicEvent]) -> SeismicEvent:
    """The first event, with the magnitude of the first that has one."""
    best, lender = events[0], next((event for event in events if event.magnitude is not None), None)
    if lender is None or lender is best:
        return best
    return replace(best, magnitude=lender.magnitude, magnitude_type=lender.magnitude_type)


def ids_of(event: SeismicEvent) -> set[Key]:
    """Every id under which the report's feed knows the earthquake."""
    return {(event.source, alias) for alias in (event.source_event_id, *event.aliases)}


def quake_ids(event: SeismicEvent) -> Iterator[str]:
    """Names for the earthquake that `event` is the first report of, such as `q20170729-k3mzq7pa`: the one it gets, then
    those for the rare case that an earthquake of that name is still about, after a split.
    """
    for salt in count():
        text = "\n".join((event.source, event.source_event_id, str(salt)))
        digest = hashlib.blake2b(text.encode(), digest_size=5).digest()
        yield f"q{event.origin_time:%Y%m%d}-{base64.b32encode(digest).decode().lower()}"


def to_record(quake: Earthquake) -> dict[str, Any]:
    """The earthquake as plain values that JSON can hold."""
    return {
        "quake_id": quake.quake_id,
        "revision": quake.revision,
        "first": quake.first,
        "changed_at": quake.changed_at.isoformat(),
        "preferred": _event_record(quake.preferred),
        "status": quake.status,
        "superseded_by": quake.superseded_by,
        "reports": quake.reports,
        "ids": sorted(map(list, quake.ids)),
        "solutions": [_solution_record(solution) for solution in quake.solutions.values()],
    }


def from_record(record: dict[str, Any]) -> Earthquake:
    """The earthquake that `to_record` wrote."""
    solutions = [Solution(**item | {"event": _event(item["event"])}) for item in record["solutions"]]
    return Earthquake(
        **record
        | {
            "changed_at": datetime.fromisoformat(record["changed_at"]),
            "preferred": _event(record["preferred"]),
            "ids": set(map(tuple, record["ids"])),
            "solutions": {solution.key: solution for solution in solutions},
        }
    )


def _solution_record(solution: Solution) -> dict[str, Any]:
    numbers = {name: getattr(solution, name) for name in ("content_hash", "source_revision", "first", "last")}
    return numbers | {"event": _event_record(solution.event)}


def _event_record(event: SeismicEvent) -> dict[str, Any]:
    values = {name: getattr(event, name) for name in REPORT_FIELDS}
    return {name: _plain(value) for name, value in values.items() if value not in (None, "", ())}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _event(record: dict[str, Any]) -> SeismicEvent:
    times = {name: datetime.fromisoformat(record[name]) for name in record.keys() & _TIMES}
    return SeismicEvent(**record | times | {"aliases": tuple(record.get("aliases", ()))})


_TIMES = {"origin_time", "updated_at", "ingested_at"}
