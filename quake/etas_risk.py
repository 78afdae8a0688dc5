"""Expected earthquakes within a disc over days to come, cascades included: the fast form that the live engine asks.

Counts of the region follow the mean of the branching process, linear in its O(K) state; the share that falls into the
disc comes from the tree, at one time inside each part of the horizon. Held against `quake.etas_simulate` by test.
"""

# pylint: disable=too-many-locals,consider-using-enumerate,too-many-positional-arguments  # inner loops for numba: plain loops over plain numbers

from datetime import datetime
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import expm

from quake.etas import RegionState
from quake.etas_compiled import compiled
from quake.etas_parameters import TIME_SCALES, EtasParameters, Kernel
from quake.etas_search import STACK, moments
from quake.etas_stream import GROUND_TOTAL, NOW, productivity, weight_total
from quake.etas_tree import FAR_SQUARED, HALF_WIDTH_KM, INTERNAL, LEAF, NEAR_SQUARED, OPENING, Tree
from quake.etas_world import World, days_of, fraction_above, project
from quake.regions import blend_weights
from quake.seismicity import omori_count

RADIUS_KM = 100.0
HORIZONS_DAYS = (1, 7, 30)
MAGNITUDES = (4.0, 5.0, 6.0, 7.0)
PARTS_DAYS = (0.1, 1.0, 7.0, 30.0)
"""Ends of the parts of the longest horizon; all but the first end a horizon."""
MOMENTS_DAYS = (0.03, 0.4, 3.0, 16.0)
"""When in each part the share inside the disc is taken."""
CLUSTERED = 0.1
"""Triggered earthquakes happen where the background's share is about a tenth of its mean over the disc."""
SWEEPS = 3
FINEST_KM = 4.0
"""Nodes smaller than this are not opened: a disc of 100 km does not feel them."""
DISTANCE_STEP_KM, DISTANCE_COUNT = 2.5, 121
LOG_SPREAD = (-8.0, 14.0, 67)
QUANTILES = 2000


def expected_counts(
    world: World, latitude: float, longitude: float, when: datetime, magnitudes: ArrayLike = MAGNITUDES
) -> NDArray[np.float64]:
    """Expected earthquakes within 100 km in HORIZONS_DAYS of at least each magnitude, shape (3, len(magnitudes))."""
    shares = [region_share(world, region, latitude, longitude, when, magnitudes)
              for region in blend_weights(latitude, longitude)]  # fmt: skip
    return np.sum(shares, axis=0)


def region_share(
    world: World,
    region: str,
    latitude: float,
    longitude: float,
    when: datetime,
    magnitudes: ArrayLike = MAGNITUDES,
) -> NDArray[np.float64]:
    """What one region adds to `expected_counts`: its own counts times its weight in the blend at the place."""
    x, y = project(region, latitude, longitude)
    counts = region_counts(world.state(region), float(x), float(y), days_of(when))
    fractions = [fraction_above(world.parameters_of(region), magnitude) for magnitude in np.asarray(magnitudes, float)]
    return blend_weights(latitude, longitude)[region] * np.outer(counts, fractions)


def region_counts(state: RegionState, x: float, y: float, days: float) -> NDArray[np.float64]:
    """Expected earthquakes >= mc within 100 km of a place on the region's plane in HORIZONS_DAYS, shape (3,).

    Earthquakes to come draw the next ones towards themselves: the disc's share is found again with them, in sweeps.
    """
    elapsed = max(0.0, days - state.clock.scalars[NOW])
    present = state.clock.rate_sums * np.exp(-state.kernel.time_rates * elapsed)
    inside, totals = disc_weights(state, x, y, days + np.array(MOMENTS_DAYS))
    ground, triggered = inside[-1], inside[:-1]
    parameters = state.parameters
    push = _mean_push(state.kernel, ground / (ground + triggered[1])) * mean_exp(parameters, "a_time")
    rows = cascade_rows(parameters.mu, parameters.weights, float(f"{push:.2g}"))
    whole = np.diff(rows @ np.concatenate([present, [0.0, 1.0]]), prepend=0.0)
    offspring = mean_exp(parameters, "a_space") * _weight_gain(parameters.c, parameters.p)
    counts = whole * (ground + triggered) / totals
    for _ in range(SWEEPS):
        counts = whole * (ground + triggered + offspring @ counts) / (totals + offspring @ whole)
    return np.cumsum(counts)[1:]


