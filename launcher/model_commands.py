"""Commands of the model's life: `flows`, `profile`, `evaluate`, `score-forecasts`, `drift`, `tune`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from launcher.context import Data, last_started, settings_for, told

app = typer.Typer()
flows_app = typer.Typer(no_args_is_help=True, help="The model's life as flows: run one now, or serve them all.")
app.add_typer(flows_app, name="flows")

Seed = Annotated[int, typer.Option(help="Of what is drawn")]


@flows_app.command("run")
def run_flow(name: str, data: Data = None) -> None:
    """Run one flow now, without a server: chain, retrain, prepare, profile, score or drift."""
    from batch.flow_steps import STEPS

    settings = last_started(settings_for("flows", data))
    if name not in STEPS:
        raise typer.BadParameter(f"no flow {name!r}; known: {', '.join(STEPS)}")
    typer.echo(told(lambda: STEPS[name](settings, datetime.now(UTC))))


@flows_app.command("serve")
def serve_flows(
    port: Annotated[int, typer.Option(help="Port of the Prefect server and its UI, on loopback")] = 4200,
    data: Data = None,
) -> None:
    """Serve the flows with schedules, event triggers and a UI until Ctrl-C."""
    import os

    settings = last_started(settings_for("flows", data))
    # Each run is a process of its own that reads its settings from the environment.
    for name in ("data", "bus", "warehouse", "registry", "storage"):
        os.environ[f"QUAKE_{name.upper()}"] = str(getattr(settings, name))
    # Prefect reads these when it is imported; nothing is sent out.
    os.environ |= {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    from batch.flows import serve_flows as start

    told(lambda: start(settings, port))


@app.command()
def profile(
    source: Annotated[str, typer.Option(help="history, a CSV file's URL, or an FDSN service's")] = "history",
    data: Data = None,
) -> None:
    """Describe the raw catalogue on an HTML page in storage, by a package in an environment of its own."""
    from batch.profiling import NoProfiling
    from batch.profiling import profile as describe

    settings = settings_for("profile", data)
    try:
        typer.echo(told(lambda: describe(settings, datetime.now(UTC), source)))
    except NoProfiling as error:
        typer.echo(f"quake: {error}", err=True)
        raise typer.Exit(2) from error


@app.command()
def evaluate(seed: Seed = 1, data: Data = None) -> None:
    """Judge the challenger against the champion on unseen earthquakes; promote it if it is better, on record."""
    from batch.promotion import review

    settings = last_started(settings_for("evaluate", data))
    decision = told(lambda: review(settings, datetime.now(UTC), seed))
    typer.echo("no challenger" if decision is None else f"{decision.decision}: {decision.reason}")


@app.command("score-forecasts")
def score_forecasts(data: Data = None) -> None:
    """Join issued forecasts with what came, once 30 days have passed, and write the scores."""
    from batch.score import score_forecasts as score

    settings = last_started(settings_for("score-forecasts", data))
    typer.echo(f"{told(lambda: score(settings, datetime.now(UTC)))} new outcomes")


@app.command()
def drift(
    days: Annotated[int, typer.Option(help="Length of each of the two windows")] = 30,
    data: Data = None,
) -> None:
    """Compare the newest window of reports with the one before it; page in storage, figures in the warehouse."""
    from batch.drift import compare

    settings = last_started(settings_for("drift", data))
    for row in told(lambda: compare(settings, datetime.now(UTC), days)):
        typer.echo(f"{row.name}: {row.value:.4g} (threshold {row.threshold:g}){'  DRIFTED' if row.drifted else ''}")


@app.command()
def tune(
    trials: Annotated[int, typer.Option(help="Models to try")] = 20,
    seed: Seed = 1,
    data: Data = None,
) -> None:
    """Search the fit's settings with Optuna on the validation span; every trial is a nested MLflow run."""
    from batch.tune import tune as search

    settings = settings_for("tune", data)
    typer.echo(told(lambda: search(settings, datetime.now(UTC), trials, seed)))
