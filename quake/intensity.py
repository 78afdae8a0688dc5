"""Shaking now: Modified Mercalli intensity (MMI) from magnitude, depth and distance, with its uncertainty.

Equations stand in `quake.intensity_models`; here they are chosen by tectonic setting and blended so that nothing jumps.
Intensities run from 1 to 10, as USGS ShakeMap's do.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quake import intensity_models as models
from quake.intensity_models import Prediction
from quake.intensity_rupture import joyner_boore_km, top_of_rupture_km

Array = NDArray[np.float64]

DEFAULT_DEPTH_KM = 10.0
"""Depth assumed while the agency gives none: the usual fixed depth of shallow locations."""
CRUSTAL_DEPTH_KM = (15.0, 25.0)
"""In a subduction zone, shallower than the first is upper-plate crust, deeper than the second is not."""
SLAB_DEPTH_KM = (50.0, 70.0)
"""Deeper than the second lies within the slab, shallower than the first on the interface."""
TYPICAL_DEPTH_KM = 12.0
"""BSSA14 knows no depth: its earthquakes are shallower than about this; what is deeper lengthens the distance."""
DEEPEST_TERM_KM = 150.0
"""Dowrick and Rhoades's depth term is held constant below: their deep data do not reach further."""
LARGEST_MAGNITUDE = 8.2
"""Dowrick and Rhoades's interface magnitudes end here; beyond, their line would pass MMI 12 on the coast."""
BETWEEN_SHARE = 0.5
"""Part of an intensity's standard deviation that all places of one earthquake share: about BSSA14's tau over total."""


class Intensity(NamedTuple):
    """An intensity with its 16 and 84 % quantiles, MMI."""

    median: float
    low: float
    high: float


def epicentral_intensity(magnitude: float, depth_km: float | None, regime: str = "active") -> Intensity:
    """Expected MMI at the epicentre. Raises ValueError for an unknown regime."""
    median, sigma = intensity_at(magnitude, depth_km, np.zeros(1), regime)
    low, high = np.clip([median[0] - sigma[0], median[0] + sigma[0]], 1.0, 10.0)
    return Intensity(float(median[0]), float(low), float(high))


def intensity_at(
    magnitude: float, depth_km: float | None, epicentral_distance_km: ArrayLike, regime: str = "active"
) -> tuple[Array, Array]:
    """Median MMI and its standard deviation at epicentral distances in km, arrays of the same shape.

    `regime` is `active`, `stable` or `subduction`; anything else raises ValueError. A larger magnitude never lowers
    the median; distance never raises it by more than the equations' own plateau does.
    """
    found = shaking_at(magnitude, depth_km, epicentral_distance_km, regime)
    return found.median, found.sigma


class Shaking(NamedTuple):
    """MMI at some distances: arrays of one shape."""

    median: Array
    sigma: Array
    """Standard deviation, `geometry` included."""
    geometry: Array
    """The part that the unknown strike and extent of the rupture bring: some towns nearer, as many farther."""


def shaking_at(
    magnitude: float, depth_km: float | None, epicentral_distance_km: ArrayLike, regime: str = "active"
) -> Shaking:
    """`intensity_at` with the parts of its scatter told apart."""
    if regime not in REGIMES:
        raise ValueError(f"no tectonic regime {regime!r}; known: {', '.join(REGIMES)}")
    depth = max(DEFAULT_DEPTH_KM if depth_km is None else depth_km, 0.0)
    mean, deviation = joyner_boore_km(magnitude, np.asarray(epicentral_distance_km, dtype=float))
    distances = np.stack([np.maximum(mean - deviation, 0.0), mean, mean + deviation])
    found = REGIMES[regime](magnitude, depth, distances)
    near, median, far = np.clip(found.median, 1.0, 10.0)
    geometry = np.abs(near - far) / 2
    return Shaking(median, np.hypot(found.sigma[1], geometry), geometry)


def _active(magnitude: float, depth_km: float, surface_km: Array) -> Prediction:
    """Half BSSA14 through Worden et al., half Allen et al.: two independent roads to the same number."""
    deeper = max(top_of_rupture_km(magnitude, depth_km) - TYPICAL_DEPTH_KM, 0.0)
    distance = np.hypot(surface_km, deeper)
    converted = [
        models.motion_to_intensity(measure, models.ground_motion(measure, magnitude, distance))
        for measure in ("pga", "pgv")
    ]
    rupture = np.hypot(surface_km, top_of_rupture_km(magnitude, depth_km))
    return _mixture([*converted, _allen(magnitude, rupture)], (0.25, 0.25, 0.5))


def _allen(magnitude: float, rupture_km: Array) -> Prediction:
    """Allen et al., held where, close to great earthquakes, their equation would fall with magnitude."""
    return models.allen_rupture(np.minimum(magnitude, models.allen_strongest_magnitude(rupture_km)), rupture_km)


def _stable(magnitude: float, depth_km: float, surface_km: Array) -> Prediction:
    return models.atkinson_eastern(magnitude, np.hypot(surface_km, depth_km), surface_km)


def _subduction(magnitude: float, depth_km: float, surface_km: Array) -> Prediction:
    """Upper plate, interface or slab by depth, blended over the depths where they meet."""
    crust = 1.0 - _ramp(depth_km, CRUSTAL_DEPTH_KM)
    slab = _ramp(depth_km, SLAB_DEPTH_KM)
    parts = [(_active, crust), (_interface, 1.0 - crust - slab), (_slab, slab)]
    used = [(part, weight) for part, weight in parts if weight > 0]
    return _mixture([part(magnitude, depth_km, surface_km) for part, _ in used], [weight for _, weight in used])


def _interface(magnitude: float, depth_km: float, surface_km: Array) -> Prediction:
    """Dowrick and Rhoades with Allen et al.: the first alone shakes great earthquakes' coasts too much."""
    rupture = np.hypot(surface_km, top_of_rupture_km(magnitude, depth_km))
    dowrick = models.dowrick_interface(min(magnitude, LARGEST_MAGNITUDE), depth_km, rupture)
    return _mixture([dowrick, _allen(magnitude, rupture)], (0.5, 0.5))


def _slab(magnitude: float, depth_km: float, surface_km: Array) -> Prediction:
    """Dowrick and Rhoades alone shakes too much above very deep earthquakes; Allen et al. a little too little."""
    distance = np.hypot(surface_km, depth_km)
    dowrick = models.dowrick_slab(magnitude, min(depth_km, DEEPEST_TERM_KM), distance)
    return _mixture([dowrick, models.allen_hypocentral(magnitude, distance)], (0.5, 0.5))


REGIMES: dict[str, Callable[[float, float, Array], Prediction]] = {
    "active": _active,
    "stable": _stable,
    "subduction": _subduction,
}
"""Tectonic setting -> MMI from magnitude, depth in km and expected Joyner-Boore distance in km."""


def _ramp(value: float, between: tuple[float, float]) -> float:
    return min(max((value - between[0]) / (between[1] - between[0]), 0.0), 1.0)


def _mixture(parts: Sequence[Prediction], weights: Sequence[float]) -> Prediction:
    """Mean and standard deviation of a mixture of normal distributions: disagreement counts as uncertainty."""
    medians = np.clip([part.median for part in parts], 1.0, 10.0)
    sigmas = np.stack([part.sigma for part in parts])
    mean = np.tensordot(weights, medians, 1)
    return Prediction(mean, np.sqrt(np.tensordot(weights, sigmas**2 + (medians - mean) ** 2, 1)))
