"""A seeded world of earthquakes: space-time ETAS on a few source zones. Agencies' reports: `quake.simulator_reports`.

Branching as in Ogata (1998), Ann. Inst. Stat. Math. 50, 379-402, doi:10.1023/A:1003403601725: background earthquakes
and the offspring of every earthquake, in generations. Not fitted to any catalogue: a test and load generator.
"""

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from quake.geo import EARTH_RADIUS_KM

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Zone:
    """Where background earthquakes lie: normal around a centre, with a share of the world's rate."""

    name: str
    latitude: float
    longitude: float
    spread_km: float
    share: float
    depth_km: float
    """Mean of the exponential depth."""


ZONES = (
    Zone("Honshu", 38.0, 142.5, 250.0, 0.18, 30.0),
    Zone("Aleutians, across the antimeridian", 51.5, 180.0, 250.0, 0.12, 30.0),
    Zone("Tonga and Fiji, across the antimeridian", -19.0, -179.5, 250.0, 0.14, 200.0),
    Zone("Sumatra", -1.0, 99.5, 250.0, 0.14, 35.0),
    Zone("Chile", -30.0, -71.5, 250.0, 0.12, 35.0),
    Zone("California", 35.8, -119.0, 200.0, 0.12, 8.0),
    Zone("East Anatolia", 37.8, 37.5, 120.0, 0.08, 10.0),
    Zone("Central Italy", 42.8, 13.2, 60.0, 0.04, 9.0),
    Zone("Gakkel Ridge, beside the pole", 89.0, 60.0, 200.0, 0.04, 10.0),
    Zone("Antarctica, beside the pole", -88.5, 0.0, 200.0, 0.02, 10.0),
)


@dataclass(frozen=True, slots=True)
class World:
    """Parameters of the simulation; times in days, distances in km."""

    rate_per_day: float = 20.0
    """Background earthquakes of at least `magnitude_min`."""
    magnitude_min: float = 2.5
    magnitude_max: float = 8.5
    b_value: float = 1.0
    productivity: float = 0.8
    """Offspring grow as 10^(productivity (m - magnitude_min)); must be below `b_value`."""
    branching_ratio: float = 0.7
    """Mean offspring of an earthquake; below 1, or the world explodes."""
    c_days: float = 0.01
    p: float = 1.2
    kernel_km: float = 1.0
    """Distance scale of the offspring of the smallest earthquake; grows as 10^(0.5 (m - magnitude_min))."""
    kernel_rho: float = 0.8
    """Density falls as (1 + r^2/d^2)^-(1 + rho)."""


@dataclass(frozen=True, slots=True)
class Earthquakes:
    """True earthquakes in order of time; arrays of shape (n,)."""

    days: Array
    """Since the start of the simulation."""
    latitude: Array
    longitude: Array
    depth_km: Array
    magnitude: Array
    generation: Array
    """0 for background."""

    def __len__(self) -> int:
        return len(self.days)

    def take(self, index: NDArray[np.intp]) -> "Earthquakes":
        """The earthquakes at these positions."""
        return Earthquakes(*(getattr(self, field.name)[index] for field in fields(self)))


def simulate_earthquakes(rng: Generator, days: float, world: World = World()) -> Earthquakes:
    """Every earthquake of `days` days, none triggered from before. Raises ValueError for a world that would explode."""
    if not (0 <= world.branching_ratio < 1 and world.productivity < world.b_value):
        raise ValueError("branching_ratio must be in [0, 1) and productivity below b_value")
    generations = [_background(rng, days, world)]
    while len(generations[-1]):
        generations.append(_offspring(rng, generations[-1], days, world))
    columns = (np.concatenate([getattr(part, field.name) for part in generations]) for field in fields(Earthquakes))
    all_of_them = Earthquakes(*columns)
    return all_of_them.take(np.argsort(all_of_them.days, kind="stable"))


