"""The fixed, overlapping regions of the world, and the smooth blend of their answers.

A region is a spherical cap around one point of a Fibonacci lattice, so no border, date line or pole is special.
Region ids and centres are frozen: state, parameters and rows hang on them.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from quake.geo import EARTH_RADIUS_KM, unit_vectors

COUNT = 200
"""Regions in the world."""
RADIUS_KM = 1700.0
"""Cap radius: beyond it a region has no say. Every point lies well inside at least one cap (tested)."""
BUFFER_KM = 300.0
"""A region also hears of earthquakes this far outside its cap, or five rupture lengths if that is more."""


@cache
def centres() -> NDArray[np.float64]:
    """Latitude and longitude of every region's centre in degrees, shape (COUNT, 2).

    The Fibonacci lattice of Gonzalez (2010), Mathematical Geosciences 42, 49-64, doi:10.1007/s11004-009-9257-x.
    """
    index = np.arange(COUNT) - (COUNT - 1) / 2
    latitude = np.degrees(np.arcsin(2 * index / COUNT))
    longitude = (index * 360.0 * 2 / (1 + 5**0.5) + 180.0) % 360.0 - 180.0
    return np.round(np.stack([latitude, longitude], -1), 4)


@cache
def _vectors() -> NDArray[np.float64]:
    return unit_vectors(*centres().T)


def region_id(index: int) -> str:
    """The string id of a region: `r000` to `r199`, south to north."""
    return f"r{index:03d}"


def region_index(region: str) -> int:
    """The row of `centres()` that `region` names."""
    if not (region.startswith("r") and region[1:].isdigit() and int(region[1:]) < COUNT):
        raise ValueError(f"no region {region!r}; known: r000 to {region_id(COUNT - 1)}")
    return int(region[1:])


@lru_cache(1024)
def centre_distances_km(latitude: float, longitude: float) -> NDArray[np.float64]:
    """Distance from a point to every region's centre in km, shape (COUNT,), not to be written to."""
    cosine = _vectors() @ unit_vectors(latitude, longitude)
    distances = EARTH_RADIUS_KM * np.arccos(np.clip(cosine, -1, 1))
    distances.setflags(write=False)
    return distances


def home_region(latitude: float, longitude: float) -> str:
    """The region whose centre is nearest: the one that assesses an earthquake there."""
    return region_id(int(np.argmin(centre_distances_km(latitude, longitude))))


def rupture_length_km(magnitude: float) -> float:
    """Subsurface rupture length in km, all slip types: log10 L = -2.44 + 0.59 M.

    Wells and Coppersmith (1994), Table 2A, BSSA 84, 974-1002, doi:10.1785/BSSA0840040974.
    """
    return float(10 ** (-2.44 + 0.59 * magnitude))


def hearing_regions(latitude: float, longitude: float, magnitude: float | None) -> list[str]:
    """Every region whose buffer holds an earthquake of `magnitude` at the point: those that must hear of it."""
    buffer = max(BUFFER_KM, 5 * rupture_length_km(magnitude)) if magnitude is not None else BUFFER_KM
    near = centre_distances_km(latitude, longitude) < RADIUS_KM + buffer
    return [region_id(int(index)) for index in np.flatnonzero(near)]


@lru_cache(1024)
def blend_weights(latitude: float, longitude: float) -> Mapping[str, float]:
    """Weight of every region covering the point: smooth in space, zero with zero slope at a cap's edge, sum 1."""
    distance = centre_distances_km(latitude, longitude)
    inside = np.flatnonzero(distance < RADIUS_KM)
    bump = (1 - (distance[inside] / RADIUS_KM) ** 2) ** 3
    weights = {region_id(int(index)): float(weight) for index, weight in zip(inside, bump / bump.sum())}
    return MappingProxyType(weights)
