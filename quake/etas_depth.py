"""What depth takes from an earthquake: one below 100 km has few aftershocks.

Counted in the world's catalogue of 1995 to 2017 (`python -m benchmarks.forecast_depth`) and known since long: Kagan and
Knopoff (1980), BSSA 70, 1811, doi:10.1785/BSSA0700051811, find a tenth at 70 to 140 km and less below.
"""

import numpy as np
from numpy.typing import NDArray

from quake.etas_compiled import compiled
from quake.etas_parameters import EtasParameters, Kernel

SHALLOW_KM, DEEP_KM = 50.0, 100.0
"""Above the first an earthquake triggers all it can, below the second `EtasParameters.deep_time` and `deep_space` of
that; the logarithm falls evenly between them."""
UNKNOWN_DEPTH_KM = 0.0
"""Stands for a depth that is not known: most earthquakes are shallow."""


@compiled
def deepness(depth_km: float) -> float:
    """0 where an earthquake is shallow, 1 where it is deep. Arrays give arrays."""
    return np.minimum(np.maximum((depth_km - SHALLOW_KM) / (DEEP_KM - SHALLOW_KM), 0.0), 1.0)


@compiled
def depth_share(share: float, depth_km: float) -> float:
    """Of what a shallow earthquake of its size has, so much does one of that depth where a deep one has `share`."""
    return share ** deepness(depth_km)


@compiled
def depth_to_come(kernel: Kernel, background_probability: float) -> float:
    """The depth in km that an earthquake to come is taken to have: the usual one if it is background; if it is
    triggered it lies where earthquakes trigger, which is not deep."""
    return kernel.usual_depth_km if background_probability > 0.5 else SHALLOW_KM


def known_depth(depth_km: float | None) -> float:
    """A depth in km, UNKNOWN_DEPTH_KM for None."""
    return UNKNOWN_DEPTH_KM if depth_km is None else depth_km


def known_depths(depth_km: NDArray[np.float64]) -> NDArray[np.float64]:
    """Depths in km with UNKNOWN_DEPTH_KM in place of nan."""
    return np.where(np.isnan(depth_km), UNKNOWN_DEPTH_KM, depth_km)


def usual_depth(parameters: EtasParameters, depth_km: NDArray[np.float64]) -> float:
    """The depth in km at which an earthquake triggers what those of the depths given, shape (n,), do on average."""
    if parameters.deep_time >= 1 or len(depth_km) == 0:
        return 0.0
    mean = float(np.mean(parameters.deep_time ** deepness(depth_km)))
    return SHALLOW_KM + (DEEP_KM - SHALLOW_KM) * float(np.log(mean) / np.log(parameters.deep_time))


def with_depth(reports: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of days, x, y, magnitude and depth in km, shape (n, 5); rows of four are taken as shallow."""
    rows = np.ascontiguousarray(reports, float)
    return rows if rows.shape[1] == 5 else np.column_stack([rows, np.full(len(rows), UNKNOWN_DEPTH_KM)])
