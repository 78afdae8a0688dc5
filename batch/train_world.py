"""Fits the forecast of every region to the installed catalogue, and scores it on the years held back.

python -m batch.train_world fit --train-end 2018-01-01 --out quake/data/etas_world.json.gz
python -m batch.train_world judge --parameters quake/data/etas_world.json.gz --test-end 2025-01-01 --json OUT
"""

# pylint: disable=too-many-locals  # a command's steps, each named once

import gzip
import json
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from tqdm import tqdm

from batch.benchmark_catalogue import date_of, day_of
from batch.world_catalogue import (
    FIRST,
    FIT_FROM,
    MC_RANGE,
    load_quakes,
    region_sample,
    region_settings,
)
from batch.world_fit import fit_world
from batch.world_judge import judge as judge_world, models_of
from quake import etas_models
from quake.adapters.history_sources import PACKAGE
from quake.etas_fit import magnitude_fractions
from quake.etas_fit_world import Sample
from quake.regions import COUNT, region_id
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
    origin = {
        "catalogue": f"{PACKAGE} {version(PACKAGE)}", "catalogue_sha256": quakes.digest(until),
        "span": [FIT_FROM, train_end], "history_from": FIRST, "seed": seed,
    }  # fmt: skip
    provenance = command_of(train_end, seed, by_setting) | origin | per_region(samples, settings)
    _write(out, etas_models.as_record(default, regions) | {"provenance": provenance})
    typer.echo(f"{len(regions)} regions, {time.process_time() - begun:.0f} s of CPU")


def command_of(train_end: str, seed: int, by_setting: bool) -> dict[str, str]:
    """The command that writes the same file from the same catalogue."""
    command = f"python -m batch.train_world fit --train-end {train_end} --seed {seed}"
    return {"command": command if by_setting else f"{command} --no-by-setting"}


def per_region(samples: Sequence[Sample], settings: Sequence[str] | None) -> dict[str, dict[str, str]]:
    """Of every region the date since which its sample is complete, and the tectonic setting that it borrows from."""
    names = [region_id(number) for number in range(len(samples))]
    since = {name: date_of(sample.since) for name, sample in zip(names, samples)}
    return {"complete_since": since, "settings": dict(zip(names, settings or ()))}


@app.command()
def judge(
    parameters: Annotated[Path, typer.Option(help="Parameter file")],
    output: Annotated[Path, typer.Option("--json", help="Where the result goes")],
    test_end: Annotated[str, typer.Option(help="Day after the last one scored")] = "2025-01-01",
    seed: Annotated[int, typer.Option(help="Of the bootstrap")] = 1,
) -> None:
    """Gain over smoothed Poisson per M >= 5 event since the fit's end, by the blended intensity that is served."""
    record = json.loads(gzip.decompress(parameters.read_bytes()))
    models = models_of(*etas_models.from_record(record), COUNT)
    test, quakes = (day_of(record["provenance"]["span"][1], ""), day_of(test_end, "--test-end")), load_quakes()
    known = (quakes.days >= day_of(FIT_FROM, "")) & (quakes.days < test[0]) & (quakes.magnitude >= 5.0)
    years = (test[0] - day_of(FIT_FROM, "")) / 365.25
    grid = smoothed_rate(quakes.latitude[known], quakes.longitude[known], years, 5.0, 1.0, size_deg=0.25)
    result = judge_world(quakes, models, grid, test, seed)
    output.write_text(json.dumps(result | {"provenance": record["provenance"]}, indent=1) + "\n", encoding="utf-8")
    typer.echo(json.dumps(result, indent=1))


def _write(out: Path, record: dict[str, Any]) -> None:
    text = json.dumps(record, separators=(",", ":"))
    out.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    app()
