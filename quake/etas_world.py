"""The forecast for any place on Earth: one state a region, their answers blended smoothly.

The live engine feeds `World.observe`, `World.withdraw`, and asks `World.intensity`; expected counts: `quake.etas_risk`.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quake.etas import Arrival, RegionState
from quake.etas_depth import UNKNOWN_DEPTH_KM
from quake.etas_parameters import EtasParameters
from quake.geo import EARTH_RADIUS_KM, unit_vectors
from quake.regions import (
    BUFFER_KM,
    COUNT,
    RADIUS_KM,
    blend_weights,
    centres,
    hearing_regions,
    home_region,
    region_id,
    region_index,
)

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class Taken:
    """Where one earthquake lies in one region's state."""

    region: str
    index: int


class World:
    """The states of the regions that have earthquakes, by region id.

    `parameters` names the parameters of each region; `default` are those of every other region. `begin` makes a state
    that is asked for first, empty unless it is given; `only` names the regions that are kept here, None for all.
    """

    def __init__(
        self,
        parameters: Mapping[str, EtasParameters],
        default: EtasParameters,
        begin: Callable[[str], RegionState] | None = None,
        only: frozenset[str] | None = None,
    ) -> None:
        self.parameters = dict(parameters)
        self.default = default
        self.states: dict[str, RegionState] = {}
        self.taken: dict[str, tuple[Taken, ...]] = {}
        self._begin = begin or (lambda region: RegionState(self.parameters_of(region)))
        self._only = only

    def observe(
        self,
        quake_id: str,
        origin_time: datetime,
        latitude: float,
        longitude: float,
        magnitude: float | None,
        depth_km: float = UNKNOWN_DEPTH_KM,
    ) -> Arrival | None:
        """Takes in a report; the same `quake_id` again replaces its earlier part (a revision).

        The answer is what its home region said before it, None when it is below that region's mc or has no magnitude.
        """
        self.withdraw(quake_id)
        if magnitude is None:
            return None
        home, answer, taken = home_region(latitude, longitude), None, []
        for region in hearing_regions(latitude, longitude, magnitude):
            if not self.keeps(region) or magnitude < self.parameters_of(region).mc - 1e-6:
                continue
            where = map(float, project(region, latitude, longitude))
            index, arrival = self.state(region).observe(days_of(origin_time), *where, magnitude, depth_km)
            taken.append(Taken(region, index))
            answer = arrival if region == home else answer
        self.taken[quake_id] = tuple(taken)
        return answer

    def withdraw(self, quake_id: str) -> bool:
        """Takes an earthquake back in every region that heard of it; False if none has it."""
        parts = self.taken.pop(quake_id, ())
        for part in parts:
            self.states[part.region].withdraw(part.index)
        return bool(parts)

    def observe_all(
        self,
        days: NDArray[np.float64],
        latitude: NDArray[np.float64],
        longitude: NDArray[np.float64],
        magnitude: NDArray[np.float64],
        depth_km: NDArray[np.float64],
        regions: Iterable[str] | None = None,
    ) -> None:
        """Takes in history, shape (n,) each, in order, region by region: what `observe` does without ids, faster."""
        for region in regions if regions is not None else _all_regions():
            columns = (latitude, longitude, magnitude, depth_km)
            reports = region_reports(region, self.parameters_of(region).mc, days, columns)
            if len(reports):
                self.state(region).observe_all(reports)

    def intensity(self, latitude: float, longitude: float, when: datetime, magnitude_min: float) -> float:
        """Earthquakes of at least `magnitude_min` a day and km2 at the place and time, blended from its regions."""
        days, total = days_of(when), 0.0
        for region, weight in blend_weights(latitude, longitude).items():
            x, y = project(region, latitude, longitude)
            density = self.state(region).intensity(float(x), float(y), days)
            total += weight * density * fraction_above(self.parameters_of(region), magnitude_min)
        return total

    def parameters_of(self, region: str) -> EtasParameters:
        """The parameters of a region."""
        return self.parameters.get(region, self.default)

    def keeps(self, region: str) -> bool:
        """Whether the region is one of those kept here."""
        return self._only is None or region in self._only

    def state(self, region: str) -> RegionState:
        """The state of a region, made when first asked for."""
        if region not in self.states:
            region_index(region)
            self.states[region] = self._begin(region)
        return self.states[region]

    def to_arrays(self) -> dict[str, NDArray]:
        """Every region's arrays, named `region/array`, and the ids that `withdraw` knows."""
        arrays = {f"{region}/{name}": array for region, state in self.states.items() for name, array in
                  state.to_arrays().items()}  # fmt: skip
        parts = [(quake_id, part.region, part.index) for quake_id, taken in self.taken.items() for part in taken]
        columns = list(zip(*parts)) or [(), (), ()]
        arrays["taken/quake_id"], arrays["taken/region"] = (np.array(column, "U") for column in columns[:2])
        return arrays | {"taken/index": np.array(columns[2], np.int64)}

    @classmethod
    def from_arrays(
        cls, parameters: Mapping[str, EtasParameters], default: EtasParameters, arrays: Mapping[str, NDArray]
    ) -> "World":
        """The world that `to_arrays` wrote, under the same parameters."""
        world, parts = cls(parameters, default), {}
        for name, array in arrays.items():
            region, _, field = name.partition("/")
            parts.setdefault(region, {})[field] = array
        taken = parts.pop("taken")
        world.states = {
            region: RegionState.from_arrays(world.parameters_of(region), fields) for region, fields in parts.items()
        }
        for quake_id, region, index in zip(taken["quake_id"], taken["region"], taken["index"]):
            world.taken[str(quake_id)] = (*world.taken.get(str(quake_id), ()), Taken(str(region), int(index)))
        return world


