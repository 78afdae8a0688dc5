"""One core, every shell: the same rows. The long form is `python -m benchmarks.beam_parity`."""

from collections import Counter
from contextlib import closing
from datetime import timedelta
from itertools import groupby

import pytest

from benchmarks.beam_parity import REIGNS, SHELLS, by_backfill, by_engine, canonical
from benchmarks.beam_world import REIGN, SETTING, START, adversarial_log, champion_at
from quake.adapters.warehouse import open_warehouse
from quake.event import SeismicEvent, Tick
from quake.world import no_history
from streaming.backfill import Backfill
from streaming.log import messages, with_ticks

REPORTS = 450


@pytest.fixture(scope="module")
def log():
    return adversarial_log(4, REPORTS)


@pytest.fixture(scope="module")
def recorded(log, tmp_path_factory) -> str:
    """The worker's rows."""
    url = f"sqlite:///{tmp_path_factory.mktemp('worker') / 'quake.db'}"
    by_engine(log, url)
    return url


def test_the_parity_log_is_adversarial(log, recorded):
    assert sum(isinstance(message, SeismicEvent) for message in log) == REPORTS
    assert sum(isinstance(message, Tick) for message in log) > 1000
    with closing(open_warehouse(recorded)) as warehouse:
        alerts = Counter(warehouse.query("SELECT message_type FROM alerts")["message_type"].to_pylist())
        statuses = Counter(warehouse.query("SELECT status FROM assessments")["status"].to_pylist())
        stored = warehouse.query("SELECT quake_id FROM event_reports").num_rows
        grids = warehouse.query("SELECT DISTINCT issued_at FROM forecasts").num_rows
    assert grids > 4
    assert stored < REPORTS, "duplicates are gone"
    assert alerts.keys() == {"ALERT", "UPDATE", "CANCEL", "EXPIRED"}
    assert statuses.keys() == {"active", "withdrawn", "superseded"}


@pytest.mark.parametrize("shell", ["worker, 12 restarts", "beam, arrival order", "beam, bounded"])
def test_parity_with_the_worker(log, recorded, shell, tmp_path):
    url = f"sqlite:///{tmp_path / 'quake.db'}"
    SHELLS[shell](log, url)
    assert canonical(url) == canonical(recorded)


def test_a_champion_and_its_rollback_parity_of_beam_with_the_worker(log, recorded, tmp_path):
    """Warmed at a tick, in force from the next on, the one before kept: every report once, under the same model."""
    worker, beam = (f"sqlite:///{tmp_path / name}.db" for name in ("worker", "beam"))
    by_engine(log, worker, champion_at)
    REIGNS["beam, with restarts"](log, beam, champion_at)
    assert canonical(beam) == canonical(worker) != canonical(recorded)
    with closing(open_warehouse(beam)) as warehouse:
        rows = warehouse.query("SELECT model_version, assessed_at AS at FROM assessments ORDER BY at").to_pylist()
        grids = set(warehouse.query("SELECT model_version FROM forecasts")["model_version"].to_pylist())
    served = [version for version, _ in groupby(rows, key=lambda row: row["model_version"])]
    assert served == ["plain", "heir", "plain"] and grids == {"plain", "heir"}
    (first,) = [row["at"] for row in rows if row["model_version"] == "heir"][:1]
    assert timedelta(minutes=1) <= first - REIGN[0] < timedelta(minutes=10)


@pytest.mark.parametrize("hours", [0, 3, 6])
def test_backfill_parity_with_the_worker_from_any_time_on(recorded, hours, tmp_path):
    url, start = f"sqlite:///{tmp_path / 'quake.db'}", START + timedelta(hours=hours)
    assert by_backfill(recorded, url, start) > 20
    assert canonical(url, start) == canonical(recorded, start)
    with closing(open_warehouse(url)) as warehouse:
        earlier = "SELECT quake_id FROM assessments WHERE assessed_at < @start"
        assert warehouse.query(earlier, {"start": start}).num_rows == 0


def test_the_stored_rows_lead_back_to_the_log_parity(log, recorded):
    """Ticks are made up again, and every report that was no duplicate is there in its place."""
    end = log[-1].at + timedelta(minutes=1)
    with closing(open_warehouse(recorded)) as warehouse:
        again = list(messages(warehouse, end, page=100))
    kept = {message.sequence for message in again}
    expected = [message for message in log if message.sequence in kept]
    assert [_content(message) for message in again] == [_content(message) for message in expected]
    ticks = [message for message in log if isinstance(message, Tick)]
    assert [message for message in again if isinstance(message, Tick)] == ticks


def _content(message):
    return message if isinstance(message, Tick) else (message.sequence, message.ingested_at, message.content_hash)


def test_no_report_no_tick():
    assert not list(with_ticks([], START))


def test_a_backfill_that_was_stopped_goes_on_and_repeats_nothing(log, recorded, tmp_path):
    url = f"sqlite:///{tmp_path / 'quake.db'}"

    def stops(period):
        for count, message in enumerate(period):
            if count == 1100:
                raise KeyboardInterrupt
            yield message

    with closing(open_warehouse(recorded)) as source, closing(open_warehouse(url)) as out:
        backfill = Backfill(source, out, START, log[-1].at + timedelta(minutes=1), SETTING, no_history(), "parity")
        with pytest.raises(KeyboardInterrupt):
            backfill.run(stops)
        kept = out.query("SELECT quake_id FROM assessments").num_rows
        assert kept > 100
        backfill.run(iter)
        assert backfill.run(iter) == 0
    assert canonical(url) == canonical(recorded)
