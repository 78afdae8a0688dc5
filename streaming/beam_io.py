"""Where the pipeline reads and writes, by URL: Pub/Sub and files in, any warehouse and any bus out.

Imported for Beam only.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import apache_beam as beam
import structlog
from apache_beam.io import ReadFromPubSub
from apache_beam.io.gcp.bigquery import BigQueryDisposition, WriteToBigQuery
from apache_beam.io.parquetio import ReadFromParquet
from apache_beam.metrics import Metrics
from apache_beam.pvalue import PCollection
from apache_beam.utils.timestamp import Timestamp

from quake.adapters.bus import Bus, Message, open_bus
from quake.adapters.bus.pubsub import parse_url
from quake.adapters.gcp_schema import columns
from quake.adapters.topics import ALERTS, AT, ENGINE, ID
from quake.adapters.warehouse import Warehouse, open_warehouse
from quake.adapters.warehouse.bigquery_client import parse_url as parse_address
from quake.schema import TABLES, as_record
from streaming.dofns import METRICS, Incoming
from streaming.records import Row, from_row

# pylint: disable=abstract-method,arguments-differ  # Beam's DoFn declares methods that a DoFn need not have

BATCH_ROWS = 500
WRITTEN = ("event_reports", "assessments", "alerts", "forecasts", "drift_alarms", "dead_letters")
"""The tables that the engine writes."""
ALERT_LATENCY_MS = Metrics.distribution(METRICS, "alert_latency_ms")
"""From the moment at which ingest received what caused an alert until it is published, milliseconds."""
MILLISECOND = timedelta(milliseconds=1)

log = structlog.get_logger(__name__)


def from_pubsub(url: str, dataflow: bool = False) -> beam.PTransform:
    """Topic `events` of `pubsub://PROJECT`, from the engine's subscription. Raises ValueError for another bus.

    Dataflow drops what has the id of a message it had minutes ago; local runners can not, and identity drops a report
    that says what the last one said. However late a message is, it is taken: nothing is windowed.
    """
    if not url.startswith("pubsub://"):
        raise ValueError(f"Beam reads pubsub://PROJECT; {url!r} is the worker's: `quake score`")
    project, chosen = parse_url(url)
    subscription = f"projects/{project}/subscriptions/{chosen.prefix}{ENGINE}"
    label = ID if dataflow else None
    read = ReadFromPubSub(subscription=subscription, id_label=label, with_attributes=True, timestamp_attribute=AT)
    return "PubSub" >> read | "Incoming" >> beam.Map(_incoming)


def from_parquet(pattern: str) -> beam.PTransform:
    """Files with the columns `position` and `data`, local or in a bucket."""
    return "Parquet" >> ReadFromParquet(pattern) | "Incoming" >> beam.Map(_positioned)


class ToWarehouse(beam.PTransform):
    """Rows into the warehouse at `url`. A repeated bundle writes them again, and readers see the first row of a key."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def expand(self, input_or_inputs: PCollection) -> Any:
        """Batches of one bundle."""
        return input_or_inputs | "Insert" >> beam.ParDo(Insert(self._url))


class ToBigQuery(beam.PTransform):
    """Rows into `bigquery://PROJECT/DATASET` by the Storage Write API, at least once. Raises ValueError for another
    warehouse. Beam calls its Java library for it, so a job's launcher needs a Java runtime and Beam's jar."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._address = parse_address(url)

    def expand(self, input_or_inputs: PCollection) -> Any:
        """One write a table."""
        for name in WRITTEN:
            written = (
                input_or_inputs
                | f"Of {name}" >> beam.Filter(_is_of, name)
                | f"As {name}" >> beam.Map(record_of)
                | f"Into {name}" >> self._write(name)
            )
            _ = written.failed_rows_with_errors | f"Refused {name}" >> beam.Map(_refused)

    def _write(self, name: str) -> WriteToBigQuery:
        return WriteToBigQuery(
            table=f"{self._address.project}:{self._address.dataset}.{name}_rows",
            schema={"fields": columns(TABLES[name])},
            method=WriteToBigQuery.Method.STORAGE_WRITE_API,
            create_disposition=BigQueryDisposition.CREATE_NEVER,
            use_at_least_once=True,
        )


class ToBus(beam.PTransform):
    """Messages to topic `alerts` of the bus at `url`; a repeated bundle publishes them again, with the same `seq`."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def expand(self, input_or_inputs: PCollection) -> Any:
        """One publication a bundle."""
        return input_or_inputs | "Send" >> beam.ParDo(Send(self._url))


class _Batched(beam.DoFn):
    """Collects what a bundle brings and hands it over in batches, the last before the bundle is done."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._batch: list[Any] = []

    def start_bundle(self) -> None:
        self._batch = []

    def process(self, element: Any) -> Iterator[Any]:
        self._batch.append(element)
        if len(self._batch) >= BATCH_ROWS:
            self.flush()
        return iter(())

    def finish_bundle(self) -> None:
        self.flush()

    def flush(self) -> None:
        """Hands over the batch."""
        if self._batch:
            self.hand_over(self._batch)
            self._batch = []

    def hand_over(self, batch: list[Any]) -> None:
        """To where it goes."""
        raise NotImplementedError


class Insert(_Batched):
    """Rows into a warehouse."""

    _warehouse: Warehouse

    def setup(self) -> None:
        self._warehouse = open_warehouse(self._url)

    def hand_over(self, batch: list[Row]) -> None:
        """In one request."""
        # Where a warehouse can append without asking for known keys first, readers' views see to those.
        write = getattr(self._warehouse, "append", self._warehouse.insert)
        write([from_row(row) for row in batch])
        Metrics.counter(METRICS, "rows_written").inc(len(batch))

    def teardown(self) -> None:
        self._warehouse.close()


class Send(_Batched):
    """Messages to a bus."""

    _bus: Bus

    def setup(self) -> None:
        self._bus = open_bus(self._url)

    def hand_over(self, batch: list[Message]) -> None:
        """In one publication, in order of `seq`."""
        self._bus.publish(ALERTS, sorted(batch, key=lambda message: int(message.attributes["seq"])))
        now = datetime.now(UTC)
        for message in batch:
            sent_at = datetime.fromisoformat(json.loads(message.data)["sent_at"])
            ALERT_LATENCY_MS.update((now - sent_at) // MILLISECOND)

    def teardown(self) -> None:
        self._bus.close()


def record_of(row: Row) -> dict[str, Any]:
    """The row as Beam's BigQuery sink takes it: times as Beam's."""
    record = as_record(from_row(row))
    record["inserted_at"] = datetime.now(UTC)
    return {name: Timestamp.of(value) if isinstance(value, datetime) else value for name, value in record.items()}


def _is_of(row: Row, name: str) -> bool:
    return row.table == name


def _refused(failed: Any) -> None:
    Metrics.counter(METRICS, "rows_refused").inc()
    log.error("row refused by BigQuery", row=str(failed)[:500])


def _incoming(message: Any) -> Incoming:
    return Incoming(0, message.data, dict(message.attributes))


def _positioned(record: dict[str, Any]) -> Incoming:
    return Incoming(record["position"], record["data"], {})
