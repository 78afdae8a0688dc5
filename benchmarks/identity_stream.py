"""An adversarial stream: two agencies' reports of earthquakes whose true numbers only the checker sees.

Duplicates, late and reordered reports, `updated` running backwards, null magnitudes, revisions of up to 0.6, content
A-B-A, changed ids with and without aliases, withdrawals, returns, false detections, doublets, swarms, floods of
aftershocks; on cell borders, on the antimeridian and at the poles.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from benchmarks.identity_quakes import Truth, truths
from quake.event import SeismicEvent, Tick, stamped
from quake.geo import destination
from quake.simulator import World, simulate_earthquakes
from quake.simulator_reports import SimulatedReport, simulate_reports

START = datetime(2026, 1, 1, tzinfo=UTC)
TICK_S = 600.0
"""Between ticks; the service's are ten times as frequent."""


BUSY = World(rate_per_day=120.0, magnitude_min=3.5)
"""About 400 earthquakes a day with their aftershocks, and more large ones than the real world has."""


@dataclass(frozen=True, slots=True)
class Step:
    """One message, and the true number of the earthquake it speaks of; None for a tick."""

    truth: int | None
    message: SeismicEvent | Tick


def adversarial_stream(rng: np.random.Generator, events: int, days: float) -> list[Step]:
    """Every message in the order of ingest, with ticks, until `days` and eight more have passed."""
    arrivals = [arrival for truth in truths(rng, events, days) for arrival in reports(rng, truth)]
    return _in_order(arrivals, days)


def simulated_stream(rng: np.random.Generator, days: float) -> list[Step]:
    """The same from the service's own simulator: a world of clustered earthquakes, seen by two agencies."""
    reports_of = simulate_reports(rng, simulate_earthquakes(rng, days, BUSY), START)
    arrivals = [((report.at - START).total_seconds(), _number(report), report.event) for report in reports_of]
    return _in_order(arrivals, days)


def _number(report: SimulatedReport) -> int:
    """Every agency counts its own false detections from -1 down."""
    return report.quake if report.quake >= 0 else 2 * report.quake - (report.event.source == "simulate")


def _in_order(arrivals: list[tuple[float, int | None, SeismicEvent | None]], days: float) -> list[Step]:
    ticks = [(tick_s, None, None) for tick_s in np.arange(0.0, (days + 8) * 86_400, TICK_S)]
    ordered = sorted(arrivals + ticks, key=lambda arrival: arrival[0])
    return [_step(*arrival, sequence) for sequence, arrival in enumerate(ordered, start=1)]


def _step(at_s: float, truth: int | None, event: SeismicEvent | None, sequence: int) -> Step:
    at = START + timedelta(seconds=at_s)
    message = Tick(sequence=sequence, at=at) if event is None else stamped(event, sequence, at)
    return Step(truth, message)


def reports(rng: np.random.Generator, truth: Truth) -> Iterator[tuple[float, int, SeismicEvent]]:
    """What USGS and EMSC say of one earthquake: (arrival in seconds after START, number, report)."""
    by_usgs = truth.false or rng.random() < 0.9
    if by_usgs:
        yield from _with_noise(rng, truth, _usgs(rng, truth))
    if not by_usgs or (not truth.false and rng.random() < 0.5):
        yield from _with_noise(rng, truth, _emsc(rng, truth))


def _usgs(rng: np.random.Generator, truth: Truth) -> Iterator[tuple[float, SeismicEvent]]:
    name, delay = f"us{truth.number}", _delay(rng)
    first = _solution(rng, truth, "usgs", name, "us")
    first = replace(first, magnitude=None) if rng.random() < 0.1 else first
    yield delay, first
    last = first
    for _ in range(rng.integers(0, 4)):
        delay += rng.exponential(1800.0) + 60
        last = _revised(rng, truth, last)
        yield delay, last
    if rng.random() < 0.05:
        yield delay + 60, first
    if truth.false:
        yield delay + rng.uniform(600, 40_000), replace(last, kind="delete")
    elif rng.random() < 0.06:
        yield from _new_id(rng, truth, delay, last)
    elif rng.random() < 0.05:
        yield delay + 600, replace(last, kind="delete")
        yield delay + rng.uniform(1200, 30_000), last


