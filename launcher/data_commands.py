"""Commands on data and models: `sql`, `bootstrap`, `train`, `promote`, `rollback`, `benchmark`."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from launcher.context import Data, last_started, settings_for, told
from quake.settings import Settings

app = typer.Typer()

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="UTC day [default: the committed model's]")]
Reason = Annotated[str, typer.Option(help="Kept with the decision")]


@app.command()
def sql(
    question: Annotated[str, typer.Argument(help="BigQuery SQL, or the name of a saved answer; `list` names them")],
    parameter: Annotated[list[str] | None, typer.Option("--param", "-p", help="NAME=VALUE, once each")] = None,
    output: Annotated[str, typer.Option("--format", help="table, csv or json")] = "table",
    data: Data = None,
) -> None:
    """Ask the warehouse in BigQuery SQL; works while everything runs."""
    from quake.adapters.sql import names
    from quake.adapters.warehouse.shell import run_sql

    settings = settings_for("sql", data)
    if question == "list":
        typer.echo("\n".join(names()))
        return
    pairs = dict(item.partition("=")[::2] for item in parameter or [])
    told(lambda: run_sql(last_started(settings), question, pairs, output))


@app.command()
def bootstrap(data: Data = None) -> None:
    """Fetch the history that the service starts from, and register the committed model."""
    from batch.bootstrap import bootstrap as fetch
    from quake.adapters.registry import ensure_default

    settings = settings_for("bootstrap", data)
    fetch(settings)
    decision = ensure_default(settings)
    if decision is not None:
        _keep(settings, decision)


@app.command()
def train(
    start: Day = None,
    end: Day = None,
    out: Annotated[Path | None, typer.Option(help="Also write the model to this .npz file")] = None,
    register: Annotated[bool, typer.Option(help="Register it as challenger")] = True,
    data: Data = None,
) -> None:
    """Fit the forecast model to a span of history, score it on what came after, and register it as challenger."""
    from batch.train import END, START
    from batch.train import train as fit

    begin, until = (day.replace(tzinfo=UTC) if day else None for day in (start, end))
    trained = fit(settings_for("train", data), begin or START, until or END, out, register)
    typer.echo(f"{trained.version or 'not registered'}  {trained.provenance['metrics']}")


@app.command(name="train-magnitude")
def train_magnitude(data: Data = None) -> None:
    """Fit the magnitude after review on the first and last reports this service has recorded; the gate decides."""
    from batch.magnitude import train_magnitude as fit
    from batch.magnitude_pairs import pairs_from_reports
    from quake.adapters.warehouse import open_warehouse

    settings = last_started(settings_for("train", data))
    with closing(open_warehouse(settings.warehouse)) as warehouse:
        pairs = told(lambda: pairs_from_reports(warehouse, datetime.now(UTC)))
    _, verdict = told(lambda: fit(settings, pairs))
    typer.echo(str(verdict))


@app.command()
def promote(version: str, reason: Reason, data: Data = None) -> None:
    """Make a registered model the champion; the decision becomes a row."""
    _decide(data, lambda registry, now: registry.promote(version, now, reason))


@app.command()
def rollback(reason: Reason, data: Data = None) -> None:
    """Make the champion before this one the champion again."""
    _decide(data, lambda registry, now: registry.rollback(now, reason))


def _decide(data: Path | None, decide: Callable[[Any, datetime], Any]) -> None:
    from quake.adapters.registry import open_registry

    settings = last_started(settings_for("registry", data))
    decision = told(lambda: decide(open_registry(settings), datetime.now(UTC)))
    _keep(settings, decision)
    typer.echo(f"{decision.decision}: {decision.model_version} (before: {decision.previous_version})")


def _keep(settings: Settings, decision: Any) -> None:
    from quake.adapters.warehouse import open_warehouse

    with closing(open_warehouse(settings.warehouse)) as warehouse:
        warehouse.insert([decision])
