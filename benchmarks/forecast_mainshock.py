"""What is expected minutes after a large main shock, and what came: the forecast that people read first.

python -m benchmarks.forecast_mainshock

M >= 5 within 100 km in a day after each shallow M >= 7.5, from the history and the main shock. With `--parameters`
the same of another world, such as the file that `batch.train_world fit` writes (docs/decisions/0029).
"""

import gzip
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from batch.benchmark_catalogue import day_of
from batch.world_catalogue import load_quakes
from quake.adapters.space_time import committed_space_time
from quake.etas_models import WorldParameters, from_record
from quake.etas_risk import RADIUS_KM, expected_counts
from quake.etas_world import EPOCH, World
from quake.geo import distance_km
from quake.quakes import Quakes
from quake.regions import blend_weights

MAIN, SHALLOW_KM, COUNTED = 7.5, 50.0, 5.0
WAIT_DAYS = 5 / 1440
Row = tuple[str, float, float, int]


def main(
    start: Annotated[str, typer.Option(help="First day of the main shocks")] = "2010-01-01",
    end: Annotated[str, typer.Option(help="Day after the last")] = "2025-01-01",
    parameters: Annotated[Path | None, typer.Option(help="World in place of the committed one")] = None,
) -> None:
    """A line for each main shock, then all of them."""
    record = None if parameters is None else json.loads(gzip.decompress(parameters.read_bytes()))
    world = committed_space_time()[0] if record is None else from_record(record)
    rows = list(forecasts(world, load_quakes(), day_of(start, "--start"), day_of(end, "--end")))
    for when, magnitude, said, came in rows:
        typer.echo(f"{when} M {magnitude:.1f}: {said:.1f} expected, {came} came")
    ratios = np.array([said / came for _, _, said, came in rows if came])
    said, came = (sum(row[column] for row in rows) for column in (2, 3))
    typer.echo(f"all {len(rows)}: {said:.0f} expected, {came} came, {said / came:.2f}; median {np.median(ratios):.2f}")


def forecasts(world: WorldParameters, quakes: Quakes, start: float, end: float) -> Iterator[Row]:
    """Origin time, magnitude, M >= COUNTED expected and seen in the day after the forecast, of each main shock."""
    chosen = (quakes.days >= start) & (quakes.days < end) & (quakes.magnitude >= MAIN) & (quakes.depth_km < SHALLOW_KM)
    for row in np.flatnonzero(chosen).tolist():
        place, at = (float(quakes.latitude[row]), float(quakes.longitude[row])), float(quakes.days[row]) + WAIT_DAYS
        known, asked = quakes.only(quakes.days < at), World(*world)
        columns = (known.days, known.latitude, known.longitude, known.magnitude, known.depth_km)
        asked.observe_all(*columns, regions=list(blend_weights(*place)))
        said = expected_counts(asked, *place, EPOCH + timedelta(days=at), (COUNTED,))[0, 0]
        after = quakes.only((quakes.days >= at) & (quakes.days < at + 1) & (quakes.magnitude >= COUNTED - 1e-6))
        came = int((distance_km(*place, after.latitude, after.longitude) < RADIUS_KM).sum())
        yield f"{EPOCH + timedelta(days=at - WAIT_DAYS):%Y-%m-%d}", float(quakes.magnitude[row]), float(said), came


if __name__ == "__main__":
    typer.run(main)
