"""`quake backfill`: the command, on both engines, with the committed model and the real impact."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest
from typer.testing import CliRunner

from benchmarks.beam_parity import canonical
from launcher.beam_commands import app
from quake.adapters.registry.alias import load, place
from quake.adapters.storage import open_storage
from quake.adapters.warehouse import open_warehouse
from quake.world import no_history
from streaming.backfill_run import Asked, run_backfill
from streaming.score import setting_of
from streaming.engine import Engine, State

NOW = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def recorded(settings, report) -> list:
    """What the worker made of six reports of large earthquakes, a minute apart; the rows."""
    storage = open_storage(settings.storage)
    setting = setting_of(storage, load(storage), settings.mode, settings.rules)
    engine = Engine(setting, State.empty(setting.model, no_history(), "e1"))
    reports = [report(number, magnitude=5.5 + number / 4, latitude=37.2 + number) for number in range(6)]
    rows = [row for message in reports for row in engine.process(message).rows]
    with closing(open_warehouse(settings.warehouse)) as warehouse:
        warehouse.insert(rows)
    return reports


def asked(recorded, **given) -> Asked:
    first, last = recorded[2].ingested_at, recorded[-1].ingested_at
    return Asked(**{"start": first, "end": last + timedelta(minutes=1)} | given)


@pytest.mark.parametrize("engine", ["worker", "beam"])
def test_a_backfill_parity_with_what_was_scored_at_the_time(settings, recorded, engine):
    given = asked(recorded, engine=engine, beam_options=["--runner", "FnApiRunner"])
    out, rows = run_backfill(settings, given, NOW)
    assert rows >= 8
    assert canonical(out, given.start) == canonical(settings.warehouse, given.start)
    assert run_backfill(settings, given, NOW) == (out, rows), "a second run adds nothing"


def test_the_command_names_the_output(settings, recorded):
    command = [
        "backfill",
        "--start",
        "2023-02-06T01:20:00",
        "--end",
        "2023-02-06T01:40:00",
        "--data",
        str(settings.data),
    ]
    told = CliRunner().invoke(app, command, catch_exceptions=False)
    assert told.exit_code == 0
    assert "backfill: " in told.stderr
    assert f"rows in sqlite:///{settings.data / 'backfill' / '20230206T0120-20230206T0140-v1.db'}" in told.output


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"engine": "spark"}, "no engine 'spark'; known: worker, beam"),
        ({"end": datetime(2020, 1, 1, tzinfo=UTC)}, "start must lie before its end"),
        ({"out": "the source"}, "never writes into the warehouse that it reads"),
    ],
)
def test_what_cannot_be_is_refused(settings, recorded, wrong, said):
    wrong = wrong | ({"out": settings.warehouse} if "out" in wrong else {})
    with pytest.raises(ValueError, match=said):
        run_backfill(settings, asked(recorded, **wrong), NOW)


def test_an_unknown_model_is_named(settings, recorded):
    with pytest.raises(LookupError, match="no model 'v9'; registered: v1"):
        run_backfill(settings, asked(recorded, model_version="v9"), NOW)


def test_rows_of_two_models_never_mix(settings, recorded):
    out, _ = run_backfill(settings, asked(recorded), NOW)
    storage = open_storage(settings.storage)
    payload = files("quake").joinpath("data/model/default.npz").read_bytes()
    place(storage, "v2", payload, {}, NOW.isoformat())
    with pytest.raises(ValueError, match="holds rows of model v1: give it another --out"):
        run_backfill(settings, asked(recorded, model_version="v2", out=out), NOW)
