"""Fitting the forecast model to a catalogue."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.spatial import cKDTree

from quake.catalog import DAY_S
from quake.geo import EARTH_RADIUS_KM, unit_vectors
from quake.model import DAYS_A_YEAR, ForecastModel
from quake.quakes import DELTA_M, MC, Quakes
from quake.risk import RADIUS_KM
from quake.seismicity import CALIFORNIA, ReasenbergJones, b_value, omori_count
from quake.smoothed import RateGrid, rate_within, smoothed_rate

MAIN_MAGNITUDE = 6.0
SEQUENCE_DAYS = (0.01, 365.0)
"""Aftershocks are counted from 15 minutes, when the largest are told apart, to one year."""
QUIET_DAYS = 365.0
"""A main shock has none larger this long before it within RADIUS_KM; what follows it is never looked at."""


@dataclass(frozen=True, slots=True)
class Sequences:
    """Main shocks and what followed them: `main` says to which main shock each of `days` belongs."""

    magnitude: NDArray[np.float64]
    background_a_day: NDArray[np.float64]
    days: NDArray[np.float64]
    main: NDArray[np.int64]


def fit(quakes: Quakes, start: datetime, end: datetime, version: str = "unregistered") -> ForecastModel:
    """The model of the earthquakes between two times; nothing outside them is used. Raises ValueError if too few."""
    train = quakes.between(start, end, MC)
    years = (end - start).total_seconds() / DAY_S / DAYS_A_YEAR
    slope = b_value(train.magnitude, MC, DELTA_M).b_value
    background = smoothed_rate(train.latitude, train.longitude, years, MC, slope)
    return ForecastModel(version, fit_reasenberg_jones(_sequences(train, background), slope), background, start, end)


def fit_reasenberg_jones(sequences: Sequences, slope: float) -> ReasenbergJones:
    """a, c and p of most likelihood for the stacked sequences, above their background; b is given.

    The likelihood of a Poisson process, Ogata (1983), J. Phys. Earth 31, 115-124, doi:10.4294/jpe1952.31.115,
    equation 5, for the rate of Reasenberg and Jones (1989), doi:10.1126/science.243.4895.1173, equation 3.
    Raises ValueError when the search does not settle.
    """
    scale = 10 ** (slope * (sequences.magnitude - MC))
    background, scale_of_each = sequences.background_a_day[sequences.main], scale[sequences.main]

    def cost(parameters: NDArray[np.float64]) -> float:
        a, c, p = parameters[0], np.exp(parameters[1]), parameters[2]
        rate = background + 10**a * scale_of_each * (sequences.days + c) ** -p
        expected = 10**a * scale.sum() * omori_count(*SEQUENCE_DAYS, 1.0, c, p)
        return float(expected - np.log(rate).sum())

    found = minimize(cost, [CALIFORNIA.a, np.log(CALIFORNIA.c), CALIFORNIA.p], method="Nelder-Mead")
    if not found.success:
        raise ValueError(f"no Reasenberg-Jones fit to {len(scale)} main shocks: {found.message}")
    return ReasenbergJones(float(found.x[0]), slope, float(np.exp(found.x[1])), float(found.x[2]))


def _sequences(quakes: Quakes, background: RateGrid) -> Sequences:
    points = unit_vectors(quakes.latitude, quakes.longitude)
    tree, chord = cKDTree(points), 2 * np.sin(RADIUS_KM / EARTH_RADIUS_KM / 2)
    last = quakes.origin_s[-1] - SEQUENCE_DAYS[1] * DAY_S
    candidates = np.flatnonzero((quakes.magnitude >= MAIN_MAGNITUDE) & (quakes.origin_s < last))
    near = tree.query_ball_point(points[candidates], chord)
    found = [_sequence(quakes, int(index), np.array(others)) for index, others in zip(candidates, near)]
    mains = [(int(index), days) for index, days in zip(candidates, found) if days is not None]
    rates = [
        rate_within(background, quakes.latitude[index], quakes.longitude[index], RADIUS_KM) / DAYS_A_YEAR
        for index, _ in mains
    ]
    counts = [len(days) for _, days in mains]
    magnitude = quakes.magnitude[[index for index, _ in mains]]
    days = np.concatenate([days for _, days in mains])
    return Sequences(magnitude, np.array(rates), days, np.repeat(np.arange(len(mains)), counts))


def _sequence(quakes: Quakes, index: int, near: NDArray[np.int64]) -> NDArray[np.float64] | None:
    """Days from the main shock to each aftershock; None if a larger one came before."""
    days = (quakes.origin_s[near] - quakes.origin_s[index]) / DAY_S
    before = (days < 0) & (days > -QUIET_DAYS)
    if (quakes.magnitude[near[before]] >= quakes.magnitude[index]).any():
        return None
    first, last = SEQUENCE_DAYS
    return days[(days >= first) & (days < last)]
