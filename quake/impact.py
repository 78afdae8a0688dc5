"""How bad it is: all that one report means for people now, and the chance of an intensity at one point.

Computed from the shaking alone, for what MMI 3 reaches; no sum of money is computed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr  # pylint: disable=no-name-in-module # a compiled ufunc, made at import

from quake.exposure import TOWN_PEOPLE, Exposure, Places, Town, expose_to, people_by_intensity, shaking_curve, towns
from quake.fatalities import Coefficients, Fatalities, alert_level, coefficients_missing, expected_fatalities
from quake.intensity import BETWEEN_SHARE, Intensity, Shaking, epicentral_intensity, intensity_at, shaking_at

Array = NDArray[np.float64]

NOT_REVIEWED = "automatic, not reviewed"
"""Stands beside every orange and red."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What one report means for people."""

    intensity: float
    """Expected MMI at the epicentre."""
    intensity_low: float
    """16 % quantile."""
    intensity_high: float
    """84 % quantile."""
    town_intensity: float | None
    """Highest expected MMI at a place of 1,000 people or more; None where none is shaken to MMI 3."""
    people_mmi: tuple[int, ...]
    """People at MMI 1, 2, ..., 10; none are counted below 3."""
    people_mmi6: int
    """People at MMI VI or more."""
    fatalities_low: float | None
    """16 % quantile; None, like the two below, where a shaken country has no coefficients."""
    fatalities: float | None
    """Median of the expected deaths from shaking."""
    fatalities_high: float | None
    """84 % quantile."""
    alert_level: str
    """`none`, `green`, `yellow`, `orange` or `red`; where deaths are unknown `none` instead of green."""
    note: str
    """`automatic, not reviewed` for orange and red, `deaths unknown` where coefficients are missing, else empty."""
    cities: tuple[Town, ...]


class Shock(NamedTuple):
    """An earthquake as `assess_impact` takes it."""

    latitude: float
    longitude: float
    depth_km: float | None
    magnitude: float
    regime: str = "active"
    magnitude_sigma: float = 0.0


def impacts(shocks: Iterable[Shock], places: Places, coefficients: Coefficients) -> list[Impact]:
    """`assess_impact` of each, in their order. Raises ValueError for an unknown `regime`."""
    return [
        assess_impact(*shock[:4], places, coefficients, regime=shock.regime, magnitude_sigma=shock.magnitude_sigma)
        for shock in shocks
    ]


def assess_impact(
    latitude: float,
    longitude: float,
    depth_km: float | None,
    magnitude: float,
    places: Places,
    coefficients: Coefficients,
    *,
    regime: str = "active",
    magnitude_sigma: float = 0.0,
) -> Impact:
    """Intensity, people, deaths and colour of an earthquake at the point in degrees.

    `magnitude_sigma` is the standard deviation of the magnitude still to be expected from review; it widens every
    interval. Raises ValueError for an unknown `regime`.
    """
    extra = _intensity_sigma(magnitude, magnitude_sigma, depth_km, regime)
    shaking = shaking_curve(magnitude, depth_km, regime)
    exposure = expose_to(shaking, places, latitude, longitude)
    deaths = expected_fatalities(places, coefficients, exposure, extra)
    known = not coefficients_missing(places, coefficients, exposure)
    return _impact(places, _nearest(shaking, extra), exposure, deaths, known)


def _impact(places: Places, epicentre: Intensity, exposure: Exposure, deaths: Fatalities, known: bool) -> Impact:
    people = np.rint(people_by_intensity(places, exposure)).astype(int)
    level = _level(deaths.median, known, len(exposure.index) > 0)
    return Impact(
        intensity=epicentre.median,
        intensity_low=epicentre.low,
        intensity_high=epicentre.high,
        town_intensity=_town_intensity(places, exposure),
        people_mmi=tuple(people.tolist()),
        people_mmi6=int(people[5:].sum()),
        fatalities_low=deaths.low if known else None,
        fatalities=deaths.median if known else None,
        fatalities_high=deaths.high if known else None,
        alert_level=level,
        note=_note(level, known),
        cities=towns(places, exposure),
    )


def intensity_here(
    magnitude: float,
    depth_km: float | None,
    epicentral_distance_km: float,
    *,
    regime: str = "active",
    magnitude_sigma: float = 0.0,
) -> Intensity:
    """Expected MMI at a distance in km, with its 16 and 84 % quantiles. Raises ValueError for an unknown `regime`."""
    shaking = shaking_at(magnitude, depth_km, [epicentral_distance_km], regime)
    return _nearest(shaking, _intensity_sigma(magnitude, magnitude_sigma, depth_km, regime))


def probability_of_intensity(
    magnitude: float,
    depth_km: float | None,
    epicentral_distance_km: ArrayLike,
    threshold: ArrayLike,
    *,
    regime: str = "active",
    magnitude_sigma: float = 0.0,
) -> tuple[Array, Array, Array]:
    """P(MMI >= threshold) at distances in km, with the interval in which it lies: low, probability, high.

    Distances and thresholds are broadcast against each other. The interval is the probability's range when what all
    places of this earthquake share, its strength for its magnitude and the magnitude's own error, lies one standard
    deviation down or up.
    """
    median, sigma = intensity_at(magnitude, depth_km, epicentral_distance_km, regime)
    threshold = np.asarray(threshold, dtype=float)
    extra = _intensity_sigma(magnitude, magnitude_sigma, depth_km, regime)
    shared = np.hypot(BETWEEN_SHARE * sigma, extra)
    own = sigma * np.sqrt(1.0 - BETWEEN_SHARE**2)
    low, high = (ndtr((median + step * shared - threshold) / own) for step in (-1.0, 1.0))
    return low, ndtr((median - threshold) / np.hypot(sigma, extra)), high


def _intensity_sigma(magnitude: float, magnitude_sigma: float, depth_km: float | None, regime: str) -> float:
    """Standard deviation in MMI at the epicentre that the magnitude's own brings."""
    if magnitude_sigma <= 0:
        return 0.0
    smaller, larger = (
        epicentral_intensity(magnitude + step, depth_km, regime) for step in (-magnitude_sigma, magnitude_sigma)
    )
    return (larger.median - smaller.median) / 2


def _nearest(shaking: Shaking, extra: float) -> Intensity:
    """At the first of the distances."""
    median, sigma = float(shaking.median[0]), float(np.hypot(shaking.sigma[0], extra))
    return Intensity(median, max(median - sigma, 1.0), min(median + sigma, 10.0))


def _level(deaths: float, known: bool, felt: bool) -> str:
    """The colour; where deaths are unknown those of the other countries are the least there can be: no green then."""
    level = alert_level(deaths) if felt else "none"
    return "none" if level == "green" and not known else level


def _town_intensity(places: Places, exposure: Exposure) -> float | None:
    intensity = exposure.intensity[places.population[exposure.index] >= TOWN_PEOPLE]
    return float(intensity.max()) if len(intensity) else None


def _note(level: str, known: bool) -> str:
    notes = [NOT_REVIEWED] if level in ("orange", "red") else []
    return "; ".join(notes if known else [*notes, "deaths unknown"])
