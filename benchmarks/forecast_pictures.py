"""Draws what the forecast says and how well: maps around a mainshock, a reliability diagram, the gain as it grew.

Reads what `quake benchmark forecast --scores-out`, `benchmarks.forecast_oracle` and `quake benchmark exceedance` wrote.
"""

# pylint: disable=too-many-locals,too-many-positional-arguments  # a picture has many parts, a command many options

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Any

import matplotlib
import numpy as np
import typer
from matplotlib import pyplot
from matplotlib.colors import LogNorm
from numpy.typing import NDArray

from batch.benchmark_catalogue import day_of, flatten, read_catalogue, read_polygon
from batch.train_etas import read_parameters
from quake.etas import RegionState
from quake.etas_parameters import EtasParameters
from quake.etas_world import EPOCH, fraction_above
from quake.geo import distance_km

matplotlib.use("Agg")
INK, OURS, SECOND, FAINT = "#1f2933", "#1b6ca8", "#c8553d", "#9aa5b1"
STYLE = {"font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": FAINT,
         "text.color": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK}  # fmt: skip
MAGNITUDE = 4.0
CELL_KM2 = 1e4
"""Maps show earthquakes a day in 100 km x 100 km."""
HOURS = (-1.0, 24.0, 24.0 * 30)
"""When the maps are drawn, from the mainshock."""
FAR_KM = 400.0
"""Beyond this a mainshock should change little."""
GRID = 110
DPI = 90


def main(
    catalog: Annotated[Path, typer.Option(help="CSV with time, latitude, longitude, magnitude")],
    polygon: Annotated[Path, typer.Option(help="Corners, rows of latitude, longitude: .npy or CSV")],
    parameters: Annotated[Path, typer.Option(help="Fitted parameters, from --parameters of the benchmark")],
    mainshock: Annotated[str, typer.Option(help="Origin time of the mainshock of the maps, ISO 8601")],
    scores: Annotated[Path, typer.Option(help="Our per-event scores")],
    against: Annotated[Path, typer.Option(help="Another model's per-event scores")],
    out: Annotated[Path, typer.Option(help="Folder for the pictures")],
    exceedance: Annotated[list[Path], typer.Option(help="JSON of `quake benchmark exceedance`, one a horizon")] = (),
) -> None:
    """Writes intensity.png, gain.png and, of what `--exceedance` names, reliability.png."""
    out.mkdir(parents=True, exist_ok=True)
    with pyplot.rc_context(STYLE):
        model = read_parameters(parameters)[0]
        maps = intensity_maps(catalog, polygon, model, day_of(mainshock, "--mainshock"))
        draw_maps(maps, mainshock, out / "intensity.png")
        rises = ", ".join(f"{_when(hours)} {rise:.2f}" for hours, rise in zip(HOURS, far_rise(maps)))
        typer.echo(f"median intensity beyond {FAR_KM:g} km over that before: {rises}")
        if exceedance:
            results = [json.loads(file.read_text(encoding="utf-8")) for file in exceedance]
            draw_reliability(results, out / "reliability.png")
        draw_gain(*(np.loadtxt(file, delimiter=",", skiprows=1) for file in (scores, against)), out / "gain.png")


def intensity_maps(catalog: Path, polygon: Path, model: EtasParameters, day: float) -> dict[str, Any]:
    """Intensity on a grid of degrees at each of HOURS, with the epicentres known by then."""
    corners = read_polygon(polygon)
    catalogue = read_catalogue(catalog, model.mc, polygon, day)
    middle = corners.mean(0)
    reports = np.column_stack([catalogue.reports[:, 0], flatten(catalogue.places, middle), catalogue.reports[:, 3]])
    latitude, longitude = (np.linspace(low, high, GRID) for low, high in zip(corners.min(0), corners.max(0)))
    points = flatten(np.stack(np.meshgrid(latitude, longitude, indexing="ij"), -1).reshape(-1, 2), middle)
    state, done, fields = RegionState(model), 0, []
    for hours in HOURS:
        when = day + hours / 24
        known = int(np.searchsorted(reports[:, 0], when))
        state.observe_all(reports[done:known])
        done = known
        share = CELL_KM2 * fraction_above(model, MAGNITUDE)
        fields.append(share * np.array([state.intensity(x, y, when) for x, y in points]).reshape(GRID, GRID))
    large = catalogue.reports[:, 3] >= MAGNITUDE
    star = int(np.argmin(np.abs(reports[:, 0] - day)))
    return {"latitude": latitude, "longitude": longitude, "fields": fields, "corners": corners,
            "places": catalogue.places[large], "days": reports[large, 0], "day": day,
            "star": catalogue.places[star], "magnitude": float(reports[star, 3])}  # fmt: skip


def far_rise(maps: dict[str, Any]) -> list[float]:
    """Median ratio of each map to the first one, FAR_KM and more from the mainshock: near 1 if a forecast is local.

    NaN where the area does not reach so far.
    """
    latitude, longitude = np.meshgrid(maps["latitude"], maps["longitude"], indexing="ij")
    far = distance_km(*maps["star"], latitude, longitude) >= FAR_KM
    return [float(np.median((field / maps["fields"][0])[far])) if far.any() else np.nan for field in maps["fields"]]


