"""Distances, discs and cells on a spherical Earth. Regions live in `quake.regions`."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

EARTH_RADIUS_KM = 6371.0
"""Radius of the sphere all distances are taken on (IUGG mean radius, rounded), km."""


def unit_vectors(latitude: ArrayLike, longitude: ArrayLike) -> NDArray[np.float64]:
    """Points in degrees, shape (...,), as unit vectors, shape (..., 3)."""
    latitude, longitude = np.radians(latitude), np.radians(longitude)
    cosine = np.cos(latitude)
    return np.stack(np.broadcast_arrays(cosine * np.cos(longitude), cosine * np.sin(longitude), np.sin(latitude)), -1)


def distance_km(
    latitude: ArrayLike, longitude: ArrayLike, to_latitude: ArrayLike, to_longitude: ArrayLike
) -> NDArray[np.float64]:
    """Great-circle distance in km between points in degrees (haversine; arguments broadcast)."""
    phi, to_phi = np.radians(latitude), np.radians(to_latitude)
    half_phi, half_lambda = (to_phi - phi) / 2, np.radians(np.subtract(to_longitude, longitude)) / 2
    chord = np.sin(half_phi) ** 2 + np.cos(phi) * np.cos(to_phi) * np.sin(half_lambda) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))


def place_distance_km(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    """`distance_km` of two single points, many times as fast: alerts and identity ask for one pair after the other."""
    phi, to_phi = math.radians(latitude), math.radians(to_latitude)
    half_lambda = math.radians(to_longitude - longitude) / 2
    chord = math.sin((to_phi - phi) / 2) ** 2 + math.cos(phi) * math.cos(to_phi) * math.sin(half_lambda) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(chord, 1.0)))


def destination(latitude: float, longitude: float, bearing_deg: float, distance: float) -> tuple[float, float]:
    """The point `distance` km from (latitude, longitude) along `bearing_deg` clockwise from north, in degrees."""
    angle, bearing = distance / EARTH_RADIUS_KM, math.radians(bearing_deg)
    phi, lambda_ = math.radians(latitude), math.radians(longitude)
    sine = math.sin(phi) * math.cos(angle) + math.cos(phi) * math.sin(angle) * math.cos(bearing)
    to_phi = math.asin(max(-1.0, min(1.0, sine)))
    east = math.sin(bearing) * math.sin(angle) * math.cos(phi)
    to_lambda = lambda_ + math.atan2(east, math.cos(angle) - math.sin(phi) * math.sin(to_phi))
    return math.degrees(to_phi), wrap_longitude(math.degrees(to_lambda))


def wrap_longitude(longitude: float) -> float:
    """`longitude` in degrees brought into [-180, 180)."""
    return (longitude + 180.0) % 360.0 - 180.0


def cell_id(latitude: float, longitude: float, size_deg: float = 1.0) -> str:
    """Name of the latitude-longitude cell that holds the point, by its centre: `N37.5E36.5`."""
    rows = round(180 / size_deg)
    south = min(math.floor((latitude + 90) / size_deg), rows - 1) * size_deg - 90
    west = math.floor((wrap_longitude(longitude) + 180) / size_deg) * size_deg - 180
    return _cell_name(south + size_deg / 2, west + size_deg / 2)


def cell_centre(cell: str) -> tuple[float, float]:
    """Latitude and longitude in degrees of the centre of the cell named by `cell_id`."""
    split = max(cell.find("E", 1), cell.find("W", 1))
    latitude, longitude = float(cell[1:split]), float(cell[split + 1 :])
    return (latitude if cell[0] == "N" else -latitude), (longitude if cell[split] == "E" else -longitude)


def _cell_name(latitude: float, longitude: float) -> str:
    north, east = "N" if latitude >= 0 else "S", "E" if longitude >= 0 else "W"
    return f"{north}{abs(latitude):.6g}{east}{abs(longitude):.6g}"
