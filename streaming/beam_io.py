"""Where the pipeline reads and writes, by URL: Pub/Sub and files in, any warehouse and any bus out.

Imported for Beam only.
"""

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.io import ReadFromPubSub
from apache_beam.io.parquetio import ReadFromParquet
from apache_beam.metrics import Metrics
from apache_beam.pvalue import PCollection

from quake.adapters.bus import Bus, Message, open_bus
from quake.adapters.bus.pubsub import parse_url
from quake.adapters.topics import ALERTS, ENGINE
from quake.adapters.warehouse import Warehouse, open_warehouse
from streaming.dofns import Incoming
from streaming.records import Row, from_row

# pylint: disable=abstract-method,arguments-differ  # Beam's DoFn declares methods that a DoFn need not have

BATCH_ROWS = 500


def from_pubsub(url: str) -> beam.PTransform:
    """Topic `events` of `pubsub://PROJECT`, from the engine's subscription. Raises ValueError for another bus.

    Dataflow drops Pub/Sub's redeliveries by message id; a report that ingest published twice, identity by content.
    """
    if not url.startswith("pubsub://"):
        raise ValueError(f"Beam reads pubsub://PROJECT; {url!r} is the worker's: `quake score`")
    project, chosen = parse_url(url)
    subscription = f"projects/{project}/subscriptions/{chosen.prefix}{ENGINE}"
    read = ReadFromPubSub(subscription=subscription, with_attributes=True)
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
        Metrics.counter("quake", "rows_written").inc(len(batch))

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

    def teardown(self) -> None:
        self._bus.close()


def _incoming(message: Any) -> Incoming:
    return Incoming(0, message.data, dict(message.attributes))


def _positioned(record: dict[str, Any]) -> Incoming:
    return Incoming(record["position"], record["data"], {})
