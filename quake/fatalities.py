"""Expected deaths from shaking, by the empirical model of USGS, and our colour for them.

The colours are our own, never USGS PAGER's, though the coefficients are. Tsunamis, landslides and fires are not in the
deaths.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr  # pylint: disable=no-name-in-module # a compiled ufunc, made at import

from quake.exposure import Exposure, Places
from quake.intensity import BETWEEN_SHARE

Array = NDArray[np.float64]

COLOURS = ((1000.0, "red"), (100.0, "orange"), (1.0, "yellow"), (0.0, "green"))
"""Expected deaths from which a colour holds."""
DEADLY_INTENSITY = (4.5, 9.0)
"""Fatality rates are zero below the first and held above the second, as USGS evaluates them."""
STRIKES = (np.array([-(3.0**0.5), 0.0, 3.0**0.5]), np.array([1.0, 4.0, 1.0]) / 6.0)
"""Three-point Gauss-Hermite rule, in standard deviations: a mean over a normal distribution."""
UNKNOWN_MATTERS_INTENSITY = 5.5
"""A country without coefficients leaves the deaths unknown when somebody there is shaken this much."""


@dataclass(frozen=True, slots=True, eq=False)
class Coefficients:
    """Of each country, the lognormal fatality model's theta, beta (in MMI) and zeta (in ln deaths); NaN if unknown."""

    theta: Array
    beta: Array
    zeta: Array


class Fatalities(NamedTuple):
    """Expected deaths with their 16 and 84 % quantiles."""

    low: float
    median: float
    high: float


NO_ONE = Fatalities(0.0, 0.0, 0.0)


def expected_fatalities(
    places: Places, coefficients: Coefficients, exposure: Exposure, extra_sigma: float = 0.0
) -> Fatalities:
    """Deaths from shaking: people times the rate Phi(ln(S / theta) / beta) of their country at intensity S.

    Jaiswal and Wald (2010), Earthquake Spectra 26, 1017-1037, doi:10.1193/1.3480331. The mean is taken over the
    strikes that the rupture may have. The quantiles join the model's own scatter zeta with the part of the intensity's
    error that all places share. `extra_sigma` is in MMI.
    """
    shaken = np.flatnonzero(exposure.intensity >= DEADLY_INTENSITY[0] - 0.5)
    country = places.country[exposure.index[shaken]]
    shift = np.hypot(BETWEEN_SHARE * exposure.sigma[shaken], extra_sigma)
    weaker, deaths, stronger = (
        _deaths(places, coefficients, exposure, shaken, step * shift) for step in (-1.0, 0.0, 1.0)
    )
    total = float(deaths.sum())
    if total <= 0:
        return NO_ONE
    zeta = float(np.nansum(deaths * coefficients.zeta[country]) / total)
    sigma = float(np.hypot(zeta, np.log(stronger.sum() / max(weaker.sum(), 1e-9 * total)) / 2))
    return Fatalities(total * np.exp(-sigma), total, total * np.exp(sigma))


def _deaths(
    places: Places, coefficients: Coefficients, exposure: Exposure, shaken: NDArray[np.int64], shift: Array
) -> Array:
    """Mean deaths at each shaken place, its intensity shifted, over the scatter that the rupture's geometry brings."""
    index = exposure.index[shaken]
    country = places.country[index]
    steps, weights = STRIKES
    intensity = exposure.intensity[shaken] + shift + steps[:, None] * exposure.geometry[shaken]
    strength = np.clip(intensity, 1.0, DEADLY_INTENSITY[1])
    rate = ndtr(np.log(strength / coefficients.theta[country]) / coefficients.beta[country])
    return np.nan_to_num(weights @ (rate * (intensity >= DEADLY_INTENSITY[0])) * places.people[index])


def alert_level(fatalities: float) -> str:
    """Our colour for an expected number of deaths: thresholds 1, 100 and 1,000."""
    return next(colour for threshold, colour in COLOURS if fatalities >= threshold)


def coefficients_missing(places: Places, coefficients: Coefficients, exposure: Exposure) -> bool:
    """Whether a country without coefficients is shaken to MMI `UNKNOWN_MATTERS_INTENSITY` or more."""
    shaken = exposure.intensity >= UNKNOWN_MATTERS_INTENSITY
    return bool(np.isnan(coefficients.theta[places.country[exposure.index[shaken]]]).any())
