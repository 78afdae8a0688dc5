"""Distance from a town to a rupture of which only hypocentre and magnitude are known yet."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from quake.regions import rupture_length_km

Array = NDArray[np.float64]

ANGLES = 90
"""Strikes, and as many positions of the hypocentre along the rupture, that the mean is taken over."""


def rupture_width_km(magnitude: float) -> float:
    """Down-dip rupture width in km, all slip types: log10 W = -1.01 + 0.32 M.

    Wells and Coppersmith (1994), Table 2A, BSSA 84, 974-1002, doi:10.1785/BSSA0840040974.
    """
    return float(10 ** (-1.01 + 0.32 * magnitude))


def top_of_rupture_km(magnitude: float, depth_km: float) -> float:
    """Depth of the upper edge in km of a vertical rupture centred on the hypocentre; 0 where it breaks the surface."""
    return max(depth_km - rupture_width_km(magnitude) / 2, 0.0)


def joyner_boore_km(magnitude: float, epicentral_km: Array) -> tuple[Array, Array]:
    """Horizontal distance in km to a straight rupture through the epicentre: mean, and standard deviation.

    Both are taken over all strikes and over a hypocentre anywhere along the rupture, the idea of Thompson and Worden
    (2018), BSSA 108, 371-379, doi:10.1785/0120170174, for a vertical plane. The mean never grows with magnitude.
    """
    length = rupture_length_km(magnitude)
    ratio, mean, deviation = _distances()
    scaled = epicentral_km / length
    far = scaled - ratio[-1] + mean[-1]
    expected = np.where(scaled < ratio[-1], np.interp(scaled, ratio, mean), far)
    return length * expected, length * np.interp(scaled, ratio, deviation)


@cache
def _distances() -> tuple[Array, Array, Array]:
    """Distance to the epicentre; mean and standard deviation of that to the rupture; in rupture lengths, on a grid."""
    ratio = np.concatenate([[0.0], np.geomspace(0.01, 20.0, 60)])
    strike = (np.arange(ANGLES) + 0.5) * np.pi / ANGLES
    behind = (np.arange(ANGLES) + 0.5) / ANGLES
    along = ratio[:, None, None] * np.cos(strike)[:, None]
    across = ratio[:, None, None] * np.sin(strike)[:, None]
    nearest = np.clip(along, -behind, 1.0 - behind)
    distance = np.hypot(along - nearest, across)
    return ratio, distance.mean((1, 2)), distance.std((1, 2))
