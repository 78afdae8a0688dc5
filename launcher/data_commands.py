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
    what: Annotated[str, typer.Argument(help="forecast (all), background, etas, or magnitude: one part")] = "forecast",
    start: Day = None,
    end: Day = None,
    out: Annotated[Path | None, typer.Option(help="Also write the forecast model to this .npz file")] = None,
    register: Annotated[bool, typer.Option(help="Register it")] = True,
    data: Data = None,
) -> None:
    """Fit a model, score it on what came after, register it: the forecast as challenger, the magnitude if it wins."""
    settings = last_started(settings_for("train", data))
    if what == "magnitude":
        typer.echo(told(lambda: _train_magnitude(settings, register)))
        return
    from batch.train import END, PARTS, START
    from batch.train import train as fit

    if what not in PARTS:
        raise typer.BadParameter(f"no model {what!r}; known: {', '.join(PARTS)}, magnitude")
    begin, until = (day.replace(tzinfo=UTC) if day else None for day in (start, end))
    trained = told(lambda: fit(settings, begin or START, until or END, out, register, part=what))
    typer.echo(f"{trained.version or 'not registered'}  {trained.provenance['metrics']}")


def _train_magnitude(settings: Settings, register: bool) -> str:
    """On the first and last reports that this service has recorded."""
    from batch.magnitude import train_magnitude
    from batch.magnitude_pairs import pairs_from_reports
    from quake.adapters.warehouse import open_warehouse

    with closing(open_warehouse(settings.warehouse)) as warehouse:
        pairs = pairs_from_reports(warehouse, datetime.now(UTC))
    if not len(pairs):  # pylint: disable=use-implicit-booleaness-not-len  # a dataclass that counts its rows
        raise ValueError("no earthquake here was first reported automatically and reviewed later; let it run longer")
    return str(train_magnitude(settings, pairs, register=register)[1])


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
