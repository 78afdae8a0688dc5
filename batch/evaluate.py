"""Two models and the normal day on the same unseen earthquakes: paired scores with their intervals.

A forecast is made after each earthquake, as `quake.risk` serves it, from what was known then. Its score is the
log-likelihood of what its probability said: at least one M >= MC within RADIUS_KM and HORIZON_DAYS, or none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from quake.catalog import DAY_S, Catalog
from quake.geo import EARTH_RADIUS_KM, unit_vectors
from quake.model import ForecastModel
from quake.model_fit import DELAY_S, DELTA_M, HORIZON_DAYS, MC, MEMORY_MAGNITUDE, Quakes
from quake.risk import MEMORY_DAYS, RADIUS_KM, exceedances
from quake.score import Interval, bernoulli_gain, block_bootstrap

FORGET_EVERY = 5000
"""Earthquakes between two clearings of what no forecast remembers."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Forecasts of several models for the same places and times, oldest first, and what came of them."""

    probability: NDArray[np.float64]
    """P(at least one), shape (forecasts, models)."""
    baseline: NDArray[np.float64]
    """The same on the first model's normal day, shape (forecasts,)."""
    observed: NDArray[np.int64]
    """Earthquakes that came, shape (forecasts,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a challenger fared beside the champion and the normal day; intervals in nats a forecast."""

    challenger: str
    champion: str
    start: datetime
    end: datetime
    forecasts: int
    followed: int
    """Forecasts after which at least one earthquake came."""
    over_champion: Interval
    over_baseline: Interval
    champion_over_baseline: Interval


def evaluate(challenger: ForecastModel, champion: ForecastModel, quakes: Quakes, seed: int = 1) -> Verdict:
    """The verdict on everything that neither model was fitted to. Raises ValueError when nothing is left."""
    start, end = unseen(challenger, champion, quakes)
    played = replay((champion, challenger), quakes, start, end)
    if played.observed.size == 0:
        raise ValueError(f"no M >= {MC} from {start:%Y-%m-%d} to {end:%Y-%m-%d} that neither model has seen")
    happened = played.observed > 0
    old, new = played.probability.T
    pairs = (new, old), (new, played.baseline), (old, played.baseline)
    gains = [_interval(forecast, happened, other, seed) for forecast, other in pairs]
    return Verdict(
        challenger=challenger.version,
        champion=champion.version,
        start=start,
        end=end,
        forecasts=len(happened),
        followed=int(happened.sum()),
        over_champion=gains[0],
        over_baseline=gains[1],
        champion_over_baseline=gains[2],
    )


def unseen(challenger: ForecastModel, champion: ForecastModel, quakes: Quakes) -> tuple[datetime, datetime]:
    """The newest window that neither model was fitted to; its end is the last known earthquake."""
    if len(quakes) == 0:
        raise ValueError("there is no history to evaluate on; run: quake bootstrap")
    return max(challenger.trained_to, champion.trained_to), datetime.fromtimestamp(float(quakes.origin_s[-1]), UTC)


def replay(models: Sequence[ForecastModel], quakes: Quakes, start: datetime, end: datetime) -> Replay:
    """Every model's forecast after each M >= MC of the window whose horizon has passed by its end."""
    targets = quakes.between(start, end, MC)
    kept = targets.origin_s + DELAY_S + HORIZON_DAYS * DAY_S < end.timestamp()
    rows = [_forecasts(models, catalog, targets, index) for index, catalog in _catalogs(quakes, targets)]
    table = np.array(rows, float).reshape(-1, len(models) + 1)[kept]
    return Replay(table[:, 1:], table[:, 0], followers(targets)[kept])


def followers(targets: Quakes) -> NDArray[np.int64]:
    """For each earthquake, how many others came within RADIUS_KM and HORIZON_DAYS after its forecast, shape (n,)."""
    points = unit_vectors(targets.latitude, targets.longitude)
    if targets.origin_s.size == 0:
        return np.empty(0, np.int64)
    near = cKDTree(points).query_ball_point(points, 2 * np.sin(RADIUS_KM / EARTH_RADIUS_KM / 2))
    waits = [targets.origin_s[others] - (at + DELAY_S) for others, at in zip(near, targets.origin_s)]
    return np.array([int(((wait > 0) & (wait <= HORIZON_DAYS * DAY_S)).sum()) for wait in waits])


def _catalogs(quakes: Quakes, targets: Quakes) -> Iterator[tuple[int, Catalog]]:
    """Each target's number with the catalogue as it stood just after it; one catalogue that grows."""
    if targets.origin_s.size == 0:
        return
    first = targets.origin_s[0] - MEMORY_DAYS * DAY_S
    known = (quakes.origin_s >= first) & (quakes.origin_s <= targets.origin_s[-1])
    keep = np.flatnonzero(known & (quakes.magnitude >= MEMORY_MAGNITUDE))
    columns = (quakes.origin_s, quakes.latitude, quakes.longitude, quakes.magnitude)
    catalog, reached = Catalog(), 0
    for count, row in enumerate(zip(*(column[keep].tolist() for column in columns))):
        catalog.put(str(count), *row)
        if reached < len(targets) and row[0] >= targets.origin_s[reached] and row[3] >= MC - DELTA_M / 2:
            yield reached, catalog
            reached += 1
        if count % FORGET_EVERY == 0:
            catalog.forget_before(row[0] - MEMORY_DAYS * DAY_S)


def _forecasts(models: Sequence[ForecastModel], catalog: Catalog, targets: Quakes, index: int) -> list[float]:
    place, at_s = (targets.latitude[index], targets.longitude[index]), targets.origin_s[index] + DELAY_S
    found = [
        next(
            item
            for item in exceedances(model, catalog, *place, at_s)
            if (item.horizon_days, item.magnitude_min) == (HORIZON_DAYS, MC)
        )
        for model in models
    ]
    return [found[0].baseline_probability, *(item.probability for item in found)]


def _interval(forecast: NDArray, happened: NDArray, other: NDArray, seed: int) -> Interval:
    return block_bootstrap(bernoulli_gain(forecast, happened, other), np.random.default_rng(seed))
