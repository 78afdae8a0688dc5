"""Catalogues as if they were reported now: USGS CSV, benchmark CSV, Parquet of `history`, or rows already loaded.

A catalogue holds each earthquake's final solution only, so such a replay knows better than the agencies did at the
time, and shows no revision and no withdrawal. When an event was first reported is not in it either: see `delay`.
"""

import csv
import math
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import NormalDist
from typing import Any

import fsspec
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

from quake.adapters.feeds import Parsed
from quake.adapters.feeds.edge import Id, IsoTime, Stations, Text, each
from quake.adapters.history import read_history
from quake.adapters.storage import open_storage
from quake.event import SeismicEvent
from quake.schema import HistoryEvent

DELAY_MEDIAN_MINUTES = 8.0
"""Between the medians seen in 496 hourly looks at the USGS feed: 3.6 in Southern California, 24 globally."""
DELAY_SIGMA = 0.7
"""Spread of the delay's natural logarithm."""
MISSING = "(missing)"
"""Stands for a field that a CSV row is too short to have."""


def _named(*names: str, **options: Any) -> Any:
    return Field(validation_alias=AliasChoices(*names), **options)


class CatalogueRow(BaseModel):
    """One row under the column names of any of the catalogues we read; CSV text is converted, empty is absent."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False, extra="ignore")

    source: Text | None = None
    source_event_id: Id | None = _named("source_event_id", "id", default=None)
    origin_time: IsoTime = _named("origin_time", "time")
    latitude: float
    longitude: float
    depth_km: float | None = _named("depth_km", "depth", default=None)
    magnitude: float | None = _named("magnitude", "mag", default=None)
    magnitude_type: Text | None = _named("magnitude_type", "magType", default=None)
    place: Text = ""
    network: Text = _named("network", "net", default="")
    status: Text = "reviewed"
    event_type: Text = _named("event_type", "type", default="earthquake")
    nst: Stations | None = None
    gap_deg: float | None = _named("gap_deg", "gap", default=None)
    dmin_deg: float | None = _named("dmin_deg", "dmin", default=None)
    rms_s: float | None = _named("rms_s", "rms", default=None)

    @model_validator(mode="before")
    @classmethod
    def _absent(cls, values: Any) -> Any:
        if None in values or MISSING in values.values():
            raise ValueError("the row has more or fewer fields than the header")
        return {name: value for name, value in values.items() if value not in ("", None)}


def read_catalogue(path: str, start: datetime | None, end: datetime | None, now: datetime) -> Parsed:
    """Reports of the earthquakes from `start` to before `end` (None: no limit), and rejects, of a CSV or Parquet file.

    A report's `ingested_at` is when it would have been published. Raises FileNotFoundError.
    """
    records = _parquet(path, start, end) if path.endswith(".parquet") else _csv(path)
    parsed = each("replay", records, _report, now)
    return Parsed(within(parsed.reports, start, end), parsed.rejects)


def read_stored(storage: str, start: datetime | None, end: datetime | None, now: datetime) -> Parsed:
    """The same of the service's own bulk catalogue in the storage at this URL."""
    rows = read_history(open_storage(storage), start, end)
    return each("replay", (row for batch in rows.to_batches() for row in batch.to_pylist()), _report, now)


def reported(rows: Iterable[HistoryEvent]) -> list[SeismicEvent]:
    """Rows of the bulk catalogue as the reports that could have announced them."""
    return [_published(_event_of(row)) for row in rows]


def within(events: Iterable[SeismicEvent], start: datetime | None, end: datetime | None) -> tuple[SeismicEvent, ...]:
    """The events with start <= origin_time < end; None is no limit."""
    return tuple(
        event
        for event in events
        if (start is None or start <= event.origin_time) and (end is None or event.origin_time < end)
    )


def delay(name: str) -> timedelta:
    """A plausible time from origin to first report: log-normal, 1 to 60 minutes, always the same for one id."""
    quantile = (zlib.crc32(name.encode()) + 0.5) / 2**32
    minutes = DELAY_MEDIAN_MINUTES * math.exp(DELAY_SIGMA * NormalDist().inv_cdf(quantile))
    return timedelta(seconds=round(60 * min(max(minutes, 1.0), 60.0)))


def _csv(path: str) -> Iterator[dict[str, Any]]:
    with fsspec.open(path, "rt", compression="infer", encoding="utf-8", errors="surrogateescape", newline="") as file:
        reader = csv.DictReader(file, restval=MISSING)
        while True:
            try:
                yield next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield {"line": reader.line_num, "error": str(error)}


def _parquet(path: str, start: datetime | None, end: datetime | None) -> Iterator[dict[str, Any]]:
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

    limits = [(">=", start), ("<", end)]
    column = ds.field("origin_time")
    tests = [column >= limit if sign == ">=" else column < limit for sign, limit in limits if limit is not None]
    tests = tests if "origin_time" in pq.read_schema(path).names else []
    expression = None
    for test in tests:
        expression = test if expression is None else expression & test
    for batch in ds.dataset(Path(path)).to_batches(filter=expression):
        yield from batch.to_pylist()


def _report(record: dict[str, Any]) -> SeismicEvent:
    for name in ("origin_time", "time"):
        if isinstance(record.get(name), datetime):
            record = record | {name: record[name].isoformat()}
    row = CatalogueRow.model_validate(record)
    own = row.source_event_id or f"{row.origin_time:%Y%m%dT%H%M%S%f}.{row.latitude:.3f}.{row.longitude:.3f}"
    return _published(
        SeismicEvent(
            source=row.source or ("usgs" if row.network else "replay"),
            source_event_id=own,
            origin_time=row.origin_time,
            updated_at=row.origin_time,
            review_status="automatic" if row.status == "automatic" else "reviewed",
            aliases=(own,),
            nst=None if row.nst is None else int(row.nst),
            magnitude_type=row.magnitude_type.lower() if row.magnitude_type else None,
            **row.model_dump(include=_SAME),
        )
    )


_SAME = {
    "latitude", "longitude", "depth_km", "magnitude", "event_type", "place", "network", "gap_deg", "dmin_deg", "rms_s",
}  # fmt: skip
"""Fields that a catalogue row and a report share as they are."""


def _event_of(row: HistoryEvent) -> SeismicEvent:
    return SeismicEvent(
        source=row.source,
        source_event_id=row.source_event_id,
        origin_time=row.origin_time,
        updated_at=row.origin_time,
        latitude=row.latitude,
        longitude=row.longitude,
        depth_km=row.depth_km,
        magnitude=row.magnitude,
        magnitude_type=row.magnitude_type,
        review_status="reviewed",
        place=row.place,
        aliases=(row.source_event_id,),
    )


def _published(event: SeismicEvent) -> SeismicEvent:
    # The agency's later `updated` would be hindsight: in the replay nothing is known before it is published.
    at = event.origin_time + delay(event.source_event_id)
    return replace(event, updated_at=at, ingested_at=at)
