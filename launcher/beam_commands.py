"""Commands that score the past again: `backfill` a period of the log, `rebuild` everything from the raw archive."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from launcher.context import Data, last_started, settings_for, told

app = typer.Typer()

FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


@app.command()
def backfill(  # pylint: disable=too-many-arguments,too-many-positional-arguments  # one for each option
    start: Annotated[datetime, typer.Option(formats=FORMATS, help="First moment of the period, UTC")],
    end: Annotated[datetime, typer.Option(formats=FORMATS, help="First moment after the period, UTC")],
    engine: Annotated[str, typer.Option(help="worker (this process) or beam")] = "worker",
    runner: Annotated[str, typer.Option(help="Beam's runner; options for it follow after --")] = "FnApiRunner",
    out: Annotated[str | None, typer.Option(help="Warehouse URL for the rows [default: a file of its own]")] = None,
    model_version: Annotated[str | None, typer.Option(help="Registered model [default: the champion]")] = None,
    beam_options: Annotated[list[str] | None, typer.Argument(help="Options for Beam's runner")] = None,
    data: Data = None,
) -> None:
    """Score a past period again into a warehouse of its own; run it again to go on where it stopped."""
    from streaming.backfill_run import Asked, run_backfill

    settings = last_started(settings_for("backfill", data))
    period = (moment.replace(tzinfo=UTC) for moment in (start, end))
    asked = Asked(*period, engine, out, model_version, ["--runner", runner, *(beam_options or [])])
    url, rows = told(lambda: run_backfill(settings, asked, datetime.now(UTC)))
    typer.echo(f"{rows} rows in {url}")


@app.command()
def rebuild(
    archive: Annotated[str, typer.Argument(help="bigquery://PROJECT/DATASET where Pub/Sub archives the topics")],
    data: Data = None,
) -> None:
    """Make the engine's tables again from the raw archive, in an empty warehouse; nobody is told of old alerts."""
    from streaming.rebuild import run_rebuild

    rows = told(lambda: run_rebuild(settings_for("rebuild", data), archive))
    typer.echo(", ".join(f"{count} {table}" for table, count in rows.items() if count))
