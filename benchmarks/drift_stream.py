"""A catalogue as the assessments that the drift watch sees, with a tick each day."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from types import NoneType
from typing import Any, Self, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from quake.schema import Assessment, DriftAlarm
from streaming.drift import DAY_S, Watch

EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Stream:
    """Earthquakes as they arrive, arrays of one length in order of time."""

    at_s: NDArray[np.float64]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    depth_km: NDArray[np.float64]
    magnitude: NDArray[np.float64]

    def where(self, keep: NDArray[np.bool_]) -> Self:
        """Those kept."""
        return type(self)(*(getattr(self, item.name)[keep] for item in fields(self)))

    def between(self, start: datetime, end: datetime) -> Self:
        """Those with start <= time < end."""
        return self.where((self.at_s >= start.timestamp()) & (self.at_s < end.timestamp()))

    def with_magnitude(self, magnitude: NDArray[np.float64]) -> Self:
        """The same with other magnitudes."""
        return replace(self, magnitude=magnitude)

    def count(self, start: datetime, end: datetime) -> int:
        """How many with start <= time <= end."""
        return int(((self.at_s >= start.timestamp()) & (self.at_s <= end.timestamp())).sum())


def read_stream(path: Path, start: datetime, end: datetime) -> Stream:
    """A catalogue in CSV with columns time, latitude, longitude, magnitude, perhaps depth."""
    import pandas as pd

    table = pd.read_csv(path)
    table["time"] = pd.to_datetime(table["time"], format="ISO8601", utc=True)
    table = table.dropna(subset=["magnitude"] if "magnitude" in table else ["mag"]).sort_values("time")
    depth = table["depth"].to_numpy(float) if "depth" in table else np.full(len(table), 10.0)
    at_s = (table["time"] - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy()
    magnitude = table["magnitude" if "magnitude" in table else "mag"].to_numpy(float)
    place = (table[name].to_numpy(float) for name in ("latitude", "longitude"))
    return Stream(at_s, *place, depth, magnitude).between(start, end)


def alarms_of(
    watch: Watch, stream: Stream, start: datetime, end: datetime, step_s: float = DAY_S
) -> Iterator[DriftAlarm]:
    """Alarms of the stream from start to end, with a tick every `step_s`."""
    part, tick = stream.between(start, end), (start.timestamp() // step_s + 1) * step_s
    rows = zip(*(getattr(part, item.name).tolist() for item in fields(part)))
    for count, (at_s, latitude, longitude, depth_km, magnitude) in enumerate(rows):
        while tick <= at_s:
            yield from watch.tick(datetime.fromtimestamp(tick, UTC), count)
            tick += step_s
        row = {"latitude": latitude, "longitude": longitude, "depth_km": depth_km, "magnitude": magnitude}
        yield from watch.update(_assessment(datetime.fromtimestamp(at_s, UTC), count, row))
    while tick <= end.timestamp():
        yield from watch.tick(datetime.fromtimestamp(tick, UTC), len(part.at_s))
        tick += step_s


def replayed(watch: Watch, stream: Stream, start: datetime, end: datetime) -> list[DriftAlarm]:
    """All of its alarms; the watch is then where the stream ended."""
    return list(alarms_of(watch, stream, start, end))


def _assessment(at: datetime, count: int, row: dict[str, Any]) -> Assessment:
    own = {"quake_id": f"{at.timestamp()}-{count}", "assessed_at": at, "origin_time": at, "processed_sequence": count}
    return Assessment(**_blank() | own | row)


_BLANK: dict[str, Any] = {}


def _blank() -> dict[str, Any]:
    """A value of its type for every column that the watch does not look at."""
    if not _BLANK:
        simple = {str: "", int: 0, float: 0.0, bool: False, datetime: EPOCH}
        for name, kind in get_type_hints(Assessment).items():
            optional = NoneType in get_args(kind)
            _BLANK[name] = None if optional else simple.get(kind, ())
        _BLANK.update(status="active", event_type="earthquake", region="japan", source="catalogue")
    return _BLANK
