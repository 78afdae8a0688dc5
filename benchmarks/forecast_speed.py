"""What a report costs the model as history grows: CPU time of each tenth of a replay, and of a forecast after it.

python -m benchmarks.forecast_speed            simulated earthquakes of one dense region, shuffled in time
python -m benchmarks.forecast_speed --world    the installed catalogue, in order, through every region
python -m benchmarks.forecast_speed --served   the same, each report as the service has it: taken in, its disc forecast
python -m benchmarks.forecast_speed --in-turn  that of the first and the last tenth, TURN reports of each in turn: a
                                               machine whose speed moves moves both
"""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from tqdm import tqdm

from quake.etas import RegionState
from quake.etas_parameters import START
from quake.etas_risk import expected_counts, region_counts
from quake.etas_world import EPOCH, World

CLUSTERS = 3000
PARTS = 10
TURN = 1000


def catalogue(events: int, seed: int = 1) -> NDArray[np.float64]:
    """Rows of days, x, y, magnitude >= 2.5: clusters of 0.1 to 30 km over 1,000 km, shuffled in time."""
    rng = np.random.default_rng(seed)
    centres, sizes = rng.uniform(-500, 500, (CLUSTERS, 2)), 10 ** rng.uniform(-1, 1.5, CLUSTERS)
    which = (CLUSTERS * rng.random(events) ** 3).astype(int)
    places = centres[which] + rng.normal(0, 1, (events, 2)) * sizes[which, None]
    magnitudes = np.minimum(2.5 + rng.exponential(1 / np.log(10), events), 7.8)
    return np.column_stack([np.cumsum(rng.exponential(0.17, events)), places, magnitudes])


def region_costs(state: RegionState, reports: NDArray[np.float64]) -> Iterator[tuple[int, float, float]]:
    """Of each tenth of a replay through one region: reports so far, microseconds of CPU a report, and a forecast."""
    RegionState(state.parameters).observe_all(reports[:10])
    for part in np.array_split(reports, PARTS):
        begun = time.process_time()
        state.observe_all(part)
        spent = time.process_time() - begun
        yield len(state), spent / len(part) * 1e6, _question(state, float(part[-1, 0]) + 1)


def world_costs(world: World, columns: tuple[NDArray[np.float64], ...]) -> Iterator[tuple[int, float, int]]:
    """Of each tenth of the history: reports so far, CPU seconds, and how often a region took one of them in."""
    World({}, world.default).observe_all(*(column[:1000] for column in columns))
    taken = 0
    for part in np.array_split(np.arange(len(columns[0])), PARTS):
        begun = time.process_time()
        world.observe_all(*(column[part] for column in columns))
        spent, before = time.process_time() - begun, taken
        taken = sum(len(state) for state in world.states.values())
        yield int(part[-1]) + 1, spent, taken - before


def served_costs(world: World, columns: tuple[NDArray[np.float64], ...]) -> Iterator[tuple[int, float]]:
    """Of each tenth of the history: reports so far, microseconds of CPU a report for taking it in in every region that
    hears of it and for the counts within 100 km of it."""
    _serve(World({}, world.default), 0, tuple(column[:100] for column in columns))
    first = 0
    for part in np.array_split(np.arange(len(columns[0])), PARTS):
        begun = time.process_time()
        _serve(world, first, tuple(column[part] for column in columns))
        first += len(part)
        yield first, (time.process_time() - begun) / len(part) * 1e6


