"""What aftershocks of aftershocks are worth: the committed world's forecasts by `EtasParameters.least_p_bg`.

python -m benchmarks.forecast_cascade

After each M >= 5 of years before the fit's end, which chose the value (docs/decisions/0028, 0032) and, by
`--parameters`, the world's decay (0029, 0032): mean log likelihood of "at least one" by the firsts, expected over seen,
and how far the worst forecast went. Nothing is calibrated.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from batch.world_catalogue import load_quakes
from quake.adapters.registry import committed
from quake.adapters.snapshot import unpack
from quake.etas_models import WorldParameters, from_record
from quake.hindcast_windows import Windows, windows
from quake.model import from_arrays
from quake.risk import HORIZONS_DAYS, MAGNITUDES
from quake.schema import COUNTS, FIRSTS
from quake.seismicity import poisson_probability

VALUES = (0.0, 0.005, 0.01, 0.02, 0.05)
SPAN = ("2011-01-01", "2018-01-01")
SHOWN = (5.0, 6.0)
CERTAIN = 1e-12


def main(
    values: Annotated[list[float] | None, typer.Option("--least", help="least_p_bg, once or more often")] = None,
    start: Annotated[str, typer.Option(help="First day of the forecasts")] = SPAN[0],
    end: Annotated[str, typer.Option(help="Day after the last that is seen")] = SPAN[1],
    parameters: Annotated[Path | None, typer.Option(help="World in place of the committed one")] = None,
) -> None:
    """One line for each value, horizon and magnitude."""
    model, quakes = from_arrays(unpack(committed()[0]), "committed"), load_quakes("1973-01-01")
    world = model.etas if parameters is None else from_record(json.loads(gzip.decompress(parameters.read_bytes())))
    assert world is not None  # the committed model has a space-time part
    first, last = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (start, end))
    for value in values or VALUES:
        made = windows(replace(model, etas=with_least(world, value)), quakes, first, last)
        for line in told(made.only(made.after)):
            typer.echo(f"least p_bg {value:g}, {line}")


def with_least(world: WorldParameters, value: float) -> WorldParameters:
    """The same world, its earthquakes to come of at least this p_bg."""
    regions = {name: replace(own, least_p_bg=value) for name, own in world.regions.items()}
    return world._replace(default=replace(world.default, least_p_bg=value), regions=regions)


def told(made: Windows) -> Iterator[str]:
    """A line for each horizon and magnitude."""
    likelihood = log_likelihood(made.expected[:, FIRSTS], made.observed > 0)
    for row, days in enumerate(HORIZONS_DAYS):
        for size in SHOWN:
            cell = row, MAGNITUDES.index(size)
            said, firsts = (made.expected[:, kind, *cell] for kind in (COUNTS, FIRSTS))
            came = made.observed[:, *cell]
            likely = poisson_probability(firsts).sum() / (came > 0).sum()
            yield (f"{days} d, M >= {size:g}: log likelihood {likelihood[cell]:.4f}, probabilities "
                   f"{likely:.2f} and counts {said.sum() / came.sum():.2f} "
                   f"of what came, at most {said.max():.0f} expected where {came[said.argmax()]} came")  # fmt: skip


def log_likelihood(expected: NDArray[np.float64], happened: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Mean log likelihood of at least one by a Poisson count, shape (horizons, magnitudes)."""
    said = np.clip(poisson_probability(expected), CERTAIN, 1 - CERTAIN)
    return np.where(happened, np.log(said), np.log1p(-said)).mean(0)


if __name__ == "__main__":
    typer.run(main)
