"""Smoothed seismicity: the long-term rate of earthquakes, the normal day that every forecast stands beside."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from quake.geo import EARTH_RADIUS_KM, distance_km, unit_vectors

NEIGHBOURS = 8
"""The kernel of an earthquake reaches as far as its eighth nearest neighbour."""
BANDWIDTH_KM = (2.0, 300.0)
"""Smallest and largest kernel width: location error, and the width of a plate boundary zone."""
UNIFORM_SHARE = 0.01
"""Share of the rate spread evenly over the Earth: no place has none."""
SAMPLES = 32
"""Points that stand for one kernel: equal shares of its mass."""
CHUNK = 50_000
SUBCELLS = 8
"""A cell's share in a disc is found on SUBCELLS x SUBCELLS points."""


@dataclass(frozen=True, slots=True)
class RateGrid:
    """Earthquakes of at least `mc` a year in each cell; rows run south to north, columns west to east."""

    rates: NDArray[np.float64]
    mc: float
    b_value: float

    @property
    def size_deg(self) -> float:
        """Side of a cell in degrees."""
        return 180 / self.rates.shape[0]


def smoothed_rate(
    latitude: ArrayLike,
    longitude: ArrayLike,
    years: float,
    mc: float,
    b_value: float,
    *,
    weights: ArrayLike | None = None,
    size_deg: float = 1.0,
) -> RateGrid:
    """The world's yearly rate from earthquakes of at least `mc`, shape (n,), observed over `years`.

    Adaptive power-law kernels d / (2 pi (r^2 + d^2)^1.5), d the distance to the eighth nearest neighbour: Helmstetter,
    Kagan and Jackson (2007), Seismol. Res. Lett. 78, 78-86, doi:10.1785/gssrl.78.1.78, equations 1 and 2. `weights`
    (default 1) decluster: the probability of being background.
    """
    latitude, longitude = np.asarray(latitude, float), np.asarray(longitude, float)
    if years <= 0 or len(latitude) <= NEIGHBOURS:
        raise ValueError(f"needs more than {NEIGHBOURS} earthquakes and years > 0; got {len(latitude)}, {years}")
    shares = np.ones(len(latitude)) if weights is None else np.asarray(weights, float)
    rows = round(180 / size_deg)
    mass = _kernel_mass(latitude, longitude, shares, rows)
    even = np.repeat(_row_areas(rows), 2 * rows) / (2 * rows) * mass.sum()
    rates = ((1 - UNIFORM_SHARE) * mass + UNIFORM_SHARE * even) / years
    return RateGrid(rates.reshape(rows, 2 * rows), mc, b_value)


def _kernel_mass(
    latitude: NDArray[np.float64], longitude: NDArray[np.float64], shares: NDArray[np.float64], rows: int
) -> NDArray[np.float64]:
    width = _bandwidth_km(latitude, longitude)
    mass = np.zeros(rows * rows * 2)
    for start in range(0, len(latitude), CHUNK):
        part = slice(start, start + CHUNK)
        cells = _cells_of(*_kernel_points(latitude[part], longitude[part], width[part]), rows)
        mass += np.bincount(cells.ravel(), np.repeat(shares[part] / SAMPLES, SAMPLES), len(mass))
    return mass


