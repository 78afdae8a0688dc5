"""Who felt it: people at each intensity, counted at populated places, and the towns to name."""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quake.geo import EARTH_RADIUS_KM, unit_vectors
from quake.intensity import Shaking, shaking_at

Array = NDArray[np.float64]

LOWEST_INTENSITY = 3.0
"""Weaker shaking is not counted: hardly anyone notices it."""
FARTHEST_KM = 3000.0
"""No shaking of MMI 3 is looked for beyond."""
TOWN_PEOPLE = 1000
"""Fewest people of a place that is named as a town."""
TOWNS = 10
"""Towns named at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """The world's populated places, sorted by latitude; arrays of one length."""

    latitude: Array
    longitude: Array
    population: Array
    """People the gazetteer lists."""
    people: Array
    """People counted here: `population` and a share of those who live in no listed place (`spread_population`)."""
    country: NDArray[np.int64]
    """Index into the table of countries."""
    names: NDArray[np.object_]
    vectors: Array
    """`unit_vectors` of the places, shape (n, 3)."""


class Town(NamedTuple):
    """A place worth naming, with what is expected there."""

    name: str
    latitude: float
    longitude: float
    distance_km: float
    population: int
    intensity: float


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """The places that `LOWEST_INTENSITY` reaches: arrays of one length."""

    index: NDArray[np.int64]
    """Into `Places`."""
    distance_km: Array
    intensity: Array
    sigma: Array
    """Standard deviation of the intensity."""
    geometry: Array
    """The part of it that the rupture's unknown strike and extent bring."""


def places_from(
    latitude: ArrayLike,
    longitude: ArrayLike,
    population: ArrayLike,
    country: ArrayLike,
    names: ArrayLike,
    national: ArrayLike,
) -> Places:
    """`Places` from arrays in any order; `national` is the population of each country, NaN where unknown."""
    order = np.argsort(latitude, kind="stable")
    latitude, longitude = np.asarray(latitude, float)[order], np.asarray(longitude, float)[order]
    population, country = np.asarray(population, float)[order], np.asarray(country, np.int64)[order]
    people = spread_population(population, country, np.asarray(national, float))
    vectors = unit_vectors(latitude, longitude)
    return Places(latitude, longitude, population, people, country, np.asarray(names, object)[order], vectors)


def spread_population(population: Array, country: NDArray[np.int64], national: Array) -> Array:
    """People at each place such that every country's sum is its national population.

    Those who live in no listed place are spread evenly over the country's places, for villages lie around small towns
    as much as around large ones; where the list counts more people than live there, all its numbers shrink alike.
    A country of unknown population keeps the list's numbers.
    """
    listed = np.bincount(country, population, len(national))
    places = np.maximum(np.bincount(country, minlength=len(national)), 1)
    known = np.isfinite(national) & (national > 0)
    share = np.where(known, np.maximum(national - listed, 0.0) / places, 0.0)
    shrink = np.where(known & (listed > national), national / np.maximum(listed, 1.0), 1.0)
    return population * shrink[country] + share[country]


def expose(
    places: Places, latitude: float, longitude: float, depth_km: float | None, magnitude: float, regime: str
) -> Exposure:
    """Every place where an earthquake at the point in degrees is expected to reach MMI `LOWEST_INTENSITY`."""
    return expose_to(shaking_curve(magnitude, depth_km, regime), places, latitude, longitude)


def shaking_curve(magnitude: float, depth_km: float | None, regime: str) -> Shaking:
    """The shaking at the distances between which it is interpolated; the first of them is the epicentre."""
    return shaking_at(magnitude, depth_km, _distances(), regime)


def expose_to(shaking: Shaking, places: Places, latitude: float, longitude: float) -> Exposure:
    """`expose`, from a `shaking_curve` that is known already."""
    distances = _distances()
    index, distance = places_within(places, latitude, longitude, _reach(distances, shaking.median))
    intensity, sigma, geometry = (np.interp(distance, distances, part) for part in shaking)
    felt = intensity >= LOWEST_INTENSITY
    return Exposure(index[felt], distance[felt], intensity[felt], sigma[felt], geometry[felt])


@cache
def _distances() -> Array:
    """Where the equations are evaluated; between, intensity is interpolated (within 0.01 MMI, by test)."""
    return np.concatenate([[0.0], np.geomspace(0.5, FARTHEST_KM, 120)])


def _reach(distances: Array, median: Array) -> float:
    """The first of the distances that shaking of `LOWEST_INTENSITY` does not reach any more."""
    felt = np.flatnonzero(median >= LOWEST_INTENSITY)
    return float(distances[min(felt[-1] + 1, len(distances) - 1)]) if len(felt) else 0.0


def places_within(
    places: Places, latitude: float, longitude: float, radius_km: float
) -> tuple[NDArray[np.int64], Array]:
    """Indices of the places within `radius_km` of the point in degrees, and their distances in km."""
    band = np.degrees(radius_km / EARTH_RADIUS_KM)
    first, last = np.searchsorted(places.latitude, [latitude - band, latitude + band])
    cosine = places.vectors[first:last] @ unit_vectors(latitude, longitude)
    inside = np.flatnonzero(cosine >= np.cos(radius_km / EARTH_RADIUS_KM) - 1e-12)
    chord = np.sqrt(np.maximum(2.0 - 2.0 * cosine[inside], 0.0))
    return inside + first, 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1.0))


def people_by_intensity(places: Places, exposure: Exposure) -> Array:
    """People at MMI 1, 2, ..., 10 (index 0 to 9), each place at its intensity rounded; below 3 nobody is counted."""
    step = np.rint(exposure.intensity).astype(np.int64)
    return np.bincount(step, places.people[exposure.index], 11)[1:11]


def towns(places: Places, exposure: Exposure, limit: int = TOWNS) -> tuple[Town, ...]:
    """Half the towns nearest, half the most populous within MMI 5, or within all that is felt if that is none."""
    order = np.flatnonzero(places.population[exposure.index] >= TOWN_PEOPLE)
    nearest = order[np.argsort(exposure.distance_km[order], kind="stable")][: limit - limit // 2]
    strong = order[exposure.intensity[order] >= min(5.0, exposure.intensity[order].max(initial=0.0))]
    largest = strong[np.argsort(-places.population[exposure.index[strong]], kind="stable")]
    chosen = [*nearest, *(item for item in largest[:limit] if item not in set(nearest))][:limit]
    return tuple(sorted((_town(places, exposure, item) for item in chosen), key=lambda town: -town.intensity))


def _town(places: Places, exposure: Exposure, item: int) -> Town:
    index = exposure.index[item]
    return Town(
        name=str(places.names[index]),
        latitude=float(places.latitude[index]),
        longitude=float(places.longitude[index]),
        distance_km=float(exposure.distance_km[item]),
        population=int(places.population[index]),
        intensity=float(exposure.intensity[item]),
    )