def draw_maps(maps: dict[str, Any], mainshock: str, path: Path) -> None:
    """One map for each of HOURS on one scale."""
    figure, axes = pyplot.subplots(1, len(HOURS), figsize=(11, 5), sharey=True, layout="constrained")
    high = max(field.max() for field in maps["fields"])
    image = None
    for axis, hours, field in zip(axes, HOURS, maps["fields"]):
        image = axis.pcolormesh(
            maps["longitude"], maps["latitude"], field, norm=LogNorm(1e-4, min(high, 30)), cmap="magma_r",
            rasterized=True,
        )  # fmt: skip
        seen = maps["places"][(maps["days"] < maps["day"] + hours / 24) & (maps["days"] > maps["day"] - 3652)]
        axis.plot(*seen.T[::-1], ".", color=INK, markersize=1.2, alpha=0.5)
        axis.plot(*np.vstack([maps["corners"], maps["corners"][:1]]).T[::-1], color=FAINT, linewidth=1)
        axis.plot(*maps["star"][::-1], "*", color=OURS, markersize=11, fillstyle="none" if hours < 0 else "full")
        axis.set(title=_when(hours), xlabel="longitude", aspect=1 / np.cos(np.radians(37)))
    axes[0].set_ylabel("latitude")
    scale = figure.colorbar(image, ax=axes, shrink=0.85, extend="both")
    scale.set_label("expected M ≥ 4 a day in 100 km × 100 km")
    figure.suptitle(f"Forecast around the M {maps['magnitude']:.1f} of {mainshock[:16].replace('T', ' ')} UTC (star); "
                    "dots: M ≥ 4 of ten years before")  # fmt: skip
    _save(figure, path)


def _when(hours: float) -> str:
    if hours < 0:
        return f"{-hours:g} hour before"
    return "1 day after" if hours == 24 else f"{hours / 24:g} days after"


def draw_reliability(results: list[dict[str, Any]], path: Path) -> None:
    """Frequency against probability of at least one M >= 4 within 100 km, a panel for each result."""
    figure, axes = pyplot.subplots(1, len(results), figsize=(4.6 * len(results), 4.6), sharey=True, squeeze=False,
                                   layout="constrained")  # fmt: skip
    for axis, result in zip(axes[0], results):
        rows = result["by_magnitude"][f"{MAGNITUDE:g}"]["reliability"]
        said = np.array([row["mean_probability"] for row in rows])
        ratio = np.array([[row["ratio"][name] for name in ("value", "low", "high")] for row in rows])
        seen = np.maximum(ratio * said[:, None], 2e-5)
        axis.plot([1e-4, 1], [1e-4, 1], color=FAINT, linewidth=1, zorder=0)
        axis.errorbar(said, seen[:, 0], np.abs(seen[:, 1:] - seen[:, :1]).T, fmt="o", color=OURS, capsize=3)
        for row, place, top in zip(rows, said, seen[:, 2]):
            axis.annotate(f"{row['positives']} of {row['count']:,}", (place, top), xytext=(0, 5), fontsize=8,
                          textcoords="offset points", ha="center", color=INK)  # fmt: skip
        axis.set(xscale="log", yscale="log", xlim=(1e-4, 1.5), ylim=(1e-4, 1.5), xlabel="probability said")
        axis.set_title(f"{result['horizon_days']} day{'s' * (result['horizon_days'] > 1)}")
    axes[0, 0].set_ylabel("share in which it happened, 95 %")
    figure.suptitle("At least one M ≥ 4 within 100 km: said and seen")
    _save(figure, path)


def draw_gain(ours: NDArray[np.float64], theirs: NDArray[np.float64], path: Path) -> None:
    """Cumulative information gain, nats, event by event, with its parts in time and in space."""
    figure, axis = pyplot.subplots(figsize=(8, 4.2), layout="constrained")
    times = [EPOCH + timedelta(days=day) for day in ours[:, 0].tolist()]
    parts = ours[:, 1:] - theirs[:, 1:]
    for gain, color, name in ((parts.sum(1), INK, "both"), (parts[:, 1], OURS, "where"), (parts[:, 0], SECOND, "when")):
        axis.plot(times, np.cumsum(gain), color=color, linewidth=2 if name == "both" else 1.4)
        axis.annotate(f"{name}: {gain.mean():+.3f} an event", (times[-1], gain.sum()), xytext=(6, 0), color=color,
                      textcoords="offset points", va="center", annotation_clip=False)  # fmt: skip
    axis.axhline(0, color=FAINT, linewidth=1)
    axis.set(ylabel="cumulative gain over the exact ETAS, nats")
    axis.set_xlim(datetime.fromtimestamp(times[0].timestamp(), timezone.utc), times[-1])
    axis.set_title(f"Information gain over {len(times):,} earthquakes", loc="left")
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    pyplot.close(figure)


if __name__ == "__main__":
    typer.run(main)
