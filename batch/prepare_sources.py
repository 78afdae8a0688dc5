"""The raw catalogues that sets are prepared from: the service's own history, a CSV file anywhere, an FDSN service."""

import io
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import fsspec
import httpx
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from quake.adapters.history import TIME, read_history
from quake.adapters.history_sources import Cleaned, clean_fdsn, fdsn_rows
from quake.adapters.storage import Storage, sha256


@dataclass(frozen=True, slots=True)
class Raw:
    """Rows of `HistoryEvent` in order of time, their digest, and why others were dropped."""

    rows: pa.Table
    digest: str
    dropped: Counter


def read_raw(
    storage: Storage, source: str, start: datetime, end: datetime, transport: httpx.BaseTransport | None = None
) -> Raw:
    """Earthquakes before `end`; of a service only from `start`. Raises ValueError when there are none."""
    if source == "history":
        cleaned = Cleaned(read_history(storage, end=end), 0, {})
    elif source.startswith(("http://", "https://")):
        with httpx.Client(transport=transport) as client:
            cleaned = fdsn_rows(client, source, start, end)
    else:
        with fsspec.open(source, "rb", compression="infer") as file:
            cleaned = clean_fdsn(file.read())
    rows = cleaned.rows.sort_by("origin_time")
    rows = rows.filter(pc.field("origin_time") < pa.scalar(end, TIME))
    if not rows.num_rows:
        raise ValueError(f"no earthquakes in {source!r} before {end:%Y-%m-%d}; for history run: quake bootstrap")
    return Raw(rows, _digest(rows), Counter(cleaned.dropped))


def _digest(rows: pa.Table) -> str:
    """Of the content, whatever file or chunks it came in."""
    buffer = io.BytesIO()
    pq.write_table(rows.combine_chunks().replace_schema_metadata(None), buffer, compression="zstd")
    return sha256(buffer.getvalue())
