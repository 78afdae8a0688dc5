"""`quake benchmark`: fits on what lies before the test window, scores on the test window, writes one JSON file."""

# pylint: disable=too-many-arguments,too-many-positional-arguments,too-many-locals  # a command's options are its arguments

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from batch.benchmark_catalogue import day_of, read_catalogue

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Score the forecast on a catalogue of your own.")

CatalogFile = Annotated[
    Path, typer.Option(help="CSV with time, latitude, longitude, magnitude (x, y, depth in km if there)")
]
Mc = Annotated[float, typer.Option(help="Smallest magnitude that is complete")]
TrainEnd = Annotated[str, typer.Option(help="Fit on what lies before this date")]
Json = Annotated[Path, typer.Option("--json", help="Where the result goes")]
Parameters = Annotated[Path | None, typer.Option(help="Use, or keep, the fitted parameters here")]
Polygon = Annotated[Path | None, typer.Option(help="Corners, rows of latitude, longitude: .npy or CSV")]
Seed = Annotated[int, typer.Option(help="Of the sampled targets and the bootstrap")]
SCORES = (
    "events",
    "model",
    "poisson",
    *(f"gain{which}{part}" for which in ("", "_any_start", "_recalibrated") for part in ("", "_ci95")),
)
SHOWN = (*SCORES, "against", "counts")


@app.command()
def forecast(
    catalog: CatalogFile,
    train_end: TrainEnd,
    test_start: Annotated[str, typer.Option(help="First day scored")],
    test_end: Annotated[str, typer.Option(help="Day after the last one scored")],
    output: Json,
    mc: Mc = 2.5,
    polygon: Polygon = None,
    against: Annotated[Path | None, typer.Option(help="Another model's per-event scores to compare with")] = None,
    scores_out: Annotated[Path | None, typer.Option(help="Where our per-event scores go")] = None,
    parameters: Parameters = None,
    seed: Seed = 1,
) -> None:
    """TLL and SLL of our model and of an even Poisson one, with paired intervals, nats an event."""
    from batch import benchmark_forecast as scoring

    until, test = _dates(train_end, test_start, test_end)
    catalogue = read_catalogue(catalog, mc, polygon, until)
    model, provenance = _model(catalogue.reports, mc, catalogue.area_km2, until, parameters, seed)
    scores = scoring.window_scores(catalogue, model, test)
    result = scoring.summary(scores, scoring.even_scores(catalogue, until, scores[:, 0]), seed)
    if against is not None:
        result["against"] = scoring.against(scores, against, seed)
    if scores_out is not None:
        scoring.write_scores(scores_out, scores)
    _write(output, result | {"provenance": provenance, "area_km2": catalogue.area_km2})


@app.command()
def counts(
    catalog: CatalogFile,
    train_end: TrainEnd,
    test_start: Annotated[str, typer.Option(help="First day scored")],
    test_end: Annotated[str, typer.Option(help="Day after the last one scored")],
    output: Json,
    mc: Mc = 2.5,
    polygon: Polygon = None,
    magnitude: Annotated[float, typer.Option(help="Smallest magnitude counted, beside mc")] = 4.0,
    parameters: Parameters = None,
    seed: Seed = 1,
) -> None:
    """Expected over observed and number test of the whole area's daily and weekly counts, by simulated futures."""
    from batch.benchmark_counts import run

    until, test = _dates(train_end, test_start, test_end)
    catalogue = read_catalogue(catalog, mc, polygon, until)
    model, provenance = _model(catalogue.reports, mc, catalogue.area_km2, until, parameters, seed)
    result = run(catalogue.reports, model, test, (mc, magnitude), seed)
    _write(output, {"counts": result, "provenance": provenance})


@app.command()
def exceedance(
    catalog: CatalogFile,
    train_end: TrainEnd,
    output: Json,
    mc: Mc = 4.5,
    radius_km: Annotated[float, typer.Option(help="Radius of each forecast's disc")] = 100.0,
    horizon_days: Annotated[int, typer.Option(help="1, 7 or 30")] = 7,
    test_start: Annotated[str | None, typer.Option(help="First day scored; default: train-end")] = None,
    test_end: Annotated[str | None, typer.Option(help="Day after the last; default: the catalogue's end")] = None,
    polygon: Polygon = None,
    held_back: Annotated[float, typer.Option(help="Share of the training span, its end, that calibrates")] = 0.25,
    recent: Annotated[int, typer.Option(help="Count magnitudes' shares from so many last events; 0: in the fit")] = 0,
    parameters: Parameters = None,
    seed: Seed = 1,
) -> None:
    """Gain over smoothed Poisson for at least one M >= 4, 4.5, 5, 5.5, 6; Brier skill, reliability, N-, M-, S-tests.

    Of windows that follow each other without overlap; `any_start` has the same of windows that begin on every day,
    `recalibrated` both, with curves that every year of the test learns from all windows closed by then.
    """
    from batch.benchmark_exceedance import Setting, run
    from quake.etas_risk import HORIZONS_DAYS, RADIUS_KM

    if radius_km != RADIUS_KM or horizon_days not in HORIZONS_DAYS:
        raise typer.BadParameter(f"the service forecasts {RADIUS_KM:g} km and {HORIZONS_DAYS} days")
    until = day_of(train_end, "--train-end")
    catalogue = read_catalogue(catalog, mc, polygon, until)
    first = day_of(test_start, "--test-start") if test_start else until
    last = day_of(test_end, "--test-end") if test_end else float(catalogue.reports[-1, 0])
    _in_order(until, first, last)
    horizon = HORIZONS_DAYS.index(horizon_days)
    setting = Setting(mc, until, (first, last), horizon, held_back, recent, parameters, seed)
    try:
        _write(output, run(catalogue, setting))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _dates(train_end: str, test_start: str, test_end: str) -> tuple[float, tuple[float, float]]:
    until, first, last = (
        day_of(train_end, "--train-end"),
        day_of(test_start, "--test-start"),
        day_of(test_end, "--test-end"),
    )
    _in_order(until, first, last)
    return until, (first, last)


def _in_order(until: float, first: float, last: float) -> None:
    if not until <= first < last:
        raise typer.BadParameter(
            "dates must be --train-end <= --test-start < --test-end: nothing is fitted on the test"
        )


def _model(reports: Any, mc: float, area_km2: float, until: float, kept: Path | None, seed: int) -> tuple[Any, Any]:
    from batch.train_etas import fitted, read_parameters, write_parameters

    if kept is not None and kept.is_file():
        model, provenance = read_parameters(kept)
        if provenance["span_days"][1] > until:
            raise typer.BadParameter(f"{kept} was fitted on days after --train-end")
        return model, provenance
    try:
        model, provenance = fitted(reports, mc, area_km2, until, seed)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if kept is not None:
        write_parameters(kept, model, provenance)
    return model, provenance


def _write(output: Path, result: dict[str, Any]) -> None:
    output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    typer.echo(json.dumps({key: result[key] for key in SHOWN if key in result}, indent=1))


if __name__ == "__main__":
    app()