def days_of(when: datetime) -> float:
    """Days since 1970 of an aware datetime."""
    return (when - EPOCH).total_seconds() / 86400


def fraction_above(parameters: EtasParameters, magnitude_min: float) -> float:
    """Share of earthquakes >= mc that reach `magnitude_min`: as counted, not as the b-value would have it.

    Below mc, where the catalogue has gaps, b = 1: the share exceeds one.
    """
    if magnitude_min <= parameters.mc or not parameters.fractions:
        return float(10 ** (parameters.mc - magnitude_min))
    steps, shares = np.array(parameters.fractions).T
    return float(np.exp(np.interp(magnitude_min, steps, np.log(np.maximum(shares, 1e-12)))))


def project(region: str, latitude: ArrayLike, longitude: ArrayLike) -> tuple[Any, Any]:
    """Place on the region's plane: km east and north of its centre, Lambert's azimuthal equal-area projection.

    Snyder (1987), USGS Professional Paper 1395, equations 24-2 to 24-4, doi:10.3133/pp1395. Areas are true; distances
    are off by at most 1.2 % within 2,000 km of the centre.
    """
    centre_sine, centre_cosine, centre_longitude = _centre(region)
    phi, step = np.radians(latitude), np.radians(longitude) - centre_longitude
    sine, cosine, along = np.sin(phi), np.cos(phi), np.cos(step)
    scale = EARTH_RADIUS_KM * np.sqrt(2 / np.maximum(1 + centre_sine * sine + centre_cosine * cosine * along, 1e-9))
    return scale * cosine * np.sin(step), scale * (centre_cosine * sine - centre_sine * cosine * along)


@cache
def _centre(region: str) -> tuple[float, float, float]:
    """Sine and cosine of the latitude of a region's centre, and its longitude in radians."""
    latitude, longitude = np.radians(centres()[region_index(region)]).tolist()
    return math.sin(latitude), math.cos(latitude), longitude


def _all_regions() -> list[str]:
    return [region_id(index) for index in range(COUNT)]


def centre_distances(places: NDArray[np.float64], region: int) -> NDArray[np.float64]:
    """Distance in km of places, unit vectors of shape (n, 3), to the centre of region number `region`."""
    cosine = places @ unit_vectors(*centres()[region])
    return EARTH_RADIUS_KM * np.arccos(np.clip(cosine, -1, 1))


def hears(
    region: str,
    mc: float,
    latitude: NDArray[np.float64],
    longitude: NDArray[np.float64],
    magnitude: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Which of the earthquakes, shape (n,), a region's state takes in: near enough for their size, and not below mc."""
    heard = magnitude >= mc - 1e-6
    distance = centre_distances(unit_vectors(latitude[heard], longitude[heard]), region_index(region))
    heard[heard] = distance < reach_km(magnitude[heard])
    return heard


def region_reports(
    region: str, mc: float, days: NDArray[np.float64], columns: Iterable[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Those of the earthquakes that a region `hears`, as `RegionState.observe_all` wants them.

    `columns`: latitude and longitude in degrees, magnitude, depth in km, shape (n,) each as `days`.
    """
    latitude, longitude, magnitude, depth_km = columns
    heard = hears(region, mc, latitude, longitude, magnitude)
    x, y = project(region, latitude[heard], longitude[heard])
    return np.stack([days[heard], x, y, magnitude[heard], depth_km[heard]], 1)


def reach_km(magnitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """So near to a region's centre an earthquake must lie to be heard there, as `quake.regions.hearing_regions`."""
    return RADIUS_KM + np.maximum(BUFFER_KM, 5 * 10 ** (-2.44 + 0.59 * magnitude))
