"""Reads the catalogues that `quake benchmark` scores on: any CSV with time, latitude, longitude and magnitude."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import typer
from numpy.typing import NDArray
from scipy.spatial import ConvexHull  # pylint: disable=no-name-in-module  # compiled: pylint cannot see it

from quake.etas_depth import known_depths
from quake.geo import EARTH_RADIUS_KM

REQUIRED = ("time", "latitude", "longitude", "magnitude")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Earthquakes of at least mc in order of time."""

    reports: NDArray[np.float64]
    """Days since 1970, x, y in km, magnitude and, where the file has it, depth in km, shape (n, 4) or (n, 5)."""
    places: NDArray[np.float64]
    """Latitude and longitude in degrees, shape (n, 2)."""
    area_km2: float


def read_catalogue(path: Path, mc: float, polygon: Path | None = None, until: float = np.inf) -> Catalogue:
    """The catalogue in a CSV file, from `mc` up and inside `polygon` (rows latitude, longitude) where one is given.

    Columns x and y, km on any plane, are used when present, else an equal-area projection about the middle; so is depth
    in km (`quake.etas_depth`). Without a polygon the area is the convex hull's. Middle and hull are those of the days
    before `until`, so that nothing of what follows reaches the fit. Exits with a message that says which column or file
    is missing.
    """
    import pandas as pd

    if not path.is_file():
        raise typer.BadParameter(f"no catalogue at {path}")
    table = pd.read_csv(path)
    missing = [name for name in REQUIRED if name not in table]
    if missing:
        raise typer.BadParameter(f"{path} lacks columns {missing}; it has {list(table.columns)}")
    days = _days(pd.to_datetime(table["time"], format="ISO8601", utc=True))
    places = table[["latitude", "longitude"]].to_numpy(float)
    corners = read_polygon(polygon) if polygon else None
    keep = (table["magnitude"].to_numpy() >= mc - 1e-6) & _inside(places, corners)
    known = places[keep & (days < until)]
    if len(known) < 3:
        raise typer.BadParameter(f"{path} has {len(known)} earthquakes of M >= {mc} to learn from")
    plane = table[["x", "y"]].to_numpy(float) if {"x", "y"} <= set(table) else flatten(places, known.mean(0))
    reports = np.column_stack([days, plane, *_sizes(table)])
    order = np.flatnonzero(keep)[np.argsort(days[keep], kind="stable")]
    return Catalogue(reports[order], places[order], area_of(corners, known))


def _sizes(table: Any) -> list[NDArray[np.float64]]:
    """Magnitudes, and depths where the table has them."""
    magnitude = table["magnitude"].to_numpy(float)
    return [magnitude, known_depths(table["depth"].to_numpy(float))] if "depth" in table else [magnitude]


def _days(times: Any) -> NDArray[np.float64]:
    return times.dt.tz_localize(None).to_numpy().astype("datetime64[us]").astype(np.int64) / 86_400e6


def _inside(places: NDArray[np.float64], corners: NDArray[np.float64] | None) -> NDArray[np.bool_]:
    """Which places lie in the polygon: those whose ray to the north crosses its edges an odd number of times."""
    inside = np.ones(len(places), bool)
    if corners is None:
        return inside
    latitude, longitude = places.T
    for start, end in zip(corners, np.roll(corners, -1, 0)):
        across = (start[1] > longitude) != (end[1] > longitude)
        slope = (end[0] - start[0]) / (end[1] - start[1]) if end[1] != start[1] else 0.0
        inside ^= across & (latitude < start[0] + slope * (longitude - start[1]))
    return ~inside


def read_polygon(path: Path) -> NDArray[np.float64]:
    """Corners, rows of latitude and longitude, from a .npy or a CSV file without header."""
    if not path.is_file():
        raise typer.BadParameter(f"no polygon at {path}")
    return np.load(path) if path.suffix == ".npy" else np.loadtxt(path, delimiter=",")


def area_of(corners: NDArray[np.float64] | None, places: NDArray[np.float64]) -> float:
    """Area in km2 of a polygon, or of the convex hull of the places, on an equal-area plane."""
    outline = flatten(places if corners is None else corners, places.mean(0))
    if corners is None:
        return float(ConvexHull(outline).volume)
    x, y = outline.T
    return float(abs(np.sum(x * np.roll(y, 1) - y * np.roll(x, 1))) / 2)


def flatten(places: NDArray[np.float64], centre: NDArray[np.float64]) -> NDArray[np.float64]:
    """Latitude, longitude in degrees -> km east and north of the centre, shape (n, 2).

    Lambert's azimuthal equal-area projection: Snyder (1987), USGS Professional Paper 1395, equations 24-2 to 24-4.
    """
    phi, middle = np.radians(places[:, 0]), np.radians(centre[0])
    step = np.radians(places[:, 1] - centre[1])
    cosine = np.sin(middle) * np.sin(phi) + np.cos(middle) * np.cos(phi) * np.cos(step)
    scale = EARTH_RADIUS_KM * np.sqrt(2 / (1 + cosine))
    north = np.cos(middle) * np.sin(phi) - np.sin(middle) * np.cos(phi) * np.cos(step)
    return np.column_stack([scale * np.cos(phi) * np.sin(step), scale * north])


def unflatten(points: NDArray[np.float64], centre: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of `flatten` (Snyder, equations 20-14, 20-15 and 24-16)."""
    middle = np.radians(centre[0])
    radius = np.maximum(np.hypot(*points.T), 1e-12)
    angle = 2 * np.arcsin(radius / (2 * EARTH_RADIUS_KM))
    x, y = points.T
    phi = np.arcsin(np.cos(angle) * np.sin(middle) + y * np.sin(angle) * np.cos(middle) / radius)
    east = x * np.sin(angle)
    step = np.arctan2(east, radius * np.cos(middle) * np.cos(angle) - y * np.sin(middle) * np.sin(angle))
    return np.column_stack([np.degrees(phi), centre[1] + np.degrees(step)])


def day_of(text: str, option: str) -> float:
    """Days since 1970 of an ISO date or time, UTC unless it says otherwise."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{option} wants a date like 1998-01-01, got {text!r}") from error
    return (moment.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds() / 86400


def date_of(day: float) -> str:
    """ISO date of a day since 1970: `day_of`'s inverse for whole days."""
    return (datetime(1970, 1, 1) + timedelta(days=day)).date().isoformat()
