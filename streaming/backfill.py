"""`quake backfill`: scores a period of the log again, with the model asked for, into a warehouse of its own.

Rows keep their natural keys, so they can be compared one by one with those of the time; nothing is published.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import structlog
from numpy.typing import NDArray
from tqdm import tqdm

from quake.adapters.storage import Storage
from quake.adapters.warehouse import Warehouse
from quake.event import SeismicEvent, Tick, encode
from quake.schema import Assessment, from_record
from streaming.engine import ROLE, Engine, Setting, State
from streaming.log import messages

BATCH = 500
"""Messages whose rows are written together."""

log = structlog.get_logger(__name__)
Message = SeismicEvent | Tick


@dataclass(frozen=True, slots=True)
class Backfill:
    """A period of the log of `source`, scored again into `out`."""

    source: Warehouse
    out: Warehouse
    start: datetime
    end: datetime
    setting: Setting
    history: dict[str, NDArray[Any]]
    """As of the beginning of the log."""
    epoch: str

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"a backfill's start must lie before its end: {self.start:%F %T}, {self.end:%F %T}")
        others = {row.model_version for row in _assessments(self.out)} - {self.setting.model.version}
        if others:
            raise ValueError(f"the output holds rows of model {', '.join(others)}: give it another --out")

    def before(self) -> tuple[Engine, Iterator[Message]]:
        """The engine as the period begins, and the messages of the period.

        What was assessed before the period is taken as it was, so that the period's alerts go on from those sent.
        """
        engine = Engine(replace(self.setting, grid_hours=0), State.empty(self.setting.model, self.history, self.epoch))
        engine.recorded = {(row.quake_id, row.revision): row for row in _assessments(self.source, self.start)}
        following = messages(self.source, self.end)
        for message in following:
            if _at(message) >= self.start:
                engine.recorded, engine.setting = {}, self.setting
                return engine, chain([message], following)
            engine.process(message)
        engine.recorded = {}
        return engine, iter(())

    def expected(self) -> int:
        """About how many messages the period has: its reports, and a tick each minute."""
        sql = "SELECT COUNT(*) AS n FROM event_reports WHERE ingested_at >= @start AND ingested_at < @end"
        reports = self.source.query(sql, {"start": self.start, "end": self.end})["n"][0].as_py()
        return reports + (self.end - self.start) // timedelta(minutes=1)

    def run(self, progress: Callable[[Iterable[Message]], Iterable[Message]] | None = None) -> int:
        """Scores the period in this process; returns how many rows are new. What an earlier run did is not repeated.

        Without another `progress`, a bar is shown.
        """
        progress = progress or partial(tqdm, desc="backfill", total=self.expected(), unit=" messages")
        engine, period = self.before()
        engine.recorded = {(row.quake_id, row.revision): row for row in _assessments(self.out)}
        written, rows = 0, []
        for count, message in enumerate(progress(period), start=1):
            rows += engine.process(message).rows
            if count % BATCH == 0:
                written += self.out.insert(rows)
                rows = []
        return written + self.out.insert(rows)


def write_messages(storage: Storage, path: str, period: Iterable[Message]) -> int:
    """Writes messages in order as a Parquet file of `position` and `data`; returns how many."""
    buffer, count = pa.BufferOutputStream(), 0
    schema = pa.schema([("position", pa.int64()), ("data", pa.binary())])
    with pq.ParquetWriter(buffer, schema) as writer:
        for batch in _batched(period):
            positions = range(count + 1, count + 1 + len(batch))
            writer.write_table(pa.table({"position": positions, "data": list(map(encode, batch))}, schema))
            count += len(batch)
    storage.write(path, buffer.getvalue().to_pybytes())
    return count


def _batched(period: Iterable[Message]) -> Iterator[list[Message]]:
    batch: list[Message] = []
    for message in period:
        batch.append(message)
        if len(batch) == 10_000:
            yield batch
            batch = []
    yield batch


def _at(message: Message) -> datetime:
    return message.ingested_at if isinstance(message, SeismicEvent) else message.at


def _assessments(warehouse: Warehouse, until: datetime = datetime.max.replace(tzinfo=UTC)) -> Iterator[Assessment]:
    """The champion's, as they were made before `until`."""
    sql = "SELECT * FROM assessments WHERE role = @role AND assessed_at < @until"
    for record in warehouse.query(sql, {"role": ROLE, "until": until}).to_pylist():
        yield from_record(Assessment, record)
