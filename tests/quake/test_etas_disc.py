"""The shares of a disc against the sum over every earthquake, each kernel cut by the circle on its own."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from quake.etas import RegionState
from quake.etas_disc import disc_shares
from quake.etas_parameters import CALIFORNIA
from quake.etas_search import densities
from quake.etas_share import RADIUS_KM
from quake.etas_simulate import simulate
from quake.etas_stream import GROUND_TOTAL, weight_at
from quake.etas_tree import (
    BACKGROUND,
    FAR_SQUARED,
    NEAR_SQUARED,
    SPREAD,
    SQUARED_WIDTH,
    STRENGTH,
    WHEN,
    X,
    Y,
)

NOW = 1500.0
PLACES = [(0.0, 0.0), (120.0, -60.0), (-250.0, 200.0), (300.0, 300.0)]
LATER_DAYS = np.array([0.03, 3.0])


@pytest.fixture(scope="module", name="state")
def _state() -> RegionState:
    """Single earthquakes far apart, and among them clusters of kilometres."""
    rng, state = np.random.default_rng(5), RegionState(CALIFORNIA)
    state.observe_all(simulate(state, 0.0, 1200.0, rng))
    for number in range(300):
        x, y = PLACES[number % 2] + rng.normal(0, 3, 2)
        state.observe(1200.0 + number, float(x), float(y), 2.5 + float(rng.exponential(0.4)))
    return state


def inside(spread: NDArray[np.float64], apart: NDArray[np.float64], rho: float) -> NDArray[np.float64]:
    """Share of each kernel rho D^rho / pi (D + r^2)^-(1 + rho) within the disc: rings of equal mass, cut by the circle."""
    left = 1 - (np.arange(4000) + 0.5) / 4000
    ring = np.sqrt(spread[:, None] * (left ** (-1 / rho) - 1))
    cosine = (apart[:, None] ** 2 + ring**2 - RADIUS_KM**2) / (2 * np.maximum(apart[:, None], 1e-9) * ring)
    return (np.arccos(np.clip(cosine, -1, 1)) / np.pi).mean(1)


def exact(state: RegionState, place: tuple[float, float]) -> tuple[float, NDArray[np.float64]]:
    """The share of u, and the sum of W_j at LATER_DAYS, within the disc: every earthquake on its own."""
    event, kernel = state.tree.event[: len(state)], state.kernel
    event = event[event[:, STRENGTH] != 0]
    apart = np.hypot(event[:, X] - place[0], event[:, Y] - place[1])
    near, far = (
        event[:, BACKGROUND] @ inside(share * event[:, SQUARED_WIDTH], apart, 1.0)
        for share in (NEAR_SQUARED, FAR_SQUARED)
    )
    even, total = np.pi * RADIUS_KM**2 / kernel.area_km2, state.clock.scalars[GROUND_TOTAL] + 1
    ground = (kernel.near * (near + even) + kernel.far * (far + even)) / total + (1 - kernel.near - kernel.far) * even
    ended = inside(event[:, SPREAD], apart, kernel.rho) - kernel.reach**-kernel.rho * inside(
        kernel.reach * event[:, SPREAD], apart, kernel.rho
    )
    weight = event[:, STRENGTH] * np.pi / kernel.rho * event[:, SPREAD] ** -kernel.rho
    age = NOW + LATER_DAYS[:, None] - event[:, WHEN]
    return float(ground), ((age + kernel.c) ** -kernel.p * np.exp(-age / kernel.tau)) @ (weight * ended)


@pytest.mark.parametrize("place", PLACES)
def test_a_disc_holds_the_sum_over_earthquakes(state: RegionState, place: tuple[float, float]) -> None:
    """Within a tenth, wide kernels and narrow ones, large earthquakes and small ones in one node: of the background
    their number counts inside, their width far away."""
    ground, triggered = disc_shares(state, *place, NOW + LATER_DAYS)
    wanted = exact(state, place)
    assert ground == pytest.approx(wanted[0], rel=0.1)
    np.testing.assert_allclose(triggered, wanted[1], rtol=0.1)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.floats(30, 1000), st.integers(0, 1000))
def test_a_disc_where_little_is_known_holds_the_sum_over_earthquakes(events: int, wide_km: float, seed: int) -> None:
    """Within a twentieth, or a thousandth of all W, weeks on: so few share a leaf far wider than the disc."""
    rng, lonely = np.random.default_rng(seed), RegionState(CALIFORNIA)
    columns = np.sort(rng.uniform(0, NOW - 20, events)), *rng.normal(0, wide_km, (2, events)), rng.uniform(3, 6, events)
    lonely.observe_all(np.column_stack(columns))
    if events > 2:
        lonely.withdraw(1)
    ground, triggered = disc_shares(lonely, 50.0, 20.0, NOW + LATER_DAYS)
    wanted = exact(lonely, (50.0, 20.0))
    assert ground == pytest.approx(wanted[0], rel=0.05)
    everywhere = weight_at(lonely.clock, lonely.kernel, NOW)
    np.testing.assert_allclose(triggered, wanted[1], rtol=0.05, atol=1e-3 * everywhere)


def test_parity_of_a_disc_without_numba() -> None:
    """Of a state that has heard nothing, and of one with a single leaf: the same numbers from the interpreter alone."""
    code = (
        "import json, numpy as np; from quake.etas import RegionState; from quake.etas_disc import disc_shares\n"
        "from quake.etas_parameters import CALIFORNIA; state = RegionState(CALIFORNIA); shares = []\n"
        "for report in ((), (1.0, 90.0, 0.0, 6.0), (2.0, 200.0, 0.0, 5.0)):\n"
        "    _ = report and state.observe(*report)\n"
        "    shares.append((lambda u, w: [u, *w.tolist()])(*disc_shares(state, 0.0, 0.0, np.array([3.0, 5.0]))))\n"
        "print(json.dumps(shares))"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code], text=True, capture_output=True, check=True, env=os.environ | also
        ).stdout
        for also in ({}, {"NUMBA_DISABLE_JIT": "1"})
    ]
    compiled, interpreted = (np.array(json.loads(text)) for text in said)
    np.testing.assert_allclose(compiled, interpreted, rtol=1e-12)
    assert compiled[0, 1] == 0 < compiled[1, 1] < compiled[2, 1]


def test_of_the_past_a_cell_says_what_it_knew_last() -> None:
    """One that has heard nothing since answers as of the time asked for, one that has as of its own time."""
    times, places = np.array([101.0, 104.0, 108.0]), np.random.default_rng(3).normal(3000, 40, (60, 2))
    now, later = RegionState(CALIFORNIA), RegionState(CALIFORNIA)
    for state in (now, later):
        state.observe_all(np.column_stack([np.linspace(90, 100, 60), places, np.full(60, 3.0)]))
    later.observe(120.0, 9000.0, 9000.0, 2.5)
    np.testing.assert_allclose(disc_shares(later, 3e3, 3e3, times)[1], disc_shares(now, 3e3, 3e3, times)[1], rtol=1e-3)
    at_once = disc_shares(later, 9000.0, 9000.0, np.full(3, 120.0))[1]
    np.testing.assert_allclose(disc_shares(later, 9000.0, 9000.0, times)[1], at_once, rtol=1e-3)
    asked = (50.0, 10.0, 3900.0, 3000.0, 101.0)
    known = densities(now.tree, now.kernel, *asked)[0]
    assert densities(later.tree, later.kernel, *asked)[0] == pytest.approx(known, rel=1e-3)
