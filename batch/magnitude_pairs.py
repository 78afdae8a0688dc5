"""First and reviewed magnitudes of the same earthquakes: from the service's own record, USGS files, or simulated."""

import csv
import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from quake.adapters.sql import answer
from quake.adapters.warehouse import Warehouse
from quake.magnitude import FirstReport

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """First reports with the magnitude after review, in order of origin time."""

    reports: tuple[FirstReport, ...]
    reviewed: Array
    origin_s: Array
    """Seconds since 1970."""

    def __len__(self) -> int:
        return len(self.reports)

    def split(self, share: float) -> tuple["Pairs", "Pairs"]:
        """The earlier `share` of the pairs and the later rest: never a random split, or aftershocks tell."""
        return self._part(slice(None, round(share * len(self)))), self._part(slice(round(share * len(self)), None))

    def folds(self, count: int) -> Iterator[tuple["Pairs", "Pairs"]]:
        """Each of `count` stretches of time left out once: the rest, and the stretch."""
        everything = np.arange(len(self))
        for held in np.array_split(everything, count):
            yield self._part(np.delete(everything, held)), self._part(held)

    def _part(self, rows: slice | NDArray[np.intp]) -> "Pairs":
        reports = tuple(self.reports[row] for row in np.arange(len(self))[rows])
        return Pairs(reports, self.reviewed[rows], self.origin_s[rows])


def _in_order(rows: Sequence[tuple[FirstReport, float, float]]) -> Pairs:
    rows = sorted(rows, key=lambda row: row[2])
    reviewed, origin = (np.array([row[column] for row in rows], float) for column in (1, 2))
    return Pairs(tuple(row[0] for row in rows), reviewed, origin)


def pairs_from_reports(warehouse: Warehouse, as_of: datetime) -> Pairs:
    """What `event_reports` knew at `as_of`: first automatic reports whose earthquake was reviewed since."""
    rows = warehouse.query(answer("magnitude_pairs"), {"as_of": as_of}).to_pylist()
    return _in_order([(_recorded(row), row["reviewed_magnitude"], row["origin_time"].timestamp()) for row in rows])


def _recorded(row: dict[str, Any]) -> FirstReport:
    names = ("magnitude", "magnitude_type", "network", "latitude", "longitude", "depth_km")
    quality = {name: row[name] for name in (*names, "nst", "gap_deg", "dmin_deg", "rms_s")}
    minutes = (row["ingested_at"] - row["origin_time"]).total_seconds() / 60
    return FirstReport(automatic=True, minutes_since_origin=minutes, **quality)


def pairs_from_months(early: Sequence[Path], final: Mapping[str, float], automatic_only: bool = False) -> Pairs:
    """USGS CSV files (`.csv` or `.csv.gz`) beside the magnitudes that the same ids have in the end.

    What such a file says is not a first report: it is the state on the day of the file, mostly reviewed already.
    Raises ValueError when no id has a final magnitude.
    """
    found = []
    for row in (row for path in early for row in _rows(path)):
        automatic = row.get("status", "").lower() == "automatic"
        if row["id"] in final and (automatic or not automatic_only):
            origin = datetime.fromisoformat(row["time"])
            found.append((_listed(row, origin, automatic), final[row["id"]], origin.timestamp()))
    if not found:
        raise ValueError("the files and the final magnitudes share no earthquake id")
    return _in_order(found)


def final_magnitudes(late: Sequence[Path]) -> dict[str, float]:
    """Magnitude by id from USGS CSV files fetched late."""
    return {row["id"]: float(row["mag"]) for path in late for row in _rows(path)}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    opened = gzip.open(path, "rt", encoding="utf-8-sig") if path.suffix == ".gz" else path.open(encoding="utf-8-sig")
    with opened as file:
        yield from (row for row in csv.DictReader(file) if row["mag"] and row["type"] == "earthquake")


def _listed(row: dict[str, str], origin: datetime, automatic: bool) -> FirstReport:
    nst, gap, dmin, rms = (float(row[name]) if row[name] else None for name in ("nst", "gap", "dmin", "rms"))
    return FirstReport(
        magnitude=float(row["mag"]),
        magnitude_type=row["magType"],
        network=row["net"],
        automatic=automatic,
        minutes_since_origin=(datetime.fromisoformat(row["updated"]) - origin).total_seconds() / 60,
        latitude=float(row["latitude"]),
        longitude=float(row["longitude"]),
        depth_km=float(row["depth"]) if row["depth"] else None,
        nst=None if nst is None else int(nst),
        gap_deg=gap,
        dmin_deg=dmin,
        rms_s=rms,
    )


def simulated_pairs(rng: Generator, count: int) -> Pairs:
    """Made-up pairs with the habits that real magnitudes have, so that there is something to learn.

    `mb` saturates above 5.5, few stations read `ml` low and scatter, `mww` is right from the start.
    """
    true = np.minimum(3.0 + rng.exponential(1 / np.log(10), count), 8.5)
    kind = np.where(true < 4.2, "ml", np.where(rng.random(count) < 0.7, "mb", "mww"))
    nst = np.maximum(rng.poisson(12 * (true - 2), count), 3)
    bias = np.where(kind == "mb", -0.5 * np.maximum(true - 5.2, 0) - 0.12, 0.0) - (kind == "ml") * 0.9 / np.sqrt(nst)
    error = np.where(kind == "mww", 0.03, 0.08 + 0.5 / np.sqrt(nst)) * rng.standard_normal(count)
    gap, minutes = np.clip(rng.normal(240 - 2 * nst, 40), 20, 355), rng.lognormal(2.5, 0.6, count)
    reports = [
        FirstReport(
            magnitude=float(np.round(true[row] + bias[row] + error[row], 2)),
            magnitude_type=str(kind[row]),
            network="us" if kind[row] != "ml" else "xx",
            automatic=True,
            minutes_since_origin=float(minutes[row]),
            latitude=0.0,
            longitude=0.0,
            depth_km=10.0,
            nst=int(nst[row]),
            gap_deg=float(gap[row]),
        )
        for row in range(count)
    ]
    return Pairs(tuple(reports), np.round(true, 2), np.arange(count, dtype=float))
