"""Fits the forecast of every region to the installed catalogue, and scores it on the years held back.

python -m batch.train_world fit --train-end 2018-01-01 --out quake/data/etas_world.json.gz
python -m batch.train_world judge --parameters quake/data/etas_world.json.gz --test-end 2025-01-01 --json OUT
"""

# pylint: disable=too-many-locals  # a command's steps, each named once

import gzip
import json
import time
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from tqdm import tqdm

from batch.benchmark_catalogue import day_of
from batch.world_catalogue import (
    FIRST,
    FIT_FROM,
    MC_RANGE,
    REACH_KM,
    Quakes,
    heard,
    load_quakes,
    region_sample,
    region_settings,
    settings_of,
)
from batch.world_fit import fit_world
from quake import etas_models, score
from quake.adapters.history_sources import PACKAGE
from quake.etas import RegionState
from quake.etas_fit import magnitude_fractions
from quake.etas_parameters import EtasParameters
from quake.etas_world import centre_distances, fraction_above, project
from quake.geo import EARTH_RADIUS_KM
from quake.regions import COUNT, centre_distances_km, region_id
from quake.smoothed import smoothed_rate

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The forecast of every region of the world.")


@app.command("fit")
def fit_command(
    out: Annotated[Path, typer.Option(help="Parameter file to write, .json.gz")],
    train_end: Annotated[str, typer.Option(help="Fit on what lies before this date")] = "2018-01-01",
    seed: Annotated[int, typer.Option(help="Of the sampled targets")] = 1,
    by_setting: Annotated[bool, typer.Option(help="Let regions borrow from their tectonic setting")] = True,
) -> None:
    """Fit the world's form, the settings', then every region's own level; the same file from the same catalogue."""
    begun, until, quakes = time.process_time(), day_of(train_end, "--train-end"), load_quakes()
    span = (day_of(FIT_FROM, ""), until)
    samples = [region_sample(quakes, region, until) for region in tqdm(range(COUNT), desc="mc", unit="region")]
    settings = region_settings(quakes, COUNT, until) if by_setting else None
    world = quakes.magnitude[(quakes.days < until) & (quakes.magnitude >= MC_RANGE[1])]
    default, fitted = fit_world(samples, settings, span, dict(magnitude_fractions(world, MC_RANGE[1])), seed)
    regions = {region_id(number): parameters for number, parameters in enumerate(fitted)}
    about = {
        "command": f"python -m batch.train_world fit --train-end {train_end} --seed {seed}"
        + ("" if by_setting else " --no-by-setting"),
        "catalogue": f"{PACKAGE} {version(PACKAGE)}", "catalogue_sha256": quakes.digest(until),
        "span": [FIT_FROM, train_end], "history_from": FIRST, "seed": seed,
        "settings": dict(zip(regions, settings)) if settings else {},
    }  # fmt: skip
    _write(out, etas_models.as_record(default, regions) | {"provenance": about})
    typer.echo(f"{len(regions)} regions, {time.process_time() - begun:.0f} s of CPU")