def magnitudes(rng: Generator, count: int, world: World) -> Array:
    """Gutenberg-Richter magnitudes truncated at both ends, by inversion, to 0.01."""
    span = -math.expm1(-world.b_value * math.log(10) * (world.magnitude_max - world.magnitude_min))
    draws = -np.log1p(-rng.random(count) * span) / (world.b_value * math.log(10))
    return np.round(world.magnitude_min + draws, 2)


def _background(rng: Generator, days: float, world: World) -> Earthquakes:
    count = rng.poisson(world.rate_per_day * days)
    shares = np.array([zone.share for zone in ZONES])
    zone = rng.choice(len(ZONES), count, p=shares / shares.sum())
    centre = np.array([[z.latitude, z.longitude, z.spread_km, z.depth_km] for z in ZONES])[zone]
    distance = centre[:, 2] * np.hypot(*rng.standard_normal((2, count)))
    latitude, longitude = displaced(centre[:, 0], centre[:, 1], rng.uniform(0, 2 * math.pi, count), distance)
    depth = np.minimum(rng.exponential(centre[:, 3]), 650.0)
    return Earthquakes(
        rng.uniform(0, days, count), latitude, longitude, depth, magnitudes(rng, count, world), np.zeros(count)
    )


def _offspring(rng: Generator, parents: Earthquakes, days: float, world: World) -> Earthquakes:
    mean = world.branching_ratio / _mean_productivity(world)
    mean = mean * 10 ** (world.productivity * (parents.magnitude - world.magnitude_min))
    parent = np.repeat(np.arange(len(parents)), rng.poisson(mean))
    # Omori-Utsu waiting times by inversion; those past the end are never seen.
    waiting = world.c_days * ((1 - rng.random(len(parent))) ** (-1 / (world.p - 1)) - 1)
    origin = parents.days[parent] + waiting
    origin, mothers = origin[origin < days], parents.take(parent[origin < days])
    latitude, longitude = _scattered(rng, mothers, world)
    depth = np.clip(mothers.depth_km + rng.normal(0, 3, len(mothers)), 0, 650)
    return Earthquakes(origin, latitude, longitude, depth, magnitudes(rng, len(mothers), world), mothers.generation + 1)


def _scattered(rng: Generator, mothers: Earthquakes, world: World) -> tuple[Array, Array]:
    scale = world.kernel_km * 10 ** (0.5 * (mothers.magnitude - world.magnitude_min))
    distance = scale * np.sqrt((1 - rng.random(len(mothers))) ** (-1 / world.kernel_rho) - 1)
    # No aftershock on the other side of the world: the kernel's tail is cut at ten times the source's size.
    distance = np.minimum(distance, 10 * scale + 10)
    return displaced(mothers.latitude, mothers.longitude, rng.uniform(0, 2 * math.pi, len(mothers)), distance)


def _mean_productivity(world: World) -> float:
    """Mean of 10^(productivity (m - magnitude_min)) over the truncated Gutenberg-Richter law."""
    beta, alpha = world.b_value * math.log(10), world.productivity * math.log(10)
    span = world.magnitude_max - world.magnitude_min
    return beta / (beta - alpha) * math.expm1(-(beta - alpha) * span) / math.expm1(-beta * span)


def displaced(latitude: Array, longitude: Array, bearing: Array, distance_km: Array) -> tuple[Array, Array]:
    """Points `distance_km` along `bearing` (radians) on the sphere, in degrees: `quake.geo.destination` for arrays."""
    phi, angle = np.radians(latitude), distance_km / EARTH_RADIUS_KM
    sine = np.clip(np.sin(phi) * np.cos(angle) + np.cos(phi) * np.sin(angle) * np.cos(bearing), -1, 1)
    east = np.sin(bearing) * np.sin(angle) * np.cos(phi)
    turn = np.degrees(np.arctan2(east, np.cos(angle) - np.sin(phi) * sine))
    return np.degrees(np.arcsin(sine)), (longitude + turn + 180.0) % 360.0 - 180.0
