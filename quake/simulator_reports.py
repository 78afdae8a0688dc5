"""What agencies make of true earthquakes: late, noisy, revised, repeated, renamed, withdrawn.

For tests and load. Every report knows its true earthquake, so that a test can judge who was taken for whom.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from quake.event import Kind, SeismicEvent
from quake.simulator import Earthquakes, displaced

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency's habits; shares are probabilities per earthquake, or per report where it says so."""

    source: str
    network: str
    detection: float = 1.0
    """Share of earthquakes it ever reports."""
    delay_minutes: float = 6.0
    """Median from origin to first report; log-normal, sigma 0.7."""
    location_km: float = 5.0
    """Standard deviation of the first location; halves with each revision."""
    magnitude_error: float = 0.3
    """The largest error of a magnitude: no revision exceeds twice this. Half of it is the standard deviation."""
    revisions: float = 1.0
    """Mean number after the first report."""
    no_magnitude: float = 0.1
    """First reports without a magnitude, among earthquakes that are revised."""
    late_by_days: float = 0.03
    withdrawn: float = 0.02
    """Real earthquakes whose report is taken back in the end."""
    false: float = 0.01
    """False earthquakes for each true one; all are withdrawn."""
    renamed: float = 0.03
    """Earthquakes whose last revision comes under another id, with both in `aliases`."""
    repeated: float = 0.05
    """Reports sent twice."""
    delayed: float = 0.03
    """Reports held up for up to 30 minutes, so that others overtake them."""


AGENCIES = (
    Agency("simulate", "sa"),
    Agency("simulate2", "SB", detection=0.6, delay_minutes=10.0, location_km=12.0, renamed=0.0),
)


@dataclass(frozen=True, slots=True)
class SimulatedReport:
    """One report as it arrives."""

    at: datetime
    """When it reaches us."""
    event: SeismicEvent
    quake: int
    """Number of the true earthquake in its `Earthquakes`; negative for a false one."""


def simulate_reports(
    rng: Generator, earthquakes: Earthquakes, start: datetime, agencies: Sequence[Agency] = AGENCIES
) -> list[SimulatedReport]:
    """All reports of all agencies in the order of arrival; `start` is day 0 of the earthquakes."""
    reports = [report for agency in agencies for report in _by_agency(rng, earthquakes, start, agency)]
    return sorted(reports, key=lambda report: (report.at, report.event.source, report.event.source_event_id))


def _by_agency(rng: Generator, earthquakes: Earthquakes, start: datetime, agency: Agency) -> list[SimulatedReport]:
    seen, number = _seen(rng, earthquakes, agency)
    timeline = _timeline(rng, seen, number < 0, agency)
    events = _events(rng, seen, timeline, start, agency)
    arrivals, rows = timeline.arrives.tolist(), timeline.row.tolist()
    reports = [
        SimulatedReport(_time(start, at), event, int(number[row])) for at, row, event in zip(arrivals, rows, events)
    ]
    repeated = np.flatnonzero(rng.random(len(reports)) < agency.repeated).tolist()
    again = rng.uniform(0, 1 / 24, len(repeated)).tolist()
    return reports + [
        replace(reports[index], at=reports[index].at + timedelta(days=later)) for index, later in zip(repeated, again)
    ]


def _seen(rng: Generator, earthquakes: Earthquakes, agency: Agency) -> tuple[Earthquakes, NDArray[np.intp]]:
    """What the agency takes for earthquakes, and their true numbers; a false one copies a true one elsewhere, later."""
    detected = np.flatnonzero(rng.random(len(earthquakes)) < agency.detection)
    false = rng.binomial(len(detected), agency.false)
    copied = rng.choice(detected, false) if false else detected[:0]
    seen = earthquakes.take(np.concatenate([detected, copied]))
    seen.days[len(detected) :] += rng.uniform(0.05, 0.5, false)
    seen.latitude[len(detected) :] *= -0.9
    return seen, np.concatenate([detected, -1 - np.arange(false)])


_Label = tuple[tuple[str, ...], Kind, bool, bool]
"""Ids, kind, whether the magnitude is unknown, whether reviewed."""


@dataclass(frozen=True, slots=True)
class _Timeline:
    """All versions of an agency's reports, an earthquake's one after another; arrays of shape (n,)."""

    row: NDArray[np.intp]
    """Row of the earthquake in what the agency has seen."""
    version: NDArray[np.intp]
    first: NDArray[np.intp]
    """Where the earthquake's first version stands."""
    last: NDArray[np.bool_]
    delete: NDArray[np.bool_]
    published: Array
    """Days."""
    arrives: Array
    """Days; later than published for the reports that are held up."""


