"""What agencies make of true earthquakes: late, noisy, revised, repeated, renamed, withdrawn. Seeded, for tests and load.

Every report knows its true earthquake, so that a test can judge who was taken for whom.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from quake.event import SeismicEvent
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


@dataclass(frozen=True, slots=True)
class _Versions:
    """Columns of all versions of one agency's reports, shape (n,)."""

    number: NDArray[np.intp]
    version: NDArray[np.intp]
    last: NDArray[np.bool_]
    delete: NDArray[np.bool_]
    published: Array
    """Days."""
    arrives: Array
    latitude: Array
    longitude: Array
    depth_km: Array
    magnitude: Array


def _by_agency(
    rng: Generator, earthquakes: Earthquakes, start: datetime, agency: Agency
) -> Iterator[SimulatedReport]:
    detected = np.flatnonzero(rng.random(len(earthquakes)) < agency.detection)
    count = rng.binomial(len(detected), agency.false)
    # A false earthquake looks like a detected one seen from elsewhere at another time.
    copied = rng.choice(detected, count) if count else detected[:0]
    seen = earthquakes.take(np.concatenate([detected, copied]))
    seen.days[len(detected) :] += rng.uniform(0.05, 0.5, count)
    seen.latitude[len(detected) :] *= -0.9
    number = np.concatenate([detected, -1 - np.arange(count)])
    versions = _versions(rng, seen, number < 0, agency)
    names = _Names(agency, rng.random(len(seen)) < agency.renamed, rng.random(len(seen)) < agency.no_magnitude)
    repeated = np.flatnonzero(rng.random(len(versions.number)) < agency.repeated)
    again = rng.uniform(0, 1 / 24, len(repeated))
    reports = [
        SimulatedReport(_time(start, versions.arrives[row]), event, int(number[versions.number[row]]))
        for row, event in enumerate(names.events(versions, seen, start))
    ]
    yield from reports
    for row, later in zip(repeated, again):
        yield replace(reports[row], at=reports[row].at + timedelta(days=float(later)))


def _versions(rng: Generator, seen: Earthquakes, false: NDArray[np.bool_], agency: Agency) -> _Versions:
    """Every version of every earthquake's report, an earthquake's versions one after another."""
    withdrawn = false | (rng.random(len(seen)) < agency.withdrawn)
    counts = 1 + rng.poisson(agency.revisions, len(seen)) + withdrawn
    number = np.repeat(np.arange(len(seen)), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    version = np.arange(len(number)) - first
    last = version == counts[number] - 1
    delete = last & withdrawn[number]
    gaps = np.where(version == 0, 0.0, rng.lognormal(np.log(0.02), 1.0, len(number)))
    waited = np.cumsum(gaps) - np.cumsum(gaps)[first]
    published = (seen.days + _delays(rng, len(seen), agency))[number] + waited
    held = np.where(rng.random(len(number)) < agency.delayed, rng.uniform(0, 30 / 1440, len(number)), 0.0)
    # A withdrawal tells nothing new: it repeats the version before it.
    content = first + np.maximum(version - delete, 0)
    precision = 0.5**version
    distance = agency.location_km * precision * np.hypot(*rng.standard_normal((2, len(number))))
    latitude, longitude = displaced(
        seen.latitude[number], seen.longitude[number], rng.uniform(0, 2 * np.pi, len(number)), distance
    )
    depth = np.maximum(seen.depth_km[number] + 2 * agency.location_km * precision * rng.normal(size=len(number)), 0)
    limit = agency.magnitude_error
    error = np.clip(rng.normal(0, limit / 2, len(number)) * precision, -limit, limit)
    magnitude = np.round(seen.magnitude[number] + error, 2)
    values = (column[content] for column in (latitude, longitude, depth, magnitude))
    return _Versions(number, version, last, delete, published, published + held, *values)


def _delays(rng: Generator, count: int, agency: Agency) -> Array:
    minutes = agency.delay_minutes * rng.lognormal(0, 0.7, count)
    late = np.where(rng.random(count) < agency.late_by_days, rng.uniform(1, 5, count), 0.0)
    return minutes / 1440 + late


@dataclass(frozen=True, slots=True)
class _Names:
    agency: Agency
    renamed: NDArray[np.bool_]
    no_magnitude: NDArray[np.bool_]

    def events(self, versions: _Versions, seen: Earthquakes, start: datetime) -> Iterator[SeismicEvent]:
        """The reports of `versions` in their order."""
        agency = self.agency
        origin = [_time(start, day) for day in seen.days.tolist()]
        columns = [getattr(versions, name).tolist() for name in _Versions.__slots__]
        for number, version, last, delete, published, _, latitude, longitude, depth, magnitude in zip(*columns):
            name, aliases = self._ids(number, version > 0 and last and not delete)
            # Only an earthquake that is revised starts without a magnitude; a withdrawal repeats what was told.
            unknown = self.no_magnitude[number] and version == delete and (delete or not last)
            yield SeismicEvent(
                source=agency.source,
                source_event_id=name,
                kind="delete" if delete else "create" if version == 0 else "update",
                origin_time=origin[number],
                updated_at=_time(start, published),
                latitude=round(latitude, 4),
                longitude=round(longitude, 4),
                depth_km=round(depth, 1),
                magnitude=None if unknown else magnitude,
                magnitude_type=None if unknown else "ml" if magnitude < 5 else "mww",
                review_status="reviewed" if version > 1 else "automatic",
                place="simulated",
                aliases=aliases,
                network=agency.network,
            )

    def _ids(self, number: int, final: bool) -> tuple[str, tuple[str, ...]]:
        own = f"{self.agency.network.lower()}{number:07d}"
        if not (self.renamed[number] and final):
            return own, (own,)
        return f"{own}r", (own, f"{own}r")


def _time(start: datetime, days: float) -> datetime:
    return start + timedelta(seconds=round(86_400 * days, 3))
