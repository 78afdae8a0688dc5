"""The same adversarial log through the worker's engine, Beam in order of arrival, and both backfills: the same rows.

`python -m benchmarks.beam_parity` is the long form, 5,000 reports, with restarts and a champion that changes and is
rolled back; the tests in tests/streaming run short ones.
"""

import hashlib
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from zlib import crc32

from benchmarks.beam_world import EPOCH, HEIR, LATE, SETTING, START, Message, adversarial_log, begin, champion_at
from quake.adapters.storage import open_storage
from quake.adapters.warehouse import Warehouse, open_warehouse
from quake.event import SeismicEvent, Tick, encode
from quake.schema import TABLES, from_record
from quake.world import no_history, warmed
from streaming.backfill import Backfill
from streaming.champion import Warm, crown
from streaming.engine import Engine
from streaming.journal import Cells, Journal
from streaming.records import Output, Reign, to_bytes
from streaming.snapshots import restore, save_state
from streaming.steps import Succession

COMPARED = ("event_reports", "assessments", "alerts", "forecasts", "drift_alarms", "dead_letters")
BUNDLE = 150
"""Messages that arrive together."""
REPORTS = 5_000
Champion = Callable[[Tick], str | None]


def by_engine(log: Sequence[Message], out: str, champion: Champion | None = None) -> None:
    """As the worker: one engine, message after message."""
    engine, throne = Engine(SETTING, begin().state), Throne()
    with closing(open_warehouse(out)) as warehouse:
        rows = []
        for message in log:
            if champion is not None and isinstance(message, Tick):
                throne.follow(engine, champion(message), message)
            rows += engine.process(message).rows
        warehouse.insert(rows)


class Throne:
    """Warms and crowns at the ticks at which Beam does."""

    def __init__(self) -> None:
        self.succession, self.warm = Succession(SETTING.model.version), dict[str, Warm]()

    def follow(self, engine: Engine, version: str, tick: Tick) -> None:
        """Takes note of the champion at a tick."""
        if not self.succession.hears(Reign(version, tick.sequence, "")):
            return
        if version not in self.warm:
            setting, world = {HEIR.model.version: HEIR}.get(version, SETTING), engine.state.world
            made = warmed(setting.model, no_history(), dict(world.live), list(world.marks()))
            self.warm[version] = Warm(setting, made)
        if self.succession.serving == version:
            before = crown(engine, self.warm.pop(version))
            self.warm[before.setting.model.version] = before


def by_worker_with_restarts(log: Sequence[Message], out: str, restarts: int = 12) -> None:
    """As the worker that is stopped and started again, some times without a snapshot of the last moment."""
    rng = random.Random(2)
    stops = set(rng.sample(range(len(log)), restarts))
    engine = Engine(SETTING, begin().state)
    with tempfile.TemporaryDirectory() as folder, closing(open_warehouse(out)) as warehouse:
        storage, rows = open_storage(f"file://{folder}"), []
        for number, message in enumerate(log):
            rows += engine.process(message).rows
            if number in stops:
                warehouse.insert(rows)
                rows = []
                if rng.random() < 0.5:
                    save_state(storage, "engine", engine)
                engine = restore(storage, "engine", warehouse, SETTING, no_history(), EPOCH)
        warehouse.insert(rows)


def by_stream(log: Sequence[Message], out: str, champion: Champion | None = None) -> None:
    """On Beam with its state, bundles of messages in order of arrival."""
    import apache_beam.testing.test_stream as testing
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.runners.direct.direct_runner import BundleBasedDirectRunner

    from streaming.dofns import Incoming

    stream = testing.TestStream()
    for first in range(0, len(log), BUNDLE):
        stream = stream.add_elements([Incoming(0, encode(message), {}) for message in log[first : first + BUNDLE]])
    options = PipelineOptions(["--streaming"])
    ends = stream.advance_watermark_to_infinity()
    _run(BundleBasedDirectRunner(), options, ends, out, bounded=False, champion=champion)


def by_stream_with_restarts(log: Sequence[Message], out: str, champion: Champion | None = None) -> None:
    """On Beam with its state, workers losing what they have in memory some hundred times."""
    from streaming import dofns

    Forgetful.every = max(20, len(log) // 60)
    kept, dofns.Journal = dofns.Journal, Forgetful
    try:
        by_stream(log, out, champion)
    finally:
        dofns.Journal = kept


class Forgetful(Journal):
    """A worker that is replaced by a new one every now and then."""

    every = 20
    """Payloads."""

    def take(self, key: str, number: int, payload: bytes, cells: Cells) -> list[Output]:
        """As the journal, perhaps with nothing in memory."""
        if crc32(payload) % self.every == 0:
            self._kept.clear()
        return super().take(key, number, payload, cells)


def by_bounded(log: Sequence[Message], out: str, champion: Champion | None = None) -> None:
    """On Beam, grouped and folded; the messages come shuffled."""
    import apache_beam as beam
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.runners.portability.fn_api_runner import FnApiRunner

    from streaming.dofns import Incoming

    incoming = [Incoming(position, encode(message), {}) for position, message in enumerate(log, start=1)]
    random.Random(1).shuffle(incoming)
    _run(FnApiRunner(), PipelineOptions([]), beam.Create(incoming), out, bounded=True, champion=champion)


def _run(  # pylint: disable=too-many-arguments,too-many-positional-arguments  # as `build`
    runner: object, options: object, source: object, out: str, bounded: bool, champion: Champion | None
) -> None:
    import apache_beam as beam

    from streaming.beam_io import ToWarehouse
    from streaming.pipeline import Sinks, build

    with beam.Pipeline(runner=runner, options=options) as pipeline:
        build(pipeline, source, Sinks(ToWarehouse(out), None), begin, bounded, champion=champion)


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
    "worker, 12 restarts": by_worker_with_restarts,
    "beam, arrival order": by_stream,
    "beam, with restarts": by_stream_with_restarts,
    "beam, bounded": by_bounded,
}
REIGNS: dict[str, Callable[[Sequence[Message], str, Champion], None]] = {
    "worker": by_engine,
    "beam, with restarts": by_stream_with_restarts,
    "beam, bounded": by_bounded,
}
"""Shells that follow a champion: a backfill scores with one model."""


def main() -> None:
    """Prints rows, digests and seconds of every shell, and whether they agree."""
    log = adversarial_log(1, REPORTS)
    print(f"{sum(isinstance(m, SeismicEvent) for m in log)} reports, {len(log)} messages", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        urls = {name: f"sqlite:///{folder}/{number}.db" for number, name in enumerate(SHELLS)}
        found = [_told(name, lambda n=name: SHELLS[n](log, urls[n]), urls[name]) for name in SHELLS]
        again = f"sqlite:///{folder}/backfill.db"
        found.append(_told("backfill, worker", lambda: by_backfill(urls["worker"], again), again))
        print("with a champion of some hours:")
        crowned = [
            _told(
                name,
                lambda n=name: REIGNS[n](log, f"sqlite:///{folder}/c{n}.db", champion_at),
                f"sqlite:///{folder}/c{name}.db",
            )
            for name in REIGNS
        ]
    same = all(rows == found[0] for rows in found) and all(rows == crowned[0] for rows in crowned)
    print("identical" if same and found[0] != crowned[0] else "NOT identical")
    raise SystemExit(not same)


def _told(name: str, run: Callable[[], object], url: str) -> dict[str, tuple[int, str]]:
    began = time.perf_counter()
    run()
    rows = canonical(url)
    print(f"{name:20} {time.perf_counter() - began:7.1f} s  {rows}", flush=True)
    return rows


if __name__ == "__main__":
    main()