def _timeline(rng: Generator, seen: Earthquakes, false: NDArray[np.bool_], agency: Agency) -> _Timeline:
    withdrawn = false | (rng.random(len(seen)) < agency.withdrawn)
    counts = 1 + rng.poisson(agency.revisions, len(seen)) + withdrawn
    row = np.repeat(np.arange(len(seen)), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    version = np.arange(len(row)) - first
    last = version == counts[row] - 1
    gaps = np.cumsum(np.where(version == 0, 0.0, rng.lognormal(np.log(0.02), 1.0, len(row))))
    published = (seen.days + _delays(rng, len(seen), agency))[row] + gaps - gaps[first]
    held = np.where(rng.random(len(row)) < agency.delayed, rng.uniform(0, 30 / 1440, len(row)), 0.0)
    return _Timeline(row, version, first, last, last & withdrawn[row], published, published + held)


def _delays(rng: Generator, count: int, agency: Agency) -> Array:
    minutes = agency.delay_minutes * rng.lognormal(0, 0.7, count)
    late = np.where(rng.random(count) < agency.late_by_days, rng.uniform(1, 5, count), 0.0)
    return minutes / 1440 + late


def _solutions(rng: Generator, seen: Earthquakes, timeline: _Timeline, agency: Agency) -> tuple[Array, ...]:
    """Latitude, longitude, depth and magnitude of every version; errors halve from one to the next."""
    truth, precision = seen.take(timeline.row), 0.5**timeline.version
    distance = agency.location_km * precision * np.hypot(*rng.standard_normal((2, len(truth))))
    bearing = rng.uniform(0, 2 * np.pi, len(truth))
    latitude, longitude = displaced(truth.latitude, truth.longitude, bearing, distance)
    depth = truth.depth_km + 2 * agency.location_km * precision * rng.normal(size=len(truth))
    error = agency.magnitude_error * np.clip(rng.normal(0, 0.5, len(truth)), -1, 1)
    # A withdrawal tells nothing new: it repeats the version before it.
    told = timeline.first + np.maximum(timeline.version - timeline.delete, 0)
    places = ((latitude, 4), (longitude, 4), (np.maximum(depth, 0), 1), (truth.magnitude + error * precision, 2))
    return tuple(np.round(column, digits)[told] for column, digits in places)


def _events(
    rng: Generator, seen: Earthquakes, timeline: _Timeline, start: datetime, agency: Agency
) -> Iterator[SeismicEvent]:
    """The reports, one a version."""
    origin = [_time(start, day) for day in seen.days.tolist()]
    solutions = zip(*(column.tolist() for column in _solutions(rng, seen, timeline, agency)))
    labels = zip(_ids(rng, timeline, agency), _kinds(timeline), _unknown(rng, timeline, agency), timeline.version > 1)
    for row, day, label, solution in zip(timeline.row.tolist(), timeline.published.tolist(), labels, solutions):
        yield _event(agency, origin[row], _time(start, day), label, solution)


def _event(agency: Agency, origin_time: datetime, updated_at: datetime, label: _Label, solution: tuple) -> SeismicEvent:
    (ids, kind, unknown, reviewed), (latitude, longitude, depth_km, magnitude) = label, solution
    return SeismicEvent(
        source=agency.source,
        source_event_id=ids[-1],
        kind=kind,
        origin_time=origin_time,
        updated_at=updated_at,
        latitude=latitude,
        longitude=longitude,
        depth_km=depth_km,
        magnitude=None if unknown else magnitude,
        magnitude_type=None if unknown else "ml" if magnitude < 5 else "mww",
        review_status="reviewed" if reviewed else "automatic",
        place="simulated",
        aliases=ids,
        network=agency.network,
    )


def _kinds(timeline: _Timeline) -> list[Kind]:
    told: tuple[Kind, Kind, Kind] = ("update", "create", "delete")
    return [told[code] for code in np.where(timeline.delete, 2, timeline.version == 0).tolist()]


def _unknown(rng: Generator, timeline: _Timeline, agency: Agency) -> list[bool]:
    """Whether a version comes without magnitude: some first ones that are revised, and what withdraws just those."""
    chosen = (rng.random(len(timeline.row)) < agency.no_magnitude)[timeline.first]
    told = timeline.version - timeline.delete
    return (chosen & (told == 0) & (timeline.delete | ~timeline.last)).tolist()


def _ids(rng: Generator, timeline: _Timeline, agency: Agency) -> Iterator[tuple[str, ...]]:
    """Ids of each version, its own last; some last versions come under a new id that names the old one too."""
    chosen = (rng.random(len(timeline.row)) < agency.renamed) & timeline.last & ~timeline.delete
    changed = (chosen & (timeline.version > 0)).tolist()
    for row, change in zip(timeline.row.tolist(), changed):
        own = f"{agency.network.lower()}{row:07d}"
        yield (own, f"{own}r") if change else (own,)


def _time(start: datetime, days: float) -> datetime:
    return start + timedelta(seconds=round(86_400 * days, 3))
