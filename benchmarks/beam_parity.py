"""The same adversarial log through the worker's engine, Beam in order of arrival, and both backfills: the same rows.

`python -m benchmarks.beam_parity` is the long form, 5,000 reports; the test in tests/streaming runs a short one.
"""

import hashlib
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.identity_stream import START, adversarial_stream
from quake.adapters.warehouse import Warehouse, open_warehouse
from quake.lattice import lattice
from quake.event import SeismicEvent, Tick, encode, stamped
from quake.schema import TABLES, from_record
from quake.etas_models import WorldParameters
from quake.etas_parameters import CALIFORNIA as CALIFORNIA_ETAS
from quake.seismicity import CALIFORNIA, ReasenbergJones
from quake.world import no_history
from streaming.backfill import Backfill
from streaming.engine import Engine, Setting, State
from streaming.log import with_ticks
from streaming.records import ImpactFields, to_bytes
from streaming.steps import Beginning

COMPARED = ("event_reports", "assessments", "alerts", "forecasts", "drift_alarms", "dead_letters")
EPOCH = "parity"
LATE = timedelta(days=8)
"""Reports that take longer than the busy time all come now, after every alert has had time to expire."""
LATE_REPORTS = 20
BUNDLE = 150
"""Messages that arrive together."""
REPORTS = 5_000
Message = SeismicEvent | Tick


# eq=False: by identity, so that it can be a key.
@dataclass(frozen=True, eq=False)
class PlainModel:
    """One M >= 4 a year within any disc of 100 km, b = 1."""

    version: str = "plain"
    reasenberg_jones: ReasenbergJones = CALIFORNIA
    etas: WorldParameters = WorldParameters({}, CALIFORNIA_ETAS)
    trained_from: datetime = datetime(1973, 1, 1, tzinfo=UTC)
    trained_to: datetime = datetime(2018, 1, 1, tzinfo=UTC)

    def baseline_expected(
        self, _latitude: float, _longitude: float, radius_km: float, horizon_days: float, magnitude_min: float
    ) -> float:
        """(radius / 100)^2 10^(4 - m) a year."""
        return (radius_km / 100) ** 2 * 10 ** (4 - magnitude_min) * horizon_days / 365.25


def plain_impact(event: SeismicEvent) -> ImpactFields:
    """Red from M7, orange from M6.5, yellow from M6, green from M5; MMI equal to the magnitude."""
    steps = [(7.0, "red"), (6.5, "orange"), (6.0, "yellow"), (5.0, "green")]
    level = next((name for least, name in steps if (event.magnitude or 0) >= least), "none")
    return ImpactFields(event.magnitude, None, None, 0, None, None, None, level)


CELLS = tuple(cell for cell in lattice() if cell.cell.endswith("000"))
SETTING = Setting(PlainModel(), plain_impact, "simulate", cells=CELLS, grid_hours=3)


def begin() -> Beginning:
    """A world that has seen nothing."""
    return Beginning(SETTING, no_history(), State.empty(SETTING.model, no_history(), EPOCH))


