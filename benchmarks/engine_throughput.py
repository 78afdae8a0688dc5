"""Reports a second of worker and backfill, with and without the real impact.

`python -m benchmarks.engine_throughput [REPORTS]`

The whole way: from the embedded bus, or from stored rows, to committed rows. A backfill makes up the ticks too, some
1.4 for each report of this stream. CPU and wall-clock time of one process.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial

import structlog

from benchmarks.beam_throughput import reports_alone
from benchmarks.beam_world import EPOCH, SETTING, begin
from quake.adapters.bus import Message, open_bus
from quake.adapters.magnitude_model import load_magnitude_model
from quake.adapters.storage import open_storage
from quake.adapters.topics import ENGINE, EVENTS
from quake.adapters.warehouse import open_warehouse
from quake.event import SeismicEvent, encode
from quake.world import no_history
from streaming.backfill import Backfill
from streaming.engine import Engine, Setting
from streaming.score import impact_of_event
from streaming.worker import Worker

REPORTS = 3_000


def main(count: int = REPORTS) -> None:
    """Prints a line for each engine and kind of impact."""
    structlog.configure(processors=[_silent])
    reports = reports_alone(count)
    with tempfile.TemporaryDirectory() as folder:
        magnitudes = load_magnitude_model(open_storage(f"file://{folder}"))
        impact_of_event(magnitudes, reports[0])
        # No grids and no ticks: a report's own cost.
        plain = replace(SETTING, cells=(), grid_hours=0)
        settings = {
            "plain impact": plain,
            "real impact": replace(plain, impact_of=partial(impact_of_event, magnitudes)),
        }
        print("engine    impact           CPU ms a report   reports/s of CPU   reports/s of wall clock")
        for number, (name, setting) in enumerate(settings.items()):
            url = f"sqlite:///{folder}/{number}.db"
            told("worker", name, count, partial(by_worker, url, reports, setting))
            told(
                "backfill", name, count, partial(by_backfill, url, f"sqlite:///{folder}/b{number}.db", reports, setting)
            )


def by_worker(url: str, reports: list[SeismicEvent], setting: Setting) -> Callable[[], object]:
    """What takes the reports from the bus, once they are on it."""
    bus, warehouse = open_bus(url), open_warehouse(url)
    bus.subscribe(EVENTS, ENGINE)
    bus.publish(EVENTS, [Message(encode(report)) for report in reports])
    engine = Engine(setting, begin().state)
    worker = Worker(bus, warehouse, lambda: engine, lambda _engine: None, 1e9)

    def run() -> None:
        with closing(bus), closing(warehouse):
            current = engine
            while received := bus.pull(ENGINE, worker.batch_size, 0):
                current = worker.step(current, received)

    return run


def by_backfill(url: str, out: str, reports: list[SeismicEvent], setting: Setting) -> Callable[[], object]:
    """What scores the stored reports again."""

    def run() -> None:
        with closing(open_warehouse(url)) as source, closing(open_warehouse(out)) as target:
            period = reports[0].ingested_at, reports[-1].ingested_at + timedelta(minutes=1)
            Backfill(source, target, *period, setting, no_history(), EPOCH).run(iter)

    return run


def told(engine: str, impact: str, count: int, ready: Callable[[], Callable[[], object]]) -> None:
    """Runs it and prints what it cost."""
    run = ready()
    cpu, wall = time.process_time(), time.perf_counter()
    run()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{engine:9} {impact:14} {cpu / count * 1e3:17.2f} {count / cpu:18.0f} {count / wall:25.0f}", flush=True)


def _silent(_logger: object, _name: str, _event: object) -> dict[str, object]:
    raise structlog.DropEvent


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
