"""From a raw catalogue to sets for fitting and testing: clean, describe, split by time, keep with digest and lineage.

Columns come from `quake.features` only. A set made before from the same data, split and code is not made again.
"""

import hashlib
import inspect
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import structlog
from tqdm import tqdm

from batch.prepare_sources import Raw, read_raw
from quake import features as features_module
from quake.adapters.history import TIME
from quake.adapters.storage import Storage, open_storage, sha256
from quake.catalog import DAY_S, Catalog
from quake.etas_depth import known_depths
from quake.features import FEATURES, Moment, features
from quake.hindcast import HORIZON_DAYS, MEMORY_MAGNITUDE, followers
from quake.quakes import DELTA_M, MC, Quakes
from quake.settings import Settings

FOLDER = "prepared"
PLACE = ["origin_time", "latitude", "longitude", "magnitude", "depth_km"]
MEMORY_DAYS = 366.0
"""No feature looks further back."""
FORGET_EVERY = 2000
NAMES = ("train", "validation", "test")
CATALOGUE = "catalogue"
"""The set of all earthquakes from MEMORY_MAGNITUDE on, however old: what the fit and its score read."""
FILES = (*NAMES, CATALOGUE)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Split:
    """Spans in order of time; after each border `embargo` is left out: no outcome is known on the other side."""

    start: datetime
    train_end: datetime
    validation_end: datetime
    end: datetime
    embargo: timedelta = timedelta(days=30)

    def spans(self) -> dict[str, tuple[datetime, datetime]]:
        """Name -> first moment and first moment after. Raises ValueError when a span would be empty."""
        borders = (self.start, self.train_end, self.validation_end)
        firsts = (self.start, self.train_end + self.embargo, self.validation_end + self.embargo)
        found = dict(zip(NAMES, zip(firsts, (*borders[1:], self.end))))
        if any(first >= last for first, last in found.values()) or self.embargo < timedelta(days=HORIZON_DAYS):
            raise ValueError(f"spans must follow each other, with an embargo of {HORIZON_DAYS} days or more: {found}")
        return found


@dataclass(frozen=True, slots=True)
class Prepared:
    """Sets that lie in storage: folder, digest and number of rows of each, why rows were dropped, made or found."""

    folder: str
    digests: dict[str, str]
    rows: dict[str, int]
    dropped: dict[str, int]
    reused: bool


def prepare(settings: Settings, split: Split, source: str = "history", progress: bool = True) -> Prepared:
    """The sets of a catalogue, made now unless they were: `history`, a CSV file's URL, or an FDSN service's."""
    storage, spans = open_storage(settings.storage), split.spans()
    raw = read_raw(storage, source, split.start, split.end)
    lineage = _lineage(raw, source, split)
    folder = f"{FOLDER}/{_key(lineage)}"
    found = _find(storage, folder)
    if found is not None:
        return found
    rows, dropped = _described(raw, split, progress)
    sets = {name: rows.filter(_inside(*span)) for name, span in spans.items()}
    dropped["embargo"] = rows.num_rows - sum(part.num_rows for part in sets.values())
    sets[CATALOGUE] = raw.rows.select(PLACE).filter(pc.field("magnitude") >= MEMORY_MAGNITUDE - DELTA_M / 2)
    return _keep(storage, folder, lineage, sets, dict(raw.dropped + dropped))


def read_set(storage: Storage, prepared: Prepared, name: str) -> pa.Table:
    """One of the sets. Raises ValueError when it is not what was written."""
    path = f"{prepared.folder}/{name}.parquet"
    if storage.digest(path) != prepared.digests[name]:
        raise ValueError(f"{path} is not what was prepared; delete {prepared.folder} and run: quake flows run prepare")
    with storage.open(path) as file:
        return pq.read_table(file)


def quakes_of(rows: pa.Table) -> Quakes:
    """A set's earthquakes as the fit wants them."""
    seconds = rows["origin_time"].cast(pa.int64()).to_numpy() / 1e6
    latitude, longitude, magnitude, depth_km = (rows[name].to_numpy() for name in PLACE[1:])
    return Quakes(seconds, latitude, longitude, magnitude, known_depths(depth_km))


