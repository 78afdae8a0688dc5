"""What it is worth that mu follows how much background comes (docs/decisions/0033), on years that a fit has not seen.

python -m benchmarks.forecast_background catalog --catalog FILE --mc 2.5 --train-end 1990-01-01 --test-end 1998-01-01
python -m benchmarks.forecast_background world --levels-end 2011-01-01

`world` fits every region's level again to what lies before a day and tries it on what follows, up to the end of the
committed file's own years, whose form has seen all of them.
"""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from tqdm import tqdm

from batch.benchmark_catalogue import day_of, read_catalogue
from batch.train_etas import fitted
from batch.world_catalogue import load_quakes, region_sample
from quake import score
from quake.adapters.space_time import committed_space_time
from quake.etas import RegionState
from quake.etas_fit import with_ground_rate
from quake.etas_fit_world import own_level
from quake.etas_parameters import EtasParameters
from quake.regions import COUNT, region_id

YEARS = 5
"""A region whose catalogue is complete for fewer years before the day is left out."""
app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


def won(model: EtasParameters, reports: NDArray[np.float64], test: tuple[float, float]) -> NDArray[np.float64]:
    """Nats of each event of the test over the same model whose mu stays, in time and in space, and mu then over its
    mean, shape (n, 3)."""
    rows, inside = [], (reports[:, 0] >= test[0]) & (reports[:, 0] < test[1])
    for one in (model, replace(model, ground_rate=0.0)):
        arrivals = RegionState(one).observe_all(reports)[inside]
        rows.append(np.column_stack([score.temporal_scores(arrivals[:, 0], arrivals[:, 1]), arrivals[:, [2, 8]]]))
    gains, level = rows[0][:, :2] - rows[1][:, :2], rows[0][:, 2] / model.mu
    return np.column_stack([gains, level])


@app.command()
def catalog(
    file: Annotated[Path, typer.Option("--catalog", help="CSV with time, latitude, longitude, magnitude")],
    mc: Annotated[float, typer.Option(help="Smallest magnitude that is complete")],
    train_end: Annotated[str, typer.Option(help="Fit on what lies before this date")],
    test_end: Annotated[str, typer.Option(help="Day after the last one scored")],
    polygon: Annotated[Path | None, typer.Option(help="Corners, rows of latitude, longitude: .npy or CSV")] = None,
) -> None:
    """Of one catalogue, fitted here; takes as long as the fit."""
    until = day_of(train_end, "--train-end")
    known = read_catalogue(file, mc, polygon, until)
    gains = won(fitted(known.reports, mc, known.area_km2, until)[0], known.reports, (until, day_of(test_end, "")))
    for name, column in zip(("time", "space"), gains[:, :2].T):
        _tell(f"{len(gains)} events, {name}", column)
    typer.echo(f"mu over its mean: {gains[:, 2].mean():.2f} on average, {gains[-1, 2]:.2f} at the end")


@app.command()
def world(levels_end: Annotated[str, typer.Option(help="Levels know what lies before this date")]) -> None:
    """Of the committed world by tectonic setting; takes two minutes."""
    parameters, about = committed_space_time()
    quakes, cut, until = load_quakes(), day_of(levels_end, "--levels-end"), day_of(about["span"][1], "")
    gains = defaultdict(list)
    for number in tqdm(range(COUNT), desc="regions", unit="region"):
        sample, model = region_sample(quakes, number, until), parameters.regions[region_id(number)]
        if sample.since > cut - YEARS * 365.25 or sample.count(cut) == 0:
            continue
        span = (sample.since, cut)
        own = with_ground_rate(own_level(model, model, sample, cut), sample.known(cut), span)
        gains[about["settings"][region_id(number)]].append(won(own, sample.known(until), (cut, until)))
    for name, parts in sorted(gains.items()):
        _tell(f"{name}, {len(parts)} regions, {sum(map(len, parts))} events, time", np.concatenate(parts)[:, 0])
        _tell(f"{name}, space", np.concatenate(parts)[:, 1])


def _tell(name: str, gains: NDArray[np.float64]) -> None:
    interval = score.block_bootstrap(gains, np.random.default_rng(1))
    typer.echo(f"{name}: {interval.value:+.4f} nats an event ({interval.low:+.4f} to {interval.high:+.4f})")


if __name__ == "__main__":
    app()
