"""The bulk catalogue that the service starts from: Parquet files under `history/`, written once, read fast.

Each file says in its metadata until when it knows of every earthquake. Where rows come from is `batch.bootstrap`'s
and `quake.adapters.history_sources`' business.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from quake.adapters.storage import Storage
from quake.etas_depth import known_depths

FOLDER = "history"
CATALOGUE = f"{FOLDER}/catalogue.parquet"
TIME = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("source_event_id", pa.string()),
        ("origin_time", TIME),
        ("latitude", pa.float64()),
        ("longitude", pa.float64()),
        ("depth_km", pa.float64()),
        ("magnitude", pa.float64()),
        ("magnitude_type", pa.string()),
        ("place", pa.string()),
    ]
)
"""`quake.schema.HistoryEvent` as Arrow writes it."""
NUMBERS = ("origin_time", "latitude", "longitude", "depth_km", "magnitude")
ROW_GROUP = 65_536
"""Rows are sorted by time, so a reader of one period skips the groups outside it."""


def load_history(
    storage: Storage,
    start: datetime | None = None,
    end: datetime | None = None,
    columns: Sequence[str] = NUMBERS,
) -> dict[str, NDArray[Any]]:
    """Columns of all earthquakes with start <= origin_time < end as arrays of one length, oldest first.

    `origin_time` is datetime64[us] in UTC, an unknown `depth_km` is NaN; text comes as Python strings, slower.
    """
    rows = read_history(storage, start, end, columns)
    return {name: _array(rows[name]) for name in columns}


def load_world_history(
    storage: Storage, start: datetime | None = None, end: datetime | None = None
) -> dict[str, NDArray[Any]]:
    """The same rows as `quake.world.world_of` takes them: `ids` and the columns of `quake.live.COLUMNS`."""
    rows = load_history(storage, start, end, ("source_event_id", *NUMBERS))
    rows["ids"] = rows.pop("source_event_id").astype(np.str_)
    rows["origin_s"] = rows.pop("origin_time").astype("datetime64[us]").astype(np.int64) / 1e6
    return rows | {"depth_km": known_depths(rows["depth_km"])}


def read_history(
    storage: Storage,
    start: datetime | None = None,
    end: datetime | None = None,
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """The same rows as an Arrow table; `columns` None gives all of `HistoryEvent`, naive times are refused."""
    names = list(columns or SCHEMA.names)
    needed = list(dict.fromkeys([*names, "origin_time"]))
    filters = _period(start, end)
    tables = [pq.read_table(file, columns=needed, filters=filters, schema=SCHEMA) for file in _opened(storage)] or [
        SCHEMA.empty_table().select(needed)
    ]
    rows = pa.concat_tables(tables)
    return (rows.sort_by("origin_time") if len(tables) > 1 else rows).select(names)


def write_history(storage: Storage, path: str, rows: pa.Table, until: datetime, about: Mapping[str, Any]) -> None:
    """Writes rows of `SCHEMA`, sorted by time; the files then know of every earthquake before `until`.

    `about` (source, counts, digest) is kept in the file's metadata.
    """
    metadata = {"covered_until": until.isoformat(), "about": json.dumps(dict(about))}
    buffer = pa.BufferOutputStream()
    table = rows.sort_by("origin_time").cast(SCHEMA).replace_schema_metadata(metadata)
    pq.write_table(table, buffer, compression="zstd", row_group_size=ROW_GROUP)
    storage.write(path, buffer.getvalue().to_pybytes())


def covered_until(storage: Storage) -> datetime | None:
    """The time up to which the files together know of every earthquake; None without files."""
    return max((datetime.fromisoformat(_metadata(file)["covered_until"]) for file in _opened(storage)), default=None)


def history_gap(storage: Storage, now: datetime) -> timedelta:
    """How long before `now` the history ends; `timedelta.max` without any history."""
    end = covered_until(storage)
    return timedelta.max if end is None else max(now - end, timedelta(0))


def about_history(storage: Storage, path: str = CATALOGUE) -> dict[str, Any]:
    """What `write_history` was told about the file: provenance and the cleaning report."""
    with storage.open(path) as file:
        return json.loads(_metadata(file)["about"])


def _opened(storage: Storage) -> Iterator[Any]:
    for path in storage.list(FOLDER):
        if path.endswith(".parquet"):
            with storage.open(path) as file:
                yield file


def _metadata(file: Any) -> dict[str, str]:
    return {key.decode(): value.decode() for key, value in (pq.read_schema(file).metadata or {}).items()}


def _period(start: datetime | None, end: datetime | None) -> pc.Expression | None:
    bounds = []
    if start is not None:
        bounds.append(pc.field("origin_time") >= _scalar(start))
    if end is not None:
        bounds.append(pc.field("origin_time") < _scalar(end))
    return None if not bounds else bounds[0] if len(bounds) == 1 else bounds[0] & bounds[1]


def _scalar(time: datetime) -> pa.Scalar:
    if time.tzinfo is None:
        raise ValueError(f"history is asked for by aware UTC datetimes, got {time!r}")
    return pa.scalar(time.astimezone(UTC), TIME)


def _array(column: pa.ChunkedArray) -> NDArray[Any]:
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.int64()).to_numpy().view("datetime64[us]")
    return column.to_numpy()
