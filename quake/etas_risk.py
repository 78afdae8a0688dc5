"""Expected earthquakes within a disc over days to come, cascades included: the fast form that the live engine asks.

Counts of the region follow the mean of the branching process, linear in its O(K) state; the share that falls into the
disc comes from the tree (`quake.etas_disc`), at one time inside each part of the horizon. Held against
`quake.etas_simulate` by test.
"""

# pylint: disable=too-many-locals  # the sums of one formula, each named once

from datetime import datetime
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quake.etas import RegionState
from quake.etas_cascade import counts_to_come, modes
from quake.etas_parameters import EtasParameters, kernel_of
from quake.etas_prospect import counts_in_disc, prospect
from quake.etas_share import RADIUS_KM, share_tables
from quake.etas_stream import productivity_law
from quake.etas_world import World, days_of, fraction_above, project
from quake.regions import blend_weights
from quake.schema import COUNTS, FIRSTS, HORIZONS_DAYS, MAGNITUDES
from quake.seismicity import omori_count

__all__ = [
    "HORIZONS_DAYS",
    "MAGNITUDES",
    "RADIUS_KM",
    "expected_counts",
    "probability",
    "region_counts",
    "region_share",
]

PARTS_DAYS = (0.1, 1.0, 7.0, 30.0)
"""Ends of the parts of the longest horizon; all but the first end a horizon."""
LENGTHS_DAYS = np.diff(PARTS_DAYS, prepend=0.0)
MOMENTS_DAYS = (0.03, 0.4, 3.0, 16.0)
"""When in each part the share inside the disc is taken."""


def expected_counts(
    world: World, latitude: float, longitude: float, when: datetime, magnitudes: ArrayLike = MAGNITUDES
) -> NDArray[np.float64]:
    """Expected earthquakes within 100 km in HORIZONS_DAYS of at least each magnitude, shape (3, len(magnitudes))."""
    shares = [region_share(world, region, latitude, longitude, when, magnitudes)
              for region in blend_weights(latitude, longitude)]  # fmt: skip
    return np.sum(shares, axis=0)[COUNTS]


def region_share(
    world: World,
    region: str,
    latitude: float,
    longitude: float,
    when: datetime,
    magnitudes: ArrayLike = MAGNITUDES,
) -> NDArray[np.float64]:
    """What one region adds to COUNTS and FIRSTS, times its weight in the blend at the place, shape (2, 3, n)."""
    x, y = project(region, latitude, longitude)
    whole, known = region_parts(world.state(region), float(x), float(y), days_of(when))[..., None]
    parameters, least = world.parameters_of(region), tuple(np.asarray(magnitudes, float).tolist())
    both = np.empty((2, len(HORIZONS_DAYS), len(least)))
    both[COUNTS], both[FIRSTS] = whole, first_counts(whole, known, pushes_below(parameters, least))
    return blend_weights(latitude, longitude)[region] * fractions_above(parameters, least) * both


@cache
def fractions_above(parameters: EtasParameters, magnitudes: tuple[float, ...]) -> NDArray[np.float64]:
    """`fraction_above` each of the magnitudes."""
    return np.array([fraction_above(parameters, magnitude) for magnitude in magnitudes])


def first_counts(whole: NDArray[np.float64], known: NDArray[np.float64], below: ArrayLike) -> NDArray[np.float64]:
    """Of those of at least a magnitude, the ones that descend from no other such one to come: no FIRST means none.

    The void probability of a Poisson cluster process (Daley and Vere-Jones, 2003, An Introduction to the Theory of
    Point Processes 1, section 6.3, doi:10.1007/b97277): P(none) = exp(-firsts), but for what smaller ones cluster. Each
    generation to come is the share n = 1 - known / whole of the one before; only the part `below` of it, of earthquakes
    below the magnitude, may pass on: a geometric series.
    """
    return known / (1 - below * (1 - known / whole))


@cache
def pushes_below(parameters: EtasParameters, magnitudes: tuple[float, ...]) -> NDArray[np.float64]:
    """Share of the q of earthquakes to come that those below each of the magnitudes have, as in the midst of others."""
    kernel = kernel_of(parameters)
    pushes = np.exp(productivity_law(kernel, 0.0, kernel.least_p_bg)[1] * kernel.sizes[0]) * kernel.sizes[1]
    return np.array([pushes[kernel.sizes[0] < least - kernel.mc - 1e-6].sum() for least in magnitudes]) / pushes.sum()


def region_counts(state: RegionState, x: float, y: float, days: float) -> NDArray[np.float64]:
    """Expected earthquakes >= mc within 100 km of a place on the region's plane in HORIZONS_DAYS, shape (3,)."""
    return region_parts(state, x, y, days)[0]


def region_parts(state: RegionState, x: float, y: float, days: float) -> NDArray[np.float64]:
    """`region_counts`, and those of them that no earthquake to come triggers, shape (2, 3)."""
    parameters, kernel, moments = state.parameters, state.ahead, days + np.array(MOMENTS_DAYS)
    store = prospect(state.tree, state.clock, kernel, (x, y), days, moments, LENGTHS_DAYS, share_tables(kernel.rho))
    # Rounded, so that few systems need be solved: that is what a forecast of many places spends its time on.
    solved = tuple(modes(parameters.weights, float(f"{one:.2g}")) for one in store.productivities.tolist())
    whole = counts_to_come(store.rate_sums, kernel.time_weights, store.mu, LENGTHS_DAYS, solved)
    offspring = store.weight * _weight_gain(parameters.c, parameters.p)
    return counts_in_disc(store, whole, kernel.steady * store.mu * LENGTHS_DAYS, offspring)[:, 1:]


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
