"""The console command `quake`. Each command imports only what it needs."""

import os
from typing import Annotated

import typer

from launcher import alert_commands, beam_commands, data_commands, key_commands, model_commands
from launcher.context import Data, last_started, settings_for, told

HELP = """Real-time earthquake risk: shaking now, scored probabilities of what may follow, alerts that are corrected.

Probabilities, never predictions. `quake up` starts everything."""

app = typer.Typer(no_args_is_help=True, add_completion=False, help=HELP, pretty_exceptions_show_locals=False)

Feed = Annotated[str, typer.Option(help="live, replay, replay:FILE, replay:history?start=..&end=.., simulate:?seed=N")]


@app.callback(help=HELP)
def settle() -> None:
    """Before any command imports numpy: one BLAS thread a process. On a busy machine two that wait for each other made
    the engine's small matrices many times slower."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@app.command()
def up(
    feed: Feed = "live",
    speed: Annotated[float | None, typer.Option(help="How much faster than life replay and simulate run")] = None,
    data: Data = None,
    dashboard: Annotated[bool, typer.Option(help="Start the map too")] = True,
) -> None:
    """Start everything: feed, engine, API and map. Ctrl-C stops it; starting again goes on where it stopped."""
    from launcher.up import up as start

    told(lambda: start(settings_for("up", data, feed=feed, speed=speed), dashboard))


@app.command()
def doctor(data: Data = None) -> None:
    """Check the installation: what is missing and how to mend it."""
    from launcher.doctor import examine, report

    findings = examine(settings_for("doctor", data))
    typer.echo(report(findings))
    raise typer.Exit(0 if all(finding.well for finding in findings) else 1)


@app.command()
def ingest(feed: Feed | None = None, speed: float | None = None, data: Data = None) -> None:
    """Listen to the feeds and put every report on the bus."""
    from streaming.ingest import run_ingest

    run_ingest(settings_for("ingest", data, feed=feed, speed=speed))


@app.command()
def score(data: Data = None) -> None:
    """The engine: pull reports, assess, write, publish alerts, then acknowledge."""
    from streaming.score import run_worker

    run_worker(settings_for("score", data))


@app.command()
def serve(data: Data = None) -> None:
    """The API and the alert stream."""
    from serving.__main__ import run_serving

    run_serving(settings_for("serve", data))


@app.command()
def watch(  # pylint: disable=too-many-arguments,too-many-positional-arguments  # one for each option
    min_level: Annotated[str | None, typer.Option(help="Only alerts of this level or higher: green to red")] = None,
    min_magnitude: Annotated[float | None, typer.Option(help="Only this magnitude or larger")] = None,
    min_probability: Annotated[float | None, typer.Option(help="Only this P(M>=5, 7 days, 100 km) or higher")] = None,
    bbox: Annotated[str | None, typer.Option(help="west,south,east,north in degrees")] = None,
    last_seq: Annotated[int | None, typer.Option(help="Begin after this message; 0 prints the whole log first")] = None,
    count: Annotated[int | None, typer.Option(help="Stop after so many alerts")] = None,
    timeout: Annotated[float | None, typer.Option(help="Stop after so many seconds")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line")] = False,
    url: Annotated[str | None, typer.Option(help="The API [default: that of the service started last here]")] = None,
    data: Data = None,
) -> None:
    """Print alerts as they arrive; reconnects, never misses or repeats one."""
    from quake.adapters.watch import watch_command

    address = url or last_started(settings_for("watch", data)).api_url
    wanted = {"min_level": min_level, "min_magnitude": min_magnitude, "min_probability": min_probability, "bbox": bbox}
    watch_command(address, last_seq=last_seq, count=count, timeout=timeout, as_json=as_json, **wanted)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
def benchmark(context: typer.Context) -> None:
    """Score the forecast on a catalogue of your own: forecast, exceedance; each explains itself with --help."""
    from batch.benchmark import app as benchmarks

    benchmarks(context.args, prog_name="quake benchmark")


for group in (data_commands, model_commands, beam_commands, alert_commands):
    app.add_typer(group.app)
app.add_typer(key_commands.app, name="keys")

if __name__ == "__main__":
    app()
