"""Forecasts made again: after each earthquake of a span, as the service would have made them, from what came before."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from heapq import merge

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from quake.catalog import DAY_S
from quake.geo import EARTH_RADIUS_KM, unit_vectors
from quake.live import Entry, LiveWorld
from quake.model import ForecastModel
from quake.quakes import DELTA_M, MC, Quakes
from quake.risk import RADIUS_KM, exceedances, headline
from quake.schema import Exceedance
from quake.world import state_key, world_of

HORIZON_DAYS = 7
"""Of `quake.risk.HEADLINE`, which is what is scored: at least one M >= MC within RADIUS_KM and this."""
DELAY_S = 1200.0
"""A scored forecast is made this long after its earthquake, when the world's first solutions are out."""
MEMORY_MAGNITUDE = 4.0
"""Smaller earthquakes are left out of the state for speed; the world's models know none below 4.1."""
MEMORY_DAYS = 3652.5
"""History of so long before the span is taken in."""


def hindcasts(
    models: Sequence[ForecastModel], quakes: Quakes, start: datetime, end: datetime
) -> Iterator[tuple[Exceedance, ...]]:
    """What each model said after each M >= MC of start <= origin time < end, in order; it has seen nothing later."""
    keys = [state_key(model) for model in models]  # digests of all parameters: made once, not for every forecast
    for row, worlds in replayed(models, quakes, start, end):
        place = tuple(float(quakes.column(name)[row]) for name in quakes.columns)
        if place[3] >= MC - DELTA_M / 2:
            yield tuple(_headline(model, worlds[key], *place[:3]) for key, model in zip(keys, models))


def replayed(
    models: Sequence[ForecastModel], quakes: Quakes, start: datetime, end: datetime, stops_s: Sequence[float] = ()
) -> Iterator[tuple[int, Mapping[str, LiveWorld]]]:
    """The row of each earthquake of start <= origin time < end and the worlds, by `state_key`, just after it.

    At each of `stops_s`, rising seconds since 1970, the row is ~(its number) and the worlds are those of that moment.
    """
    first, last = start.timestamp(), end.timestamp()
    known = quakes.magnitude >= MEMORY_MAGNITUDE
    before = known & (quakes.origin_s < first) & (quakes.origin_s >= first - MEMORY_DAYS * DAY_S)
    history = {"ids": np.full(int(before.sum()), "")} | {name: quakes.column(name)[before] for name in quakes.columns}
    worlds = {state_key(model): world_of(model, history) for model in models}
    rows = np.flatnonzero(known & (quakes.origin_s >= first) & (quakes.origin_s < last)).tolist()
    for _, row in merge(
        ((float(quakes.origin_s[row]), row) for row in rows), ((stop, ~number) for number, stop in enumerate(stops_s))
    ):
        if row >= 0:
            place = tuple(float(quakes.column(name)[row]) for name in quakes.columns)
            for world in worlds.values():
                world.enter(str(row), Entry(*place, (str(row),)))
        yield row, worlds


def followers(targets: Quakes) -> NDArray[np.int64]:
    """For each earthquake, how many others came within RADIUS_KM and HORIZON_DAYS after its forecast, shape (n,)."""
    if len(targets) == 0:
        return np.empty(0, np.int64)
    points = unit_vectors(targets.latitude, targets.longitude)
    near = cKDTree(points).query_ball_point(points, 2 * np.sin(RADIUS_KM / EARTH_RADIUS_KM / 2))
    waits = [targets.origin_s[others] - (at + DELAY_S) for others, at in zip(near, targets.origin_s)]
    return np.array([int(((wait > 0) & (wait <= HORIZON_DAYS * DAY_S)).sum()) for wait in waits])


def _headline(model: ForecastModel, world: LiveWorld, origin_s: float, latitude: float, longitude: float) -> Exceedance:
    at = datetime.fromtimestamp(origin_s + DELAY_S, UTC)
    return headline(exceedances(model, world.expected(latitude, longitude, at), latitude, longitude))