def costs_in_turn(
    worlds: tuple[World, World], columns: tuple[NDArray[np.float64], ...]
) -> Iterator[tuple[float, float]]:
    """CPU seconds of each turn of `served_costs`, of the first tenth in one world and of the last tenth in the other,
    which knows all before it."""
    early, *_, late = np.array_split(np.arange(len(columns[0])), PARTS)
    worlds[1].observe_all(*(column[: late[0]] for column in columns))
    for rows in zip(*(np.array_split(tenth, max(1, len(late) // TURN)) for tenth in (early, late))):
        spent = []
        for world, some in zip(worlds, rows):
            begun = time.process_time()
            _serve(world, int(some[0]), tuple(column[some] for column in columns))
            spent.append(time.process_time() - begun)
        yield spent[0], spent[1]


def _serve(world: World, first: int, columns: tuple[NDArray[np.float64], ...]) -> None:
    rows = zip(*(column.tolist() for column in columns))
    for number, (days, *place) in enumerate(tqdm(rows, total=len(columns[0]), unit="report")):
        when = EPOCH + timedelta(days=days)
        world.observe(str(first + number), when, *place)
        expected_counts(world, *place[:2], when)


def _question(state: RegionState, days: float) -> float:
    region_counts(state, 0.0, 0.0, days)
    begun = time.process_time()
    for place in range(50):
        region_counts(state, 10.0 * place, 0.0, days)
    return (time.process_time() - begun) / 50 * 1e6


def installed(events: int | None = None) -> tuple[World, tuple[NDArray[np.float64], ...]]:
    """The world of the committed parameters, and the last `events` of the installed catalogue, or all: days, latitude,
    longitude, magnitude, depth."""
    from batch.world_catalogue import load_quakes
    from quake.adapters.space_time import committed_space_time

    quakes = load_quakes("1973-01-01")
    columns = (quakes.days, quakes.latitude, quakes.longitude, quakes.magnitude, quakes.depth_km)
    return World(*committed_space_time()[0]), tuple(column[-(events or 0) :] for column in columns)


def main(
    events: Annotated[int, typer.Option(help="Reports to replay")] = 606_158,
    world: Annotated[bool, typer.Option(help="Replay the installed catalogue through every region instead")] = False,
    served: Annotated[bool, typer.Option(help="The same one report at a time, each with its forecast")] = False,
    in_turn: Annotated[bool, typer.Option(help="The first and the last tenth of that in turn")] = False,
) -> None:
    """Microseconds of CPU a report in each tenth, and the last tenth over the first."""
    (_tell_in_turn if in_turn else _tell_served if served else _tell_world if world else _tell_region)(events)


def _tell_region(events: int) -> None:
    costs = []
    for number, *cost in region_costs(RegionState(START), catalogue(events)):
        costs.append(cost)
        typer.echo(f"{number:>8} reports: {cost[0]:.0f} us a report, {cost[1]:.0f} us for the counts in a disc")
    report, question = (last / first for first, last in zip(costs[0], costs[-1]))
    both = sum(costs[-1]) / sum(costs[0])
    typer.echo(
        f"last tenth over first: {report:.2f} a report, {question:.2f} for the counts in a disc, {both:.2f} both"
    )


def _tell_world(events: int) -> None:
    costs, whole = [], []
    for reports, spent, taken in world_costs(*installed(events)):
        costs.append(spent / taken * 1e6)
        whole.append(spent)
        typer.echo(f"{reports:>8} reports: {spent:.2f} s, taken in {taken} times, {costs[-1]:.0f} us each")
    region, report = (tenths[-1] / tenths[0] for tenths in (costs, whole))
    typer.echo(f"last tenth over first: {region:.2f} a region, {report:.2f} a report in all of them")
    typer.echo(f"all regions warm in {sum(whole):.0f} s of CPU")


def _tell_served(events: int) -> None:
    costs = []
    for reports, cost in served_costs(*installed(events)):
        costs.append(cost)
        typer.echo(f"{reports:>8} reports: {cost:.0f} us a report")
    typer.echo(f"last tenth over first {costs[-1] / costs[0]:.2f}")


def _tell_in_turn(events: int) -> None:
    (early, columns), (late, _) = installed(events), installed(events)
    spent = np.array(list(costs_in_turn((early, late), columns)))
    first, last = spent.sum(0) / (len(columns[0]) / PARTS) * 1e6
    typer.echo(f"first tenth {first:.0f} us a report, last tenth {last:.0f} us; in {len(spent)} turns")
    typer.echo(f"last tenth over first {last / first:.2f}, median turn {np.median(spent[:, 1] / spent[:, 0]):.2f}")


if __name__ == "__main__":
    typer.run(main)