def _bandwidth_km(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> NDArray[np.float64]:
    points = unit_vectors(latitude, longitude)
    chord = cKDTree(points).query(points, k=[NEIGHBOURS + 1])[0][:, 0]
    return np.clip(2 * EARTH_RADIUS_KM * np.arcsin(np.clip(chord / 2, 0, 1)), *BANDWIDTH_KM)


def _kernel_points(
    latitude: NDArray[np.float64], longitude: NDArray[np.float64], width_km: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """SAMPLES points each, at the quantiles of the kernel's radius and golden-angle bearings, shape (n, SAMPLES)."""
    outside = 1 - (np.arange(SAMPLES) + 0.5) / SAMPLES
    angle = width_km[:, None] * np.sqrt(outside**-2 - 1) / EARTH_RADIUS_KM
    bearing = np.arange(SAMPLES) * np.pi * (3 - 5**0.5)
    phi = np.radians(latitude)[:, None]
    sine = np.clip(np.sin(phi) * np.cos(angle) + np.cos(phi) * np.sin(angle) * np.cos(bearing), -1, 1)
    east = np.sin(bearing) * np.sin(angle) * np.cos(phi)
    step = np.arctan2(east, np.cos(angle) - np.sin(phi) * sine)
    return np.degrees(np.arcsin(sine)), longitude[:, None] + np.degrees(step)


def _cells_of(latitude: NDArray[np.float64], longitude: NDArray[np.float64], rows: int) -> NDArray[np.int64]:
    row = np.clip(((latitude + 90) * rows / 180).astype(int), 0, rows - 1)
    column = ((longitude + 180) % 360 * rows / 180).astype(int) % (2 * rows)
    return row * 2 * rows + column


def _row_areas(rows: int) -> NDArray[np.float64]:
    """Share of the sphere in each row of cells."""
    return np.diff(np.sin(np.radians(np.linspace(-90, 90, rows + 1)))) / 2


def rate_within(grid: RateGrid, latitude: float, longitude: float, radius_km: float) -> float:
    """Expected earthquakes of at least `grid.mc` a year within `radius_km` of the point."""
    rows, columns = _touched(grid, latitude, longitude, np.degrees(radius_km / EARTH_RADIUS_KM))
    north, east = _subcells(rows, grid.size_deg) - 90, _subcells(columns, grid.size_deg) - 180
    distance = distance_km(latitude, longitude, north.ravel()[:, None], east.ravel())
    # A subcell that the edge cuts counts by how far it reaches inside.
    inside = np.clip((radius_km - distance) / (np.radians(grid.size_deg / SUBCELLS) * EARTH_RADIUS_KM) + 0.5, 0, 1)
    # A cell narrows towards the pole, so its subcells weigh by the cosine of their latitude.
    weight = np.cos(np.radians(north))
    weight /= weight.sum(1, keepdims=True) * SUBCELLS
    share = np.einsum("iajb,ia->ij", inside.reshape(*north.shape, *east.shape), weight)
    return float((share * grid.rates[np.ix_(rows, columns % grid.rates.shape[1])]).sum())


def _touched(
    grid: RateGrid, latitude: float, longitude: float, reach_deg: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns that a disc may touch; columns may run past the date line."""
    bounds = np.clip([latitude - reach_deg, latitude + reach_deg], -90, 90)
    first, last = np.floor((bounds + 90) / grid.size_deg).astype(int)
    rows = np.arange(first, min(last, len(grid.rates) - 1) + 1)
    return rows, _columns(longitude, abs(latitude) + reach_deg, reach_deg, grid)


def _subcells(index: NDArray[np.int64], size_deg: float) -> NDArray[np.float64]:
    return (index[:, None] + (np.arange(SUBCELLS) + 0.5) / SUBCELLS) * size_deg


def _columns(longitude: float, farthest_latitude: float, reach_deg: float, grid: RateGrid) -> NDArray[np.int64]:
    """Columns that a disc may touch; all of them when it holds a pole."""
    count = grid.rates.shape[1]
    if farthest_latitude >= 90:
        return np.arange(count)
    sine = np.sin(np.radians(reach_deg)) / np.cos(np.radians(farthest_latitude - reach_deg))
    width = np.degrees(np.arcsin(min(1.0, sine)))
    first, last = np.floor((np.array([longitude - width, longitude + width]) + 180) / grid.size_deg).astype(int)
    return np.arange(first, last + 1) if last - first < count else np.arange(count)


def scaled_rate(rate: float, mc: float, magnitude_min: float, b_value: float) -> float:
    """A rate of earthquakes >= mc as the rate of those >= magnitude_min: Gutenberg-Richter, 10^(-b (m - mc))."""
    return float(rate * 10 ** (-b_value * (magnitude_min - mc)))