def _mean_push(kernel: Kernel, background_share: float) -> float:
    """Mean productivity of earthquakes of magnitude mc to come in a disc, part of them background."""
    own, others = (productivity(kernel, kernel.mc, share) for share in (0.5, CLUSTERED * background_share))
    return background_share * own + (1 - background_share) * others


@cache
def mean_exp(parameters: EtasParameters, exponent: str) -> float:
    """Mean of e^(a (m - mc)) over the empirical magnitudes, a the parameter named."""
    steps, shares = np.array(parameters.fractions).T
    values = np.exp(getattr(parameters, exponent) * (steps - parameters.mc))
    return float(values @ -np.diff(shares, append=0.0))


@cache
def _weight_gain(c: float, p: float) -> NDArray[np.float64]:
    """Weight W at each moment (rows) of one earthquake of weight 1 in each part of the horizon (columns)."""
    starts, gain = (0.0, *PARTS_DAYS[:-1]), np.zeros((len(PARTS_DAYS), len(PARTS_DAYS)))
    for row, moment in enumerate(MOMENTS_DAYS):
        for column in range(row + 1):
            start, end = starts[column], PARTS_DAYS[column]
            sum_of_ages = omori_count(max(0.0, moment - end), moment - start, 1.0, c, p)
            gain[row, column] = sum_of_ages / (end - start)
    return gain


def probability(expected: ArrayLike, overdispersion: float = 0.0) -> NDArray[np.float64]:
    """P(at least one) of a negative binomial count of that mean, variance mean (1 + overdispersion mean)."""
    mean = np.asarray(expected, float)
    if overdispersion <= 0:
        return -np.expm1(-mean)
    return -np.expm1(-np.log1p(overdispersion * mean) / overdispersion)


@lru_cache(4096)
def cascade_rows(mu: float, weights: tuple[float, ...], mean_productivity: float) -> NDArray[np.float64]:
    """Rows that turn (S_1 ... S_10, 0, 1) into the region's expected count until the end of each part, shape (4, 12).

    Mean of the branching process: dS_k/dt = -b_k S_k + q rate, rate = mu + sum w_k b_k S_k (Hawkes, 1971, Biometrika
    58, 83-90, doi:10.1093/biomet/58.1.83); solved by the matrix exponential.
    """
    rates, size = 1 / np.array(TIME_SCALES), len(TIME_SCALES)
    system = np.zeros((size + 2, size + 2))
    system[size, :size], system[size, -1] = np.array(weights) * rates, mu
    system[:size] = mean_productivity * system[size]
    system[:size, :size] -= np.diag(rates)
    return np.array([expm(system * horizon)[size] for horizon in PARTS_DAYS])


