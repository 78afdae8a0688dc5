"""The blended forecast of the world against smoothed Poisson: what the service says at each place just before.

Intensities are those that `quake.etas_world.World.intensity` blends, region by region so that a replay passes through
each once. How many earthquakes they promise is summed over places drawn from each region's density, quarter by quarter.
"""

# pylint: disable=too-many-locals  # a score's parts, each named once

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from batch.benchmark_catalogue import unflatten
from batch.world_catalogue import settings_of
from quake import score
from quake.etas import RegionState
from quake.etas_parameters import EtasParameters
from quake.etas_simulate import draw_place
from quake.etas_stream import rate_integral
from quake.etas_world import fraction_above, project, region_reports
from quake.geo import EARTH_RADIUS_KM
from quake.quakes import Quakes
from quake.regions import blend_weights, centres, region_id, region_index
from quake.smoothed import RateGrid

MAGNITUDE = 5.0
QUARTER_DAYS = 91.3125
DRAWS = 32
"""Places drawn for each region and quarter."""
FEWEST_BLOCKS = 10
"""A small group is bootstrapped in shorter blocks, so that there are so many."""
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Promise:
    """Places of one region's density, degrees, and the earthquakes >= MAGNITUDE of the blend that each stands for."""

    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    expected: NDArray[np.float64]


def judge(
    quakes: Quakes, models: Mapping[str, EtasParameters], grid: RateGrid, test: Span, seed: int
) -> dict[str, Any]:
    """Gain over the grid's even rate in time per M >= 5 event of the test, whole and by setting, nats."""
    chosen = (quakes.days >= test[0]) & (quakes.days < test[1]) & (quakes.magnitude >= MAGNITUDE - 1e-6)
    targets = quakes.only(chosen)
    blends = [blend_weights(*place) for place in zip(targets.latitude.tolist(), targets.longitude.tolist())]
    intensity, promises, rng = np.zeros(len(blends)), [], np.random.default_rng(seed)
    for region, model in tqdm(models.items(), desc="regions", unit="region"):
        part, promise = region_part(quakes, region, model, (targets, blends), test, rng)
        intensity += part
        promises.append(promise)
    ratio = np.log(intensity) - np.log(normal_intensity(grid, targets.latitude, targets.longitude))
    return _by_setting(targets, ratio, promises, grid, test, seed)


def region_part(
    quakes: Quakes,
    region: str,
    model: EtasParameters,
    targets: tuple[Quakes, Sequence[Mapping[str, float]]],
    test: Span,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], Promise]:
    """What the region adds to the intensity at each target, 1/day/km2, and to the number expected in the test."""
    reports = _reports(quakes, region, model, test[1])
    state, done = RegionState(model), int(np.searchsorted(reports[:, 0], test[0]))
    begins = float(reports[0, 0]) if len(reports) else 0.0
    state.observe_all(reports[:done])
    intensity, rows, days = np.zeros(len(targets[1])), [], targets[0].days
    mine = [index for index, blend in enumerate(targets[1]) if region in blend]
    place = project(region, targets[0].latitude, targets[0].longitude)
    share = fraction_above(model, MAGNITUDE)
    for start in np.arange(test[0], test[1], QUARTER_DAYS):
        end = min(start + QUARTER_DAYS, test[1])
        expected = -_ahead(state, start, begins)
        for index in (index for index in mine if start <= days[index] < end):
            day = float(days[index])
            expected += _observe_until(state, reports, day)
            weight = targets[1][index][region] * share
            intensity[index] = weight * state.intensity(float(place[0][index]), float(place[1][index]), day)
        expected += _observe_until(state, reports, end) + _ahead(state, end, begins)
        rows.append(_draw(region, state, end, expected * share, rng))
    return intensity, Promise(*np.concatenate(rows).T)


def _reports(quakes: Quakes, region: str, model: EtasParameters, until: float) -> NDArray[np.float64]:
    known = quakes.only(quakes.days < until)
    columns = (known.latitude, known.longitude, known.magnitude, known.depth_km)
    return region_reports(region, model.mc, known.days, columns)


