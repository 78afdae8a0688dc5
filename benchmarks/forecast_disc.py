"""What a disc of 100 km holds, as served and as the sum over every earthquake.

python -m benchmarks.forecast_disc                 PLACES epicentres of the installed catalogue
python -m benchmarks.forecast_disc --everywhere    as many places, even over the Earth

Each in the region whose centre is nearest; epicentres in the REGIONS with most of them. Served over exact, of the
background, of what is triggered half a day on, and of both as a forecast weighs them: over the sums, and quantiles over
the places; and the CPU time of a disc.
"""

# pylint: disable=too-many-locals  # a sum over kernels has many parts

import time
from collections import Counter
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks.forecast_speed import installed
from quake.etas import RegionState
from quake.etas_disc import disc_shares
from quake.etas_share import RADIUS_KM
from quake.etas_stream import GROUND_TOTAL, background_weight, rate_at, weight_at
from quake.etas_tree import BACKGROUND, FAR_SQUARED, NEAR_SQUARED, SPREAD, SQUARED_WIDTH, STRENGTH, WHEN, X, Y
from quake.etas_world import project, region_reports
from quake.regions import home_region

PLACES, REGIONS = 400, 10
LATER_DAYS = np.array([0.03, 0.4, 3.0, 16.0])
RINGS, CHUNK = 500, 2_000
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def inside(spread: NDArray[np.float64], apart: NDArray[np.float64], rho: float) -> NDArray[np.float64]:
    """Share of each kernel rho D^rho / pi (D + r^2)^-(1 + rho) within the disc, shape (n,): rings of equal mass, cut by
    the circle."""
    return np.concatenate(
        [_inside(spread[i : i + CHUNK], apart[i : i + CHUNK], rho) for i in range(0, len(spread), CHUNK)]
    )


def _inside(spread: NDArray[np.float64], apart: NDArray[np.float64], rho: float) -> NDArray[np.float64]:
    left, apart = 1 - (np.arange(RINGS) + 0.5) / RINGS, np.maximum(apart[:, None], 1e-9)
    ring = np.sqrt(spread[:, None] * (left ** (-1 / rho) - 1))
    cosine = (apart**2 + ring**2 - RADIUS_KM**2) / (2 * apart * ring)
    return (np.arccos(np.clip(cosine, -1, 1)) / np.pi).mean(1)


def exact(state: RegionState, x: float, y: float, days: float) -> tuple[float, float]:
    """The share of u, and the sum of W_j, within the disc: every earthquake on its own."""
    kernel, event = state.kernel, state.tree.event[: len(state)]
    event = event[event[:, STRENGTH] != 0]
    apart, spread = np.hypot(event[:, X] - x, event[:, Y] - y), event[:, SPREAD]
    even, total = np.pi * RADIUS_KM**2 / kernel.area_km2, state.clock.scalars[GROUND_TOTAL] + 1
    near, far = (
        (event[:, BACKGROUND] @ inside(share * event[:, SQUARED_WIDTH], apart, 1.0) + even) / total
        for share in (NEAR_SQUARED, FAR_SQUARED)
    )
    ground = kernel.near * near + kernel.far * far + (1 - kernel.near - kernel.far) * even
    ended = inside(spread, apart, kernel.rho) - kernel.reach**-kernel.rho * inside(
        kernel.reach * spread, apart, kernel.rho
    )
    age = days - event[:, WHEN]
    decay = (age + kernel.c) ** -kernel.p * np.exp(-age / kernel.tau)
    return float(ground), float(event[:, STRENGTH] * np.pi / kernel.rho * spread**-kernel.rho * decay @ ended)


def main(
    everywhere: Annotated[bool, typer.Option(help="Places even over the Earth, not epicentres")] = False,
    seed: Annotated[int, typer.Option(help="Of the places drawn")] = 0,
) -> None:
    """Prints four lines."""
    world, (days, *columns) = installed()
    places = _drawn(np.random.default_rng(seed), None if everywhere else np.column_stack(columns[:2]))
    homes, rows, spent = [home_region(*place) for place in places.tolist()], [], 0.0
    for region, _ in tqdm(Counter(homes).most_common(None if everywhere else REGIONS), unit="region"):
        state = RegionState(world.parameters_of(region))
        state.observe_all(region_reports(region, state.parameters.mc, days, columns))
        for place in places[[home == region and len(state) > 0 for home in homes]]:
            x, y = map(float, project(region, *place))
            later = float(days[-1] + LATER_DAYS[1])
            disc_shares(state, x, y, days[-1] + LATER_DAYS)
            begun = time.process_time()
            ground, triggered = disc_shares(state, x, y, days[-1] + LATER_DAYS)
            spent += time.process_time() - begun
            rows.append(
                (*_parts(state, later, ground, triggered[1]), *_parts(state, later, *exact(state, x, y, later)))
            )
    _tell(np.array(rows), spent)


def _parts(state: RegionState, days: float, ground: float, triggered: float) -> tuple[float, float, float]:
    """Background, triggered, and both as a forecast of that time weighs them."""
    rate, weight = rate_at(state.clock, state.kernel, days), weight_at(state.clock, state.kernel, days)
    background = float(background_weight(state.kernel, state.background_rate, rate, weight))
    return ground, triggered, background * ground + triggered


def _drawn(rng: np.random.Generator, epicentres: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """PLACES of latitude and longitude, shape (PLACES, 2): of those epicentres, or even over the Earth."""
    if epicentres is not None:
        return epicentres[rng.choice(len(epicentres), PLACES, replace=False)]
    return np.column_stack([np.degrees(np.arcsin(rng.uniform(-1, 1, PLACES))), rng.uniform(-180, 180, PLACES)])


def _tell(rows: NDArray[np.float64], spent: float) -> None:
    for column, name in enumerate(("background", "triggered", "both")):
        served, wanted = rows[rows[:, column + 3] > 0][:, [column, column + 3]].T
        quantiles = " ".join(f"{value:.3f}" for value in np.quantile(served / wanted, QUANTILES))
        print(
            f"{name}: served over exact {served.sum() / wanted.sum():.3f}; {len(wanted)} places, quantiles {quantiles}"
        )
    print(f"{spent / len(rows) * 1e6:.0f} us of CPU a disc")


if __name__ == "__main__":
    typer.run(main)