def adversarial_log(seed: int, reports: int) -> list[Message]:
    """The first and the last reports of an adversarial stream as ingest sends them, a tick each minute."""
    rng = np.random.default_rng(seed)
    steps = adversarial_stream(rng, reports // 3, days=0.2 + reports / 20_000)
    events = [step.message for step in steps if isinstance(step.message, SeismicEvent)]
    events = events[: reports - LATE_REPORTS] + events[-LATE_REPORTS:]
    busy = START + timedelta(days=0.4 + reports / 20_000)
    restamped = [_restamped(event, number, busy) for number, event in enumerate(events)]
    return list(with_ticks(sorted(restamped, key=lambda event: event.sequence), START + LATE + timedelta(hours=1)))


def _restamped(event: SeismicEvent, number: int, busy: datetime) -> SeismicEvent:
    at = event.ingested_at if event.ingested_at < busy else START + LATE
    milliseconds = round((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)
    return stamped(event, milliseconds * 1024 + number % 1024 + 1, at)


def by_engine(log: Sequence[Message], out: str) -> None:
    """As the worker: one engine, message after message."""
    engine = Engine(SETTING, begin().state)
    with closing(open_warehouse(out)) as warehouse:
        warehouse.insert([row for message in log for row in engine.process(message).rows])


def by_stream(log: Sequence[Message], out: str) -> None:
    """On Beam with its state, bundles of messages in order of arrival."""
    import apache_beam.testing.test_stream as testing
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.runners.direct.direct_runner import BundleBasedDirectRunner

    from streaming.dofns import Incoming

    stream = testing.TestStream()
    for first in range(0, len(log), BUNDLE):
        stream = stream.add_elements([Incoming(0, encode(message), {}) for message in log[first : first + BUNDLE]])
    options = PipelineOptions(["--streaming"])
    _run(BundleBasedDirectRunner(), options, stream.advance_watermark_to_infinity(), out, bounded=False)


def by_bounded(log: Sequence[Message], out: str) -> None:
    """On Beam, grouped and folded; the messages come shuffled."""
    import apache_beam as beam
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.runners.portability.fn_api_runner import FnApiRunner

    from streaming.dofns import Incoming

    incoming = [Incoming(position, encode(message), {}) for position, message in enumerate(log, start=1)]
    random.Random(1).shuffle(incoming)
    _run(FnApiRunner(), PipelineOptions([]), beam.Create(incoming), out, bounded=True)


def _run(runner: object, options: object, source: object, out: str, bounded: bool) -> None:
    import apache_beam as beam

    from streaming.beam_io import ToWarehouse
    from streaming.pipeline import Sinks, build

    with beam.Pipeline(runner=runner, options=options) as pipeline:
        build(pipeline, source, Sinks(ToWarehouse(out), None), begin, bounded)


def by_backfill(recorded: str, out: str, start: datetime = START) -> int:
    """From the stored rows of another run, in this process; what lies before `start` is taken over."""
    with closing(open_warehouse(recorded)) as source, closing(open_warehouse(out)) as target:
        end = START + LATE + timedelta(hours=1)
        return Backfill(source, target, start, end, SETTING, no_history(), EPOCH).run(iter)


def canonical(url: str, since: datetime = START) -> dict[str, tuple[int, str]]:
    """Rows and the digest of all rows in the order of their keys, by table."""
    with closing(open_warehouse(url)) as warehouse:
        return {name: _digest(warehouse, name, since) for name in COMPARED}


def _digest(warehouse: Warehouse, name: str, since: datetime) -> tuple[int, str]:
    table = TABLES[name]
    when = table.partition
    sql = f"SELECT * FROM {name} WHERE {when} >= @since ORDER BY {', '.join(table.key)}"
    records = warehouse.query(sql, {"since": since}).to_pylist()
    digest = hashlib.sha256(b"\n".join(to_bytes(from_record(table.row, record)) for record in records))
    return len(records), digest.hexdigest()[:16]


SHELLS: dict[str, Callable[[Sequence[Message], str], None]] = {
    "worker": by_engine,
    "beam, arrival order": by_stream,
    "beam, bounded": by_bounded,
}


def main() -> None:
    """Prints rows, digests and seconds of every shell, and whether they agree."""
    log = adversarial_log(1, REPORTS)
    print(f"{sum(isinstance(m, SeismicEvent) for m in log)} reports, {len(log)} messages")
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        urls = {name: f"sqlite:///{Path(folder) / str(number)}.db" for number, name in enumerate((*SHELLS, "backfill"))}
        for name, url in urls.items():
            began = time.perf_counter()
            if name in SHELLS:
                SHELLS[name](log, url)
            else:
                by_backfill(urls["worker"], url)
            found[name] = canonical(url)
            print(f"{name:20} {time.perf_counter() - began:7.1f} s  {found[name]}")
    same = len({str(rows) for rows in found.values()}) == 1
    print("identical" if same else "NOT identical")
    raise SystemExit(not same)


if __name__ == "__main__":
    main()