def _new_id(
    rng: np.random.Generator, truth: Truth, delay: float, last: SeismicEvent
) -> Iterator[tuple[float, SeismicEvent]]:
    """The feed changes the id: the new one names the old, or has another network, or comes after the old has gone."""
    name, kind = f"at{truth.number}", rng.integers(3)
    gone = replace(last, kind="delete")
    other = replace(last, source_event_id=name, network="at", aliases=(name,), kind="create")
    if kind == 0:
        other = replace(other, network="us", aliases=(last.source_event_id, name))
    yield from [(delay + 60, other), (delay + 180, gone)] if kind < 2 else [(delay + 60, gone), (delay + 180, other)]
    yield delay + 3600, _revised(rng, truth, other)


def _emsc(rng: np.random.Generator, truth: Truth) -> Iterator[tuple[float, SeismicEvent]]:
    delay = _delay(rng)
    last = _solution(rng, truth, "emsc", f"2026{truth.number:07d}", "EMSC")
    yield delay, last
    for _ in range(rng.integers(0, 3)):
        delay += rng.exponential(1800.0) + 60
        last = _revised(rng, truth, last)
        yield delay, last


def _with_noise(
    rng: np.random.Generator, truth: Truth, said: Iterator[tuple[float, SeismicEvent]]
) -> Iterator[tuple[float, int, SeismicEvent]]:
    """The same with duplicates, and reports that overtake each other."""
    for delay, event in said:
        yield truth.at_s + delay, truth.number, event
        if rng.random() < 0.2:
            yield truth.at_s + delay + rng.exponential(300.0), truth.number, event


def _delay(rng: np.random.Generator) -> float:
    """Minutes as a rule; a tenth within hours, a few after days."""
    return float(rng.choice([rng.uniform(90, 1500), rng.uniform(1500, 40_000), rng.uniform(86_400, 500_000)], p=_LATE))


_LATE = [0.87, 0.1, 0.03]


def _solution(rng: np.random.Generator, truth: Truth, source: str, name: str, network: str) -> SeismicEvent:
    """A solution within a fifth of the tightest threshold or, once in a hundred, far off."""
    latitude, longitude = _located(rng, truth, 90.0 if rng.random() < 0.01 else 5.0)
    return SeismicEvent(
        source=source,
        source_event_id=name,
        origin_time=START + timedelta(seconds=round(truth.at_s + rng.uniform(-1.5, 1.5), 2)),
        updated_at=START + timedelta(seconds=truth.at_s + rng.uniform(60, 2000)),
        latitude=latitude,
        longitude=longitude,
        depth_km=float(rng.uniform(2, 40)),
        magnitude=_magnitude(rng, truth),
        magnitude_type="mb",
        aliases=(name,),
        network=network,
        place="somewhere",
    )


def _revised(rng: np.random.Generator, truth: Truth, last: SeismicEvent) -> SeismicEvent:
    latitude, longitude = _located(rng, truth, 4.0)
    return replace(
        last,
        kind="update",
        updated_at=last.updated_at + timedelta(seconds=float(rng.uniform(-600, 3600))),
        latitude=latitude,
        longitude=longitude,
        magnitude=_magnitude(rng, truth),
        review_status="reviewed" if rng.random() < 0.4 else last.review_status,
    )


def _located(rng: np.random.Generator, truth: Truth, error_km: float) -> tuple[float, float]:
    return destination(truth.latitude, truth.longitude, rng.uniform(0, 360), rng.uniform(0, 1) * error_km)


def _magnitude(rng: np.random.Generator, truth: Truth) -> float:
    """Within 0.3 of the truth, so that revisions move by up to 0.6."""
    return round(truth.magnitude + float(rng.uniform(-0.3, 0.3)), 2)
