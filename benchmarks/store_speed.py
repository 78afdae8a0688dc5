"""How fast the embedded store is: `python -m benchmarks.store_speed [--rows 600000]`. Prints one JSON object.

Throw-away files in the temporary folder; nothing is read from outside. Ratios between figures hold from machine to
machine, absolute times do not.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from quake.adapters.bus import Message, open_bus
from quake.adapters.commit import commit
from quake.adapters.warehouse import open_warehouse
from quake.schema import EventReport

START = datetime(2023, 2, 6, tzinfo=UTC)
REPORT = EventReport(
    quake_id="q", source="usgs", source_event_id="us", source_revision=1, sequence=1, processed_sequence=1,
    aliases=("us6000jllz", "tr2023"), kind="create", origin_time=START, updated_at=START, ingested_at=START,
    latitude=37.226, longitude=37.014, depth_km=10.0, magnitude=7.8, magnitude_type="mww", review_status="automatic",
    event_type="earthquake", network="us", nst=120, gap_deg=14.0, dmin_deg=0.4, rms_s=0.7,
    place="Pazarcik earthquake, Kahramanmaras earthquake sequence", content_hash="0123456789abcdef",
)  # fmt: skip
PAYLOAD = b"x" * 700
"""About as long as one report on topic `events`."""
PUBLISHER = """
import sys, time
from quake.adapters.bus import Message, open_bus
bus = open_bus(sys.argv[1])
for _ in range(int(sys.argv[2])):
    time.sleep(0.03)
    bus.publish("latency", [Message(repr(time.time()).encode())])
"""


def reports(first: int, count: int) -> list[EventReport]:
    """Rows with the keys `first` and on, one a minute."""
    return [
        replace(REPORT, source_event_id=f"us{i}", processed_sequence=i, ingested_at=START + timedelta(minutes=i))
        for i in range(first, first + count)
    ]


@contextmanager
def fresh() -> Iterator[str]:
    """The URL of a new store."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/quake.db"


def seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def median_ms(action: Callable[[], object], repeat: int = 20) -> float:
    return round(1000 * statistics.median(seconds(action) for _ in range(repeat)), 2)


def insert_speed() -> dict[str, float]:
    with fresh() as url, closing(open_warehouse(url)) as warehouse:
        single = [reports(i, 1) for i in range(1_000)]
        batches = [reports(1_000 + i * 200, 200) for i in range(50)]
        return {
            "commits_of_1_row_per_s": round(1_000 / seconds(lambda: [warehouse.insert(row) for row in single])),
            "rows_per_s_in_200s": round(10_000 / seconds(lambda: [warehouse.insert(batch) for batch in batches])),
        }