def disc_weights(
    state: RegionState, x: float, y: float, times: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum of W_j inside 100 km of the place at each time, then the background's B; and B + sum W_j of the region."""
    kernel, clock = state.kernel, state.clock
    tables = share_table(kernel.rho), share_table(1.0)
    inside = _disc_sums(state.tree, kernel, np.array([x, y]), times, *tables)
    even = np.pi * RADIUS_KM**2 / kernel.area_km2
    near, far = (inside[-2:] + even) / (clock.scalars[GROUND_TOTAL] + 1)
    ground = kernel.near * near + kernel.far * far + (1 - kernel.near - kernel.far) * even
    totals = np.array([weight_total(clock, kernel, now) for now in times])
    return np.append(inside[:-2], kernel.background * ground), totals


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


@compiled
def _disc_sums(
    tree: Tree,
    kernel: Kernel,
    place: NDArray[np.float64],
    times: NDArray[np.float64],
    triggered: ShareTable,
    ground: ShareTable,
) -> NDArray[np.float64]:
    """Sums of W_j's share inside the disc at each time, then of p_bg's under the near and the far kernel."""
    sums = np.zeros(len(times) + 2)
    stack = np.empty((STACK, 4))
    stack[0, 0], stack[0, 1], stack[0, 2], stack[0, 3] = 0.0, 0.0, 0.0, HALF_WIDTH_KM
    top = 1
    while top > 0:
        top -= 1
        node, half = int(stack[top, 0]), stack[top, 3]
        apart = np.sqrt((stack[top, 1] - place[0]) ** 2 + (stack[top, 2] - place[1]) ** 2)
        fine = 2 * half < max(FINEST_KM, OPENING * abs(apart - RADIUS_KM))
        if fine or (tree.head[node] != INTERNAL and tree.count[node] > LEAF):
            _add_node(tree, kernel, node, place, times, triggered, ground, sums)
        elif tree.head[node] == INTERNAL:
            top = _push(tree, stack, top)
        else:
            _add_node(tree, kernel, node, place, times, triggered, ground, sums)
    return sums


@compiled
def _push(tree: Tree, stack: NDArray[np.float64], top: int) -> int:
    node, centre_x, centre_y, half = int(stack[top, 0]), stack[top, 1], stack[top, 2], stack[top, 3] / 2
    for quadrant in range(4):
        child = tree.child[node, quadrant]
        if child != 0:
            stack[top, 0] = child
            stack[top, 1] = centre_x + (half if quadrant & 1 else -half)
            stack[top, 2] = centre_y + (half if quadrant & 2 else -half)
            stack[top, 3] = half
            top += 1
    return top


@compiled
def _add_node(
    tree: Tree,
    kernel: Kernel,
    node: int,
    place: NDArray[np.float64],
    times: NDArray[np.float64],
    triggered: ShareTable,
    ground: ShareTable,
    sums: NDArray[np.float64],
) -> None:
    for number in range(len(times)):
        mass, mass_x, mass_y, mass_d = moments(tree, kernel, node, times[number])
        if mass > 0:
            apart = np.sqrt((mass_x / mass - place[0]) ** 2 + (mass_y / mass - place[1]) ** 2)
            spread = mass_d / mass
            # strength is W rho D^rho / pi: the share wants W alone.
            weight = mass * np.pi / kernel.rho * spread**-kernel.rho
            sums[number] += weight * _share(triggered, spread, apart)
    base = tree.ground[node]
    if base[0] > 0:
        apart = np.sqrt((base[1] / base[0] - place[0]) ** 2 + (base[2] / base[0] - place[1]) ** 2)
        width = base[3] / base[0]
        sums[len(times)] += base[0] / width * _share(ground, NEAR_SQUARED * width, apart)
        sums[len(times) + 1] += base[0] / width * _share(ground, FAR_SQUARED * width, apart)


@compiled
def _share(table: ShareTable, spread: float, apart: float) -> float:
    """Bilinear in ln D and distance; beyond the table the disc is a point."""
    column = apart / DISTANCE_STEP_KM
    if column >= DISTANCE_COUNT - 1:
        return table.rho / spread * (1 + apart * apart / spread) ** -(1 + table.rho) * RADIUS_KM * RADIUS_KM
    step = (LOG_SPREAD[1] - LOG_SPREAD[0]) / (LOG_SPREAD[2] - 1)
    row = min(max((np.log(spread) - LOG_SPREAD[0]) / step, 0.0), LOG_SPREAD[2] - 1.001)
    i, j = int(row), int(column)
    u, w = row - i, column - j
    low = (1 - w) * table.shares[i, j] + w * table.shares[i, j + 1]
    high = (1 - w) * table.shares[i + 1, j] + w * table.shares[i + 1, j + 1]
    return (1 - u) * low + u * high