def _observe_until(state: RegionState, reports: NDArray[np.float64], day: float) -> float:
    """Takes in what came before `day`; integral of the rate from the last report before to the last of it."""
    last = int(np.searchsorted(reports[:, 0], day))
    return float(state.observe_all(reports[len(state) : last])[:, 1].sum())


def _ahead(state: RegionState, day: float, begins: float) -> float:
    """Integral of the rate from the last report to `day`, without one from the day of the first report on."""
    if len(state) == 0:
        return state.parameters.mu * (day - begins)
    return float(rate_integral(state.clock, state.kernel, day))


def _draw(
    region: str, state: RegionState, day: float, expected: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Rows of latitude, longitude and the part of `expected` that the blend leaves to this region there.

    None for a place that a kernel's tail put off the plane: no such place is on Earth.
    """
    points = np.array([draw_place(state, day, rng) for _ in range(DRAWS)])
    points = points[np.hypot(*points.T) < 2 * EARTH_RADIUS_KM]
    places = unflatten(points, centres()[region_index(region)])
    shares = [blend_weights(float(one[0]), float(one[1])).get(region, 0.0) for one in places]
    return np.column_stack([places[:, 0], (places[:, 1] + 180) % 360 - 180, expected / DRAWS * np.array(shares)])


def _by_setting(
    targets: Quakes, ratio: NDArray[np.float64], promises: Sequence[Promise], grid: RateGrid, test: Span, seed: int
) -> dict[str, Any]:
    """Mean of the log ratios less the difference of what was promised, spread over the events of each setting."""
    known = settings_of(targets.latitude, targets.longitude)
    drawn = settings_of(
        *(np.concatenate([getattr(one, name) for one in promises]) for name in ("latitude", "longitude"))
    )
    expected = np.concatenate([one.expected for one in promises])
    cells, usual = _cell_settings(grid), grid.rates.ravel() * (test[1] - test[0]) / 365.25
    groups = {name: (known == name, drawn == name, cells == name) for name in sorted(set(known.tolist()))}
    everything = tuple(np.ones(len(column), bool) for column in (known, drawn, cells))

    def gain(group: tuple[NDArray[np.bool_], ...]) -> dict[str, Any]:
        events, promised, normal = int(group[0].sum()), float(expected[group[1]].sum()), float(usual[group[2]].sum())
        gains = ratio[group[0]] - (promised - normal) / events
        block = min(score.BLOCK_EVENTS, max(1, events // FEWEST_BLOCKS))
        interval = score.block_bootstrap(gains, np.random.default_rng(seed), block)
        return {"events": events, "expected": promised, "expected_normal": normal, "gain": interval.value,
                "gain_ci95": [interval.low, interval.high], "block_events": block}  # fmt: skip

    return gain(everything) | {"by_setting": {name: gain(group) for name, group in groups.items()}}


def normal_intensity(grid: RateGrid, latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> NDArray:
    """The smoothed rate at each place, events a day and km2."""
    rows = len(grid.rates)
    row = np.clip(((latitude + 90) * rows / 180).astype(int), 0, rows - 1)
    column = ((longitude + 180) % 360 * rows / 180).astype(int) % (2 * rows)
    area = EARTH_RADIUS_KM**2 * np.diff(np.sin(np.radians(np.linspace(-90, 90, rows + 1)))) * np.pi / rows
    return grid.rates[row, column] / area[row] / 365.25


def _cell_settings(grid: RateGrid) -> NDArray[np.str_]:
    rows = len(grid.rates)
    middle = (np.arange(2 * rows) + 0.5) * 180 / rows
    return settings_of(np.repeat(middle[:rows] - 90, 2 * rows), np.tile(middle - 180, rows))


def models_of(regions: Mapping[str, EtasParameters], default: EtasParameters, count: int) -> dict[str, EtasParameters]:
    """The parameters of every region by its id."""
    return {region_id(number): regions.get(region_id(number), default) for number in range(count)}