@app.command()
def judge(
    parameters: Annotated[Path, typer.Option(help="Parameter file")],
    output: Annotated[Path, typer.Option("--json", help="Where the result goes")],
    test_end: Annotated[str, typer.Option(help="Day after the last one scored")] = "2025-01-01",
    seed: Annotated[int, typer.Option(help="Of the bootstrap")] = 1,
) -> None:
    """Gain over smoothed Poisson per M >= 5 event since the fit's end, each event by its home region's state."""
    record = json.loads(gzip.decompress(parameters.read_bytes()))
    regions, default = etas_models.from_record(record)
    test = (day_of(record["provenance"]["span"][1], ""), day_of(test_end, "--test-end"))
    quakes, rows = load_quakes(), []
    known = (quakes.days >= day_of(FIT_FROM, "")) & (quakes.days < test[0]) & (quakes.magnitude >= 5.0)
    years = (test[0] - day_of(FIT_FROM, "")) / 365.25
    grid = smoothed_rate(quakes.latitude[known], quakes.longitude[known], years, 5.0, 1.0, size_deg=0.25)
    for number in tqdm(range(COUNT), desc="regions", unit="region"):
        rows.append(_gains(quakes, number, regions.get(region_id(number), default), grid.rates, test))
    gains = np.concatenate(rows)
    gains = gains[np.argsort(gains[:, 0])]
    settings = settings_of(gains[:, 2], gains[:, 3])
    result = _gain(gains[:, 1], seed) | {
        "by_setting": {name: _gain(gains[settings == name, 1], seed) for name in sorted(set(settings.tolist()))}
    }
    output.write_text(json.dumps(result | {"provenance": record["provenance"]}, indent=1) + "\n", encoding="utf-8")
    typer.echo(json.dumps(result, indent=1))


def _gain(gains: NDArray[np.float64], seed: int) -> dict[str, Any]:
    interval = score.block_bootstrap(gains, np.random.default_rng(seed))
    return {"events": len(gains), "gain": interval.value, "gain_ci95": [interval.low, interval.high]}


def _gains(
    quakes: Quakes, region: int, model: EtasParameters, rates: NDArray[np.float64], test: tuple[float, float]
) -> NDArray[np.float64]:
    """Day, gain, latitude, longitude of each M >= 5 event at home in the region; shape (n, 4).

    The gain is the difference of log intensities less that of their integrals over the region, spread over its events.
    """
    keep = heard(quakes, region) & (quakes.magnitude >= model.mc - 1e-6) & (quakes.days < test[1])
    latitude, longitude, magnitude = (column[keep] for column in (quakes.latitude, quakes.longitude, quakes.magnitude))
    x, y = project(region_id(region), latitude, longitude)
    arrivals = RegionState(model).observe_all(np.stack([quakes.days[keep], x, y, magnitude], 1))
    tested = quakes.days[keep] >= test[0]
    big = tested & (magnitude >= 5.0 - 1e-6)
    share, normal = fraction_above(model, 5.0), _normal(rates, latitude, longitude)
    excess = share * arrivals[tested, 1].sum() - _normal_total(rates, region) * (test[1] - test[0])
    gain = np.log(share * arrivals[big, 0]) + arrivals[big, 2] - np.log(normal[big]) - excess / max(1, big.sum())
    home = [region == int(np.argmin(centre_distances_km(*place))) for place in zip(latitude[big], longitude[big])]
    return np.stack([quakes.days[keep][big], gain, latitude[big], longitude[big]], 1)[np.array(home, bool)]


def _normal(rates: NDArray[np.float64], latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> NDArray:
    """The smoothed rate at each place, events a day and km2."""
    rows = len(rates)
    row = np.clip(((latitude + 90) * rows / 180).astype(int), 0, rows - 1)
    column = ((longitude + 180) % 360 * rows / 180).astype(int) % (2 * rows)
    return rates[row, column] / _cell_area(rows)[row] / 365.25


def _cell_area(rows: int) -> NDArray[np.float64]:
    edges = np.sin(np.radians(np.linspace(-90, 90, rows + 1)))
    return EARTH_RADIUS_KM**2 * np.diff(edges) * np.pi / rows


def _normal_total(rates: NDArray[np.float64], region: int) -> float:
    """Smoothed events a day within the region's reach."""
    rows = len(rates)
    latitude = np.repeat((np.arange(rows) + 0.5) * 180 / rows - 90, 2 * rows)
    longitude = np.tile((np.arange(2 * rows) + 0.5) * 180 / rows - 180, rows)
    return float(rates.ravel()[centre_distances(latitude, longitude, region) < REACH_KM].sum() / 365.25)


def _write(out: Path, record: dict[str, Any]) -> None:
    text = json.dumps(record, separators=(",", ":"))
    out.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    app()