def engine_speed(count: int = 20_000, size: int = 200) -> dict[str, float]:
    """The engine's loop without the science: pull 200, write a row and publish a message each, ack, in one commit."""
    with fresh() as url, closing(open_bus(url)) as bus, closing(open_warehouse(url)) as warehouse:
        bus.subscribe("events", "engine")
        batch = [Message(PAYLOAD, {"source": "usgs"})] * size
        published = seconds(lambda: [bus.publish("events", batch) for _ in range(count // size)])
        rows = iter(reports(0, count))

        def work() -> None:
            while received := bus.pull("engine", size, timeout_s=0):
                taken = [next(rows) for _ in received]
                commit(bus, warehouse, taken, {"alerts": batch[: len(taken)]}, {"engine": [r.lease for r in received]})

        worked = seconds(work)
        return {
            "published_per_s": round(count / published),
            "pulled_written_published_acked_per_s": round(count / worked),
            "engine_commits_per_s": round(count / size / worked),
        }


def latency(count: int = 100) -> dict[str, float]:
    """From before another process's publish to after our pull."""
    with fresh() as url, closing(open_bus(url)) as bus:
        bus.subscribe("latency", "reader")
        with subprocess.Popen([sys.executable, "-c", PUBLISHER, url, str(count)]):
            found = []
            while len(found) < count:
                for message in bus.pull("reader", timeout_s=10):
                    found.append(1000 * (time.time() - float(message.data)))
                    bus.ack("reader", [message.lease])
    p50, p95 = np.percentile(found, [50, 95])
    return {"publish_to_pull_ms_p50": round(p50, 1), "publish_to_pull_ms_p95": round(p95, 1)}


def waiting_cost(duration_s: float = 3.0) -> dict[str, float]:
    with fresh() as url, closing(open_bus(url)) as bus:
        bus.subscribe("events", "engine")
        began = time.process_time()
        bus.pull("engine", timeout_s=duration_s)
        return {"cpu_share_of_a_waiting_pull": round((time.process_time() - began) / duration_s, 4)}


def write_history(folder: Path, count: int) -> None:
    """`count` made-up earthquakes, 1973 to 2025, as one Parquet file."""
    rng = np.random.default_rng(0)
    seconds_since = np.sort(rng.uniform(0, 52 * 365.25 * 86_400, count)) * 1e6
    columns = {
        "source": pa.array(["usgs"] * count),
        "source_event_id": pa.array([f"us{i:08d}" for i in range(count)]),
        "origin_time": pa.array(
            (seconds_since + datetime(1973, 1, 1, tzinfo=UTC).timestamp() * 1e6).astype("int64"),
            pa.timestamp("us", tz="UTC"),
        ),
        "latitude": rng.uniform(-70, 70, count),
        "longitude": rng.uniform(-180, 180, count),
        "depth_km": rng.exponential(30, count),
        "magnitude": 3.5 + rng.exponential(0.434, count),
        "magnitude_type": rng.choice(["mb", "ml", "mww"], count),
        "place": pa.array([f"{i % 300} km NE of Somewhere, Earth" for i in range(count)]),
    }
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.table(columns), folder / "catalogue.parquet", compression="zstd", row_group_size=50_000)


def mirror_speed(count: int) -> dict[str, float]:
    """Opening with bulk history in Parquet and 20,000 live rows, then asking while rows arrive."""
    with fresh() as url:
        with closing(open_warehouse(url)) as writer:
            writer.insert(reports(0, 20_000))
            write_history(writer.store.path.parent / "history", count)
            with closing(open_warehouse(url)) as warehouse:
                return _ask(writer, warehouse)


def _ask(writer, warehouse) -> dict[str, float]:
    history = "SELECT COUNT(*) AS n FROM history"
    recent = (
        "SELECT source_event_id, magnitude FROM history WHERE origin_time > TIMESTAMP '2024-12-01' AND magnitude > 5"
    )
    live = "SELECT magnitude_type, COUNT(*) AS n FROM event_reports GROUP BY magnitude_type"
    first = {
        "open_and_first_history_count_ms": round(1000 * seconds(lambda: warehouse.query(history)), 1),
        "first_question_of_20k_live_rows_ms": round(1000 * seconds(lambda: warehouse.query(live)), 1),
    }
    key = iter(range(20_000, 10**9, 200))

    def after_an_insert() -> None:
        writer.insert(reports(next(key), 200))
        warehouse.query(live)

    return first | {
        "history_count_ms": median_ms(lambda: warehouse.query(history)),
        "history_last_month_m5_ms": median_ms(lambda: warehouse.query(recent)),
        "whole_history_to_arrow_ms": median_ms(lambda: warehouse.query("SELECT * FROM history"), 5),
        "live_question_nothing_new_ms": median_ms(lambda: warehouse.query(live)),
        "live_question_after_200_new_rows_insert_included_ms": median_ms(after_an_insert),
    }


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=600_000, help="rows of bulk history")
    count = parser.parse_args().rows
    figures = insert_speed() | engine_speed() | latency() | waiting_cost() | mirror_speed(count)
    print(json.dumps({"cpu_count": os.cpu_count(), "history_rows": count} | figures, indent=1))


if __name__ == "__main__":
    main()
