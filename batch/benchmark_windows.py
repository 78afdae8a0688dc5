"""What the service would have said of discs of 100 km, window after window, and what came."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from quake.calibration import recent_fraction
from quake.etas import RegionState
from quake.etas_parameters import EtasParameters
from quake.etas_risk import HORIZONS_DAYS, RADIUS_KM, region_parts
from quake.etas_world import fraction_above
from quake.smoothed import RateGrid, rate_within

MAGNITUDES = (4.0, 4.5, 5.0, 5.5, 6.0)
FEWEST = 5
"""A disc with fewer earthquakes in training is left out: both models call it empty."""


COMMON = 5.0
"""Rarer magnitudes keep their share of this one's: a few hundred earthquakes do not show it."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Forecasts, shape (windows, discs); outcomes, shape (MAGNITUDES, windows, discs)."""

    starts: NDArray[np.float64]
    """Days."""
    expected: NDArray[np.float64]
    """Events >= mc, uncalibrated."""
    known: NDArray[np.float64]
    """Those of them that no earthquake to come triggers, shape (windows, discs)."""
    observed: NDArray[np.int64]


def disc_centres(reports: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centres, km, of discs on a square grid whose cells have a disc's area, where FEWEST earthquakes are known."""
    side = RADIUS_KM * np.sqrt(np.pi)
    low, high = reports[:, 1:3].min(0), reports[:, 1:3].max(0)
    x, y = (np.arange(start + side / 2, end + side / 2, side) for start, end in zip(low, high))
    centres = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
    counts = np.array([(np.hypot(*(reports[:, 1:3] - centre).T) < RADIUS_KM).sum() for centre in centres])
    return centres[counts >= FEWEST]


def forecast_windows(
    reports: NDArray[np.float64],
    model: EtasParameters,
    discs: NDArray[np.float64],
    span: tuple[float, float],
    horizon: int,
    step: int | None = None,
) -> Windows:
    """Issues a forecast for every disc at the start of every window; each sees only what came before it.

    Windows follow each other without overlap, or start `step` days apart.
    """
    state, length = RegionState(model), HORIZONS_DAYS[horizon]
    starts = np.arange(span[0], span[1] - length + 1e-9, step or length)
    parts, observed = np.zeros((2, len(starts), len(discs))), np.zeros((len(MAGNITUDES), len(starts), len(discs)), int)
    for row, start in enumerate(tqdm(starts, desc="windows", unit="window")):
        now, end = np.searchsorted(reports[:, 0], [start, start + length])
        state.observe_all(reports[len(state) : now])
        parts[:, row] = np.transpose([region_parts(state, x, y, start)[:, horizon] for x, y in discs])
        observed[:, row] = outcomes(reports[now:end], discs)
    return Windows(starts, *parts, observed)


def outcomes(reports: NDArray[np.float64], discs: NDArray[np.float64]) -> NDArray[np.int64]:
    """Earthquakes of at least each of MAGNITUDES in each disc, shape (MAGNITUDES, discs)."""
    inside = np.hypot(*(reports[:, None, 1:3] - discs).transpose(2, 0, 1)) < RADIUS_KM
    return np.array([inside[reports[:, 3] >= magnitude - 1e-6].sum(0) for magnitude in MAGNITUDES])


def baseline(grid: RateGrid, places: NDArray[np.float64], days: int) -> NDArray[np.float64]:
    """Expected events >= mc in each disc in so many days on a normal day, shape (discs,)."""
    rates = [rate_within(grid, latitude, longitude, RADIUS_KM) for latitude, longitude in places]
    return np.array(rates) * days / 365.25


def shares(
    reports: NDArray[np.float64], model: EtasParameters, starts: NDArray[np.float64], magnitude: float, recent: int
) -> NDArray[np.float64]:
    """Share of events >= mc that reach the magnitude, as known at each start, shape (windows, 1).

    From the years of the fit, or, with `recent` > 0, from so many events just before.
    """
    static, common = fraction_above(model, magnitude), min(magnitude, COMMON)
    if recent == 0:
        return np.full((len(starts), 1), static)
    prior, ends = fraction_above(model, common), np.searchsorted(reports[:, 0], starts)
    known = [recent_fraction(reports[max(0, end - recent) : end, 3], common, prior) for end in ends]
    return np.array(known)[:, None] * static / prior
