"""How much of one earthquake's kernel lies inside a disc of 100 km: from a table, by distance and ln D."""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quake.etas_compiled import inlined
from quake.etas_parameters import Kernel
from quake.etas_sums import plane_integral
from quake.etas_tree import FAR_SQUARED, NEAR_SQUARED

RADIUS_KM = 100.0
LOG_NEAR, LOG_FAR = float(np.log(NEAR_SQUARED)), float(np.log(FAR_SQUARED))
DISTANCE_STEP_KM, DISTANCE_COUNT = 2.5, 121
LOG_SPREAD = (-8.0, 14.0, 67)
QUANTILES = 2000


class ShareTable(NamedTuple):
    """Share of a kernel rho / (pi D) (1 + r^2 / D)^-(1 + rho) inside the disc: rows ln D, columns distance."""

    rho: float
    shares: NDArray[np.float64]


@cache
def share_table(rho: float) -> ShareTable:
    """The table for one exponent: ring by ring when the source is near, point by point over the disc when far."""
    distances = np.arange(DISTANCE_COUNT) * DISTANCE_STEP_KM
    return ShareTable(rho, np.stack([_row(np.exp(log), rho, distances) for log in np.linspace(*LOG_SPREAD)]))


def _row(spread: float, rho: float, distances: NDArray[np.float64]) -> NDArray[np.float64]:
    outside = 1 - (np.arange(QUANTILES) + 0.5) / QUANTILES
    ring = np.sqrt(spread * np.expm1(-np.log(outside) / rho))
    apart = np.maximum(distances[:, None], 1e-9)
    cosine = (apart**2 + ring**2 - RADIUS_KM**2) / (2 * apart * ring)
    near = (np.arccos(np.clip(cosine, -1, 1)) / np.pi).mean(1)
    points = np.sqrt((np.arange(200) + 0.5) / 200) * RADIUS_KM * np.exp(1j * np.arange(200) * np.pi * (3 - 5**0.5))
    squared = np.abs(points - distances[:, None]) ** 2
    far = RADIUS_KM**2 * (rho / spread * (1 + squared / spread) ** -(1 + rho)).mean(1)
    return np.where(distances < 1.5 * RADIUS_KM, near, far)


def share_tables(rho: float) -> tuple[ShareTable, ShareTable]:
    """Those of the kernels of that exponent, and of the background's."""
    return share_table(rho), share_table(1.0)


class Law(NamedTuple):
    """The law of a region's kernels in the place."""

    rho: float
    log_reach: float
    ended: float
    """reach^-rho"""
    unit: float
    """W of strength 1 and D = 1."""


@inlined
def law_of(kernel: Kernel) -> Law:
    """The law of the kernels with those parameters."""
    return Law(kernel.rho, np.log(kernel.reach), kernel.reach**-kernel.rho, plane_integral(kernel, 1.0))


@inlined
def triggered_share(law: Law, table: NDArray[np.float64], log_spread: float, apart: float) -> float:
    """Share of W inside the disc of one kernel of ln D, so many km from its centre."""
    rho, end = law.rho, law.log_reach + log_spread
    share = share_inside(rho, table, log_spread, apart) - law.ended * share_inside(rho, table, end, apart)
    return max(0.0, share) / (1 - law.ended)


@inlined
def ground_shares(table: NDArray[np.float64], log_width: float, apart: float) -> tuple[float, float]:
    """Shares inside the disc of one near and one far kernel of the background, of ln width^2."""
    near = share_inside(1.0, table, LOG_NEAR + log_width, apart)
    return near, share_inside(1.0, table, LOG_FAR + log_width, apart)


@inlined
def share_inside(rho: float, table: NDArray[np.float64], log_spread: float, apart: float) -> float:
    """Bilinear in ln D and distance; beyond the table the disc is a point."""
    column = apart / DISTANCE_STEP_KM
    if column >= DISTANCE_COUNT - 1:
        spread = np.exp(log_spread)
        return rho / spread * (1 + apart * apart / spread) ** -(1 + rho) * RADIUS_KM * RADIUS_KM
    step = (LOG_SPREAD[1] - LOG_SPREAD[0]) / (LOG_SPREAD[2] - 1)
    row = min(max((log_spread - LOG_SPREAD[0]) / step, 0.0), LOG_SPREAD[2] - 1.001)
    i, j = int(row), int(column)
    u, w = row - i, column - j
    low = (1 - w) * table[i, j] + w * table[i, j + 1]
    high = (1 - w) * table[i + 1, j] + w * table[i + 1, j + 1]
    return (1 - u) * low + u * high