def _lineage(raw: Raw, source: str, split: Split) -> dict[str, Any]:
    spans = {name: str(value) for name, value in asdict(split).items()}
    modules = (features_module, inspect.getmodule(followers), inspect.getmodule(Split))
    code = "".join(inspect.getsource(module) for module in modules)
    columns = {name: column.unit for name, column in FEATURES.items()}
    about = {"source": source, "source_sha256": raw.digest, "split": spans, "features": columns}
    return about | {"mc": MC, "horizon_days": HORIZON_DAYS, "code_sha256": sha256(code.encode())}


def _key(lineage: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(lineage, sort_keys=True).encode()).hexdigest()[:16]


def _find(storage: Storage, folder: str) -> Prepared | None:
    """What lies in the folder, if all of it is as written."""
    if not storage.exists(f"{folder}/lineage.json"):
        return None
    about = json.loads(storage.read(f"{folder}/lineage.json"))
    found = Prepared(folder, about["digests"], about["rows"], about["dropped"], reused=True)
    paths = {name: f"{folder}/{name}.parquet" for name in FILES}
    whole = all(storage.exists(paths[name]) and storage.digest(paths[name]) == found.digests[name] for name in FILES)
    log.info("sets found", folder=folder, whole=whole)
    return found if whole else None


def _described(raw: Raw, split: Split, progress: bool) -> tuple[pa.Table, Counter]:
    """Every earthquake >= MC of the split whose outcome is known: its own columns, its features, what came after."""
    large = raw.rows.filter(pc.field("magnitude") >= MC - DELTA_M / 2)
    wanted = large.filter(_inside(split.start, split.end))
    columns = list(tqdm(_features(raw.rows, split), "features", wanted.num_rows, disable=not progress, unit=" rows"))
    names = ("source_event_id", "origin_time", "latitude", "longitude", "magnitude", "depth_km")
    own = {name: wanted[name] for name in names}
    made = {name: np.array([row[name] for row in columns], float) for name in FEATURES if name not in own}
    rows = pa.table(own | made | {f"observed_{HORIZON_DAYS}d": followers(quakes_of(wanted))})
    known = rows.filter(_inside(split.start, split.end - timedelta(days=HORIZON_DAYS + 1)))
    reasons = {"magnitude below mc": raw.rows.num_rows - large.num_rows}
    reasons |= {
        "before the split": large.num_rows - wanted.num_rows,
        "outcome not known": rows.num_rows - known.num_rows,
    }
    return known, Counter(reasons)


def _features(rows: pa.Table, split: Split) -> Iterator[dict[str, float]]:
    """The features of each earthquake >= MC from the split's start on, in order, from those before it."""
    rows = rows.filter(_inside(split.start - timedelta(days=MEMORY_DAYS), split.end))
    quakes, depths, catalog = quakes_of(rows), rows["depth_km"].to_numpy(), Catalog()
    columns = (quakes.origin_s, quakes.latitude, quakes.longitude, quakes.magnitude, depths)
    for count, (*place, magnitude, depth_km) in enumerate(zip(*(column.tolist() for column in columns))):
        if count % FORGET_EVERY == 0:
            catalog.forget_before(place[0] - MEMORY_DAYS * DAY_S)
        if magnitude >= MC - DELTA_M / 2 and place[0] >= split.start.timestamp():
            yield features(Moment(*place, magnitude, depth_km), catalog)
        catalog.put(str(count), *place, magnitude)


def _inside(start: datetime, end: datetime) -> pc.Expression:
    first, last = (pa.scalar(time, TIME) for time in (start, end))
    return (pc.field("origin_time") >= first) & (pc.field("origin_time") < last)


def _keep(
    storage: Storage, folder: str, lineage: dict[str, Any], sets: dict[str, pa.Table], dropped: dict[str, int]
) -> Prepared:
    digests = {}
    for name, rows in sets.items():
        buffer = pa.BufferOutputStream()
        pq.write_table(rows, buffer, compression="zstd")
        digests[name] = storage.write(f"{folder}/{name}.parquet", buffer.getvalue().to_pybytes())
    made = Prepared(folder, digests, {name: rows.num_rows for name, rows in sets.items()}, dropped, reused=False)
    written = {"digests": digests, "rows": made.rows, "dropped": dropped}
    storage.write(f"{folder}/lineage.json", json.dumps(lineage | written, indent=2).encode())
    log.info("sets kept", folder=folder, rows=made.rows, dropped=dropped)
    return made
