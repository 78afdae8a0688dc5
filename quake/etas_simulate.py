"""Continues a catalogue: earthquakes to come, drawn from the very state that forecasts them."""

import numpy as np
from numpy.typing import NDArray

from quake.etas import RegionState
from quake.etas_depth import depth_to_come
from quake.etas_parameters import WIDTHS, EtasParameters
from quake.etas_stream import background_weight, density_at, rate_at, weight_at
from quake.etas_sums import plane_integral
from quake.etas_tree import BACKGROUND, SPREAD, SQUARED_WIDTH, STRENGTH, WHEN, X, Y

LONGEST_DAYS = 1.0
"""A wait is drawn no further ahead than this before the rate is looked at again."""


def simulate(
    state: RegionState, start_days: float, end_days: float, rng: np.random.Generator, limit: int = 100_000
) -> NDArray[np.float64]:
    """One possible future: rows of days, x, y, magnitude from start to end; `state` itself is not changed.

    Thinning of Ogata (1981), IEEE Trans. Inf. Theory 27, 23-31, doi:10.1109/TIT.1981.1056305: between earthquakes the
    rate only falls. Raises RuntimeError when more than `limit` earthquakes come: the parameters explode.
    """
    future = RegionState.from_arrays(state.parameters, state.to_arrays())
    future.kernel = future.ahead
    days, rows = start_days, []
    while len(rows) < limit:
        days = _next_time(future, days, end_days, rng)
        if days >= end_days:
            return np.array(rows).reshape(-1, 4)
        x, y = draw_place(future, days, rng)
        magnitude = _magnitude(state.parameters, rng)
        probability = density_at(future.tree, future.clock, future.kernel, x, y, days)[1]
        future.observe(days, x, y, magnitude, float(depth_to_come(future.kernel, probability)))
        rows.append((days, x, y, magnitude))
    raise RuntimeError(f"more than {limit} earthquakes by day {days - start_days:.2f}: the parameters explode")


def _next_time(state: RegionState, days: float, end_days: float, rng: np.random.Generator) -> float:
    while days < end_days:
        highest = state.rate(days)
        wait = rng.exponential(1 / highest)
        if wait > LONGEST_DAYS:
            days += LONGEST_DAYS
            continue
        days += wait
        if rng.random() * highest < state.rate(days):
            return days
    return end_days


def draw_place(state: RegionState, days: float, rng: np.random.Generator) -> tuple[float, float]:
    """x, y of an earthquake of that time, drawn from the density of the place."""
    kernel, events = state.kernel, state.tree.event[: len(state)]
    weight = weight_at(state.clock, kernel, days)
    background = background_weight(kernel, state.background_rate, rate_at(state.clock, kernel, days), weight)
    if rng.random() * (background + weight) < background:
        return _background_place(state, events, rng)
    age = np.maximum(days - events[:, WHEN], 0.0)
    decay = -kernel.p * np.log(age + kernel.c) - age / kernel.tau
    # One that was taken back has no strength, and D below 0.
    weights = np.exp(decay) * events[:, STRENGTH] * plane_integral(kernel, np.abs(events[:, SPREAD]))
    parent = events[_pick(weights, rng)]
    while True:
        x, y = _offset(parent[X], parent[Y], parent[SPREAD], kernel.rho, rng)
        squared = (x - parent[X]) ** 2 + (y - parent[Y]) ** 2
        ended = (parent[SPREAD] + squared) / (kernel.reach * parent[SPREAD] + squared)
        if rng.random() >= ended ** (1 + kernel.rho):
            return x, y


def _background_place(state: RegionState, events: NDArray[np.float64], rng: np.random.Generator) -> tuple[float, float]:
    kernel, choice = state.kernel, rng.random()
    total = float(events[:, BACKGROUND].sum())
    if choice >= kernel.near + kernel.far or rng.random() * (total + 1) >= total:
        radius = np.sqrt(kernel.area_km2 / np.pi * rng.random())
        angle = rng.uniform(0, 2 * np.pi)
        return float(radius * np.cos(angle)), float(radius * np.sin(angle))
    parent = events[_pick(events[:, BACKGROUND], rng)]
    width = WIDTHS[0] if choice < kernel.near else WIDTHS[1]
    return _offset(parent[X], parent[Y], parent[SQUARED_WIDTH] * width**2, 1.0, rng)


def _pick(weights: NDArray[np.float64], rng: np.random.Generator) -> int:
    steps = np.cumsum(weights)
    return int(np.searchsorted(steps, rng.random() * steps[-1], side="right"))


def _offset(x: float, y: float, spread: float, rho: float, rng: np.random.Generator) -> tuple[float, float]:
    """A draw from rho / (pi D) (1 + r^2 / D)^-(1 + rho) around (x, y), by its inverse distribution function."""
    radius = np.sqrt(spread * np.expm1(-np.log1p(-rng.random()) / rho))
    angle = rng.uniform(0, 2 * np.pi)
    return float(x + radius * np.cos(angle)), float(y + radius * np.sin(angle))


def _magnitude(parameters: EtasParameters, rng: np.random.Generator) -> float:
    """The largest tenth whose fraction the draw reaches: the empirical distribution, which ends where it ends."""
    steps, shares = np.array(parameters.fractions).T
    return float(steps[max(0, int(np.searchsorted(-shares, -rng.random(), side="left")) - 1)])
