"""Every remembered earthquake, by name, by id and by place; the four changes that keep the three in step."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from quake.association import HYSTERESIS, Index, separation
from quake.earthquake import Earthquake, Key, Solution, ids_of, quake_ids

REMEMBERED = timedelta(days=45)
"""How long an earthquake is remembered after its last report."""
REMEMBERED_LARGE = timedelta(days=400)
"""The same from M4.5 on: few, and revised for months (nc72852151 was silent for 52 days)."""
LARGE_MAGNITUDE = 4.5


@dataclass(slots=True)
class World:
    """The earthquakes. `owner` says which one an id leads to, `index` which ones are near."""

    quakes: dict[str, Earthquake] = field(default_factory=dict)
    owner: dict[Key, str] = field(default_factory=dict)
    index: Index = field(default_factory=Index)

    def add(self, quake: Earthquake) -> None:
        """Takes in an earthquake with all its ids."""
        self.quakes[quake.quake_id] = quake
        self.owner |= dict.fromkeys(quake.ids, quake.quake_id)
        self.file(quake)

    def file(self, quake: Earthquake) -> None:
        """Brings the index up to date; a superseded earthquake is found by name only."""
        if quake.status == "superseded":
            self.index.remove(quake.quake_id)
        else:
            self.index.put(quake.quake_id, quake.preferred)

    def solution(self, key: Key) -> Solution | None:
        """The last report under an id."""
        owner = self.owner.get(key)
        return None if owner is None else self.quakes[owner].solutions.get(key)

    def claim(self, quake: Earthquake, solution: Solution) -> None:
        """Lets the solution's id and those of its aliases that nobody has lead to the earthquake."""
        ids = {key for key in ids_of(solution.event) if key not in self.owner} | {solution.key}
        quake.ids |= ids
        self.owner |= dict.fromkeys(ids, quake.quake_id)

    def found(self, solution: Solution) -> Earthquake:
        """A new earthquake; or, woken, the superseded one that this id once founded."""
        name = next(name for name in quake_ids(solution.event) if self._free(name))
        if name not in self.quakes:
            start = first_number(solution) - 1
            self.quakes[name] = Earthquake(name, start, solution.last, solution.event.ingested_at, solution.event)
        return self.quakes[name]

    def nearest(self, quake: Earthquake) -> Earthquake | None:
        """The closest other earthquake within the thresholds that no feed tells apart; the older of equals."""
        best, least = None, (1.0, 0)
        for name in self.index.near(quake.preferred):
            other = self.quakes[name]
            if other is quake or other.status == "superseded":
                continue
            apart = separation(quake.preferred, other.preferred)
            if apart <= 1 and (best is None or (apart, other.first) < least) and not _told_apart(quake, other):
                best, least = other, (apart, other.first)
        return best

    def merge(self, first: Earthquake, second: Earthquake) -> None:
        """Makes one earthquake of two; the older keeps its name."""
        winner, loser = sorted((first, second), key=lambda quake: quake.first)
        winner.solutions |= loser.solutions
        winner.ids |= loser.ids
        winner.reports += loser.reports
        self.owner |= dict.fromkeys(loser.ids, winner.quake_id)
        loser.solutions, loser.ids = {}, set()
        winner.settle()
        loser.status, loser.superseded_by = "superseded", winner.quake_id
        self.file(winner)
        self.file(loser)

    def split(self, quake: Earthquake, parting: list[Solution]) -> Earthquake:
        """Gives the solutions that are `parting` an earthquake of their own."""
        for solution in parting:
            del quake.solutions[solution.key]
        theirs = set().union(*(ids_of(solution.event) for solution in parting))
        kept = set().union(*(ids_of(solution.event) for solution in quake.solutions.values()))
        part = self.found(min(parting, key=lambda solution: solution.first))
        part.solutions = {solution.key: solution for solution in parting}
        part.ids = (theirs - kept) & quake.ids | part.solutions.keys()
        part.reports = len(parting)
        quake.ids -= part.ids
        part.settle()
        self.add(part)
        return part

    def forget(self, midnight: datetime) -> None:
        """Drops what nobody has reported on for long. A superseded earthquake goes with the one that took its place."""
        for quake in list(self.quakes.values()):
            if quake.status != "superseded" and midnight - quake.changed_at > _remembered(quake):
                self.index.remove(quake.quake_id)
                for key in quake.ids:
                    del self.owner[key]
                del self.quakes[quake.quake_id]
        orphans = [quake for quake in self.quakes.values() if quake.superseded_by and not self._successor(quake)]
        for quake in orphans:
            del self.quakes[quake.quake_id]

    def _free(self, name: str) -> bool:
        return name not in self.quakes or self.quakes[name].status == "superseded"

    def _successor(self, quake: Earthquake | None) -> bool:
        while quake is not None and quake.superseded_by is not None:
            quake = self.quakes.get(quake.superseded_by)
        return quake is not None


def first_number(solution: Solution) -> int:
    """1; for an earthquake so old that it may have been forgotten, a number that was never given before."""
    late = solution.event.ingested_at - solution.event.origin_time >= REMEMBERED
    return solution.last if late else 1


def leaving(quake: Earthquake, solution: Solution) -> list[Solution]:
    """The solutions that prove to be another earthquake's, now that `solution` has come; none if none does."""
    others = [other for other in quake.listed() if other.key != solution.key and not other.linked(solution)]
    if not solution.listed or not others:
        return []
    rival = next((other for other in others if other.contradicts(solution)), None)
    if rival is None:
        rival = min(others, key=lambda other: separation(other.event, solution.event))
        if separation(rival.event, solution.event) <= HYSTERESIS:
            return []
    return _younger_side(quake, solution, rival)


def _younger_side(quake: Earthquake, solution: Solution, rival: Solution) -> list[Solution]:
    sides: dict[Key, list[Solution]] = {solution.key: [], rival.key: []}
    for other in quake.solutions.values():
        near_solution = separation(other.event, solution.event) <= separation(other.event, rival.event)
        with_solution = other.linked(solution) or (near_solution and not other.linked(rival))
        sides[(solution if with_solution else rival).key].append(other)
    return max(sides.values(), key=lambda side: min(item.first for item in side))


def _told_apart(first: Earthquake, second: Earthquake) -> bool:
    return any(a.contradicts(b) for a in first.solutions.values() for b in second.solutions.values())


def _remembered(quake: Earthquake) -> timedelta:
    magnitude = quake.preferred.magnitude
    return REMEMBERED_LARGE if magnitude is not None and magnitude >= LARGE_MAGNITUDE else REMEMBERED
