"""Speed, flatness and memory of the identity step: `python -m benchmarks.identity_speed [REPORTS]`, default 1,000,000.

The simulator's reports, dealt in chunks so that only identity's own memory grows; every earthquake stays remembered.
Between chunks the state is set aside from the garbage collector, as the worker does after each snapshot.
"""

import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from benchmarks.identity_stream import START
from quake.event import SeismicEvent, stamped
from quake.identity import Identities
from quake.simulator import World, simulate_earthquakes
from quake.simulator_reports import simulate_reports
from streaming.worker import keep_state_from_collector

DAYS = 40.0
"""All of it: less than identity remembers."""
CHUNK_DAYS = 0.5
BATCHES = round(DAYS / CHUNK_DAYS)
REPORTS_AN_EARTHQUAKE = 3.3
BACKGROUND_SHARE = 0.67
"""Of a chunk's earthquakes: most aftershocks fall past its half day."""


def chunks(rng: np.random.Generator, reports: int) -> Iterator[list[SeismicEvent]]:
    """About `reports` reports of two agencies over `DAYS` days, half a day of earthquakes at a time."""
    background = reports / REPORTS_AN_EARTHQUAKE / DAYS * BACKGROUND_SHARE
    sequence = 0
    for chunk in range(BATCHES):
        start = START + timedelta(days=chunk * CHUNK_DAYS)
        earthquakes = simulate_earthquakes(rng, CHUNK_DAYS, World(rate_per_day=background))
        arriving = simulate_reports(rng, earthquakes, start)
        yield [
            stamped(_renamed(report.event, chunk), sequence + index, report.at)
            for index, report in enumerate(arriving, start=1)
        ]
        sequence += len(arriving)


def _renamed(event: SeismicEvent, chunk: int) -> SeismicEvent:
    """The simulator counts ids anew in every chunk."""
    aliases = tuple(f"{chunk}-{alias}" for alias in event.aliases)
    return replace(event, source_event_id=f"{chunk}-{event.source_event_id}", aliases=aliases)


@dataclass(frozen=True, slots=True)
class Timed:
    """CPU seconds that a batch took; making it is not counted."""

    reports: int
    seconds: float
    empty_seconds: float
    """The same batch on identities that remember nothing: what the machine was worth at that moment."""


def measure(identities: Identities, batches: Iterator[list[SeismicEvent]], tenth: int) -> list[Timed]:
    """Takes in every batch, and times it; the first and last `tenth` batches beside empty identities."""
    taken = []
    for index, batch in enumerate(batches):
        keep_state_from_collector()
        seconds = _seconds(identities, batch)
        compared = index < tenth or index >= BATCHES - tenth
        taken.append(Timed(len(batch), seconds, _seconds(Identities(), batch) if compared else seconds))
    return taken


def _seconds(identities: Identities, batch: list[SeismicEvent]) -> float:
    start = time.process_time()
    for report in batch:
        identities.identify(report)
    return time.process_time() - start


def microseconds(taken: list[Timed]) -> float:
    """Mean time of a report."""
    return 1e6 * sum(batch.seconds for batch in taken) / sum(batch.reports for batch in taken)


def slowdown(taken: list[Timed]) -> float:
    """Time over that of identities that remember nothing."""
    return sum(batch.seconds for batch in taken) / sum(batch.empty_seconds for batch in taken)


def _resident_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Prints reports a second, the ratio of the last tenth to the first, and the memory."""
    reports = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    identities, before = Identities(), _resident_mb()
    tenth = BATCHES // 10
    taken = measure(identities, chunks(np.random.default_rng(1), reports), tenth)
    first, last = taken[:tenth], taken[-tenth:]
    print(f"{sum(batch.reports for batch in taken):,} reports, {len(identities.world.quakes):,} earthquakes remembered")
    print(f"{1e6 / microseconds(taken):,.0f} reports a CPU second")
    print(f"first tenth {microseconds(first):.1f} us, last tenth {microseconds(last):.1f} us a report")
    print(f"ratio {microseconds(last) / microseconds(first):.2f}")
    print(f"ratio {slowdown(last) / slowdown(first):.2f} beside empty identities in the same minutes")
    print(f"{_resident_mb() - before:,.0f} MB more than at the start")


if __name__ == "__main__":
    main()
