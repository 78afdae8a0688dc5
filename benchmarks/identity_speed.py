"""Speed, flatness and memory of the identity step: `python -m benchmarks.identity_speed [REPORTS]`, default 1,000,000.

The simulator's reports, dealt in chunks so that only identity's own memory grows; every earthquake stays remembered.
"""

import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import numpy as np

from benchmarks.identity_stream import START
from quake.event import SeismicEvent, stamped
from quake.identity import Identities
from quake.simulator import World, simulate_earthquakes
from quake.simulator_reports import simulate_reports

DAYS = 40.0
"""All of it: less than identity remembers."""
CHUNK_DAYS = 0.5
REPORTS_AN_EARTHQUAKE = 3.3
BACKGROUND_SHARE = 0.67
"""Of a chunk's earthquakes: most aftershocks fall past its half day."""
TENTHS = 10


def chunks(rng: np.random.Generator, reports: int) -> Iterator[list[SeismicEvent]]:
    """About `reports` reports of two agencies over `DAYS` days, half a day of earthquakes at a time."""
    background = reports / REPORTS_AN_EARTHQUAKE / DAYS * BACKGROUND_SHARE
    sequence = 0
    for chunk in range(round(DAYS / CHUNK_DAYS)):
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


def measure(identities: Identities, batches: Iterator[list[SeismicEvent]]) -> list[tuple[int, float]]:
    """Reports and CPU seconds of every batch; making them is not counted."""
    taken = []
    for batch in batches:
        start = time.process_time()
        for report in batch:
            identities.identify(report)
        taken.append((len(batch), time.process_time() - start))
    return taken


def microseconds(taken: list[tuple[int, float]]) -> float:
    """Mean time of a report."""
    return 1e6 * sum(seconds for _, seconds in taken) / sum(count for count, _ in taken)


def _resident_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Prints reports a second, the ratio of the last tenth to the first, and the memory."""
    reports = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    identities, before = Identities(), _resident_mb()
    taken = measure(identities, chunks(np.random.default_rng(1), reports))
    tenth = len(taken) // TENTHS
    first, last = microseconds(taken[:tenth]), microseconds(taken[-tenth:])
    print(f"{sum(count for count, _ in taken):,} reports, {len(identities.world.quakes):,} earthquakes remembered")
    print(f"{1e6 / microseconds(taken):,.0f} reports a CPU second")
    print(f"first tenth {first:.1f} us, last tenth {last:.1f} us a report: ratio {last / first:.2f}")
    print(f"{_resident_mb() - before:,.0f} MB more than at the start")


if __name__ == "__main__":
    main()
