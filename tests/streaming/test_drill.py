"""Drills through the engine and through Beam: the same rows, no earthquake, nothing of the real alerts changed."""

from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts.drill import assessment_of, drill_message, drill_of
from alerts.rules import covering_chain
from alerts.sequencer import SHARED
from benchmarks.beam_parity import SHELLS, by_engine, canonical
from benchmarks.beam_world import EPOCH as EPOCH_NAME
from benchmarks.beam_world import SETTING, START
from quake.adapters.bus import Message
from quake.adapters.topics import EVENTS
from quake.adapters.warehouse import open_warehouse
from quake.event import Drill, SeismicEvent, Tick, decode, encode, stamped
from quake.schema import TABLES
from quake.world import no_history
from streaming.backfill import Backfill
from streaming.drill import sequence_at
from streaming.engine import Engine, State
from streaming.log import with_ticks
from streaming.sequence import EPOCH, MILLISECOND, PER_MS
from tests.streaming.test_worker import run, site  # noqa: F401  pylint: disable=unused-import


def rehearsal(name: str, at: datetime, ends: bool = False, magnitude: float = 7.9) -> Drill:
    """A drill of a large earthquake in the middle of everything."""
    figures = dict.fromkeys(SHARED) | {
        "quake_id": f"drill-{name}", "revision": 1, "model_version": "flat-1", "origin_time": at, "latitude": 36.0,
        "longitude": 36.0, "magnitude": magnitude, "review_status": "reviewed", "place": "", "alert_level": "red",
        "forecast_level": 3, "probability": 0.4, "baseline_probability": 0.001, "gain": 400.0, "forecast": (),
        "mode": "simulate", "hindsight": False,
    }  # fmt: skip
    return drill_message(figures, sequence_at(at), at, ends)


def with_drills(log):
    """Three drills among the messages: cancelled; begun twice and cancelled twice; left to itself."""
    first, second, third = (len(log) * part // 5 for part in (1, 2, 3))
    begins = {first: "a", second: "b", second + 1: "b", third: "c"}
    ends = {first + 4: "a", second + 5: "b", second + 7: "b"}
    mixed = []
    for number, message in enumerate(log):
        mixed.append(message)
        at = message.at if isinstance(message, Tick) else message.ingested_at
        mixed += [rehearsal(begins[number], at)] if number in begins else []
        mixed += [rehearsal(ends[number], at, ends=True)] if number in ends else []
    return mixed


@pytest.fixture(scope="module")
def log():
    """Forty reports of some thirty earthquakes and the ticks of three hours, as ingest sends them, with drills."""
    reports = []
    for number in range(40):
        at = START + timedelta(minutes=2 * number, seconds=7)
        place = {"latitude": 35.0 + number % 30 / 10, "longitude": 36.0, "magnitude": 4.0 + number * 7 % 40 / 10}
        event = SeismicEvent(
            source="usgs", source_event_id=f"us{number % 30}", origin_time=START + timedelta(minutes=number % 30),
            updated_at=at, depth_km=10.0, network="us", **place,
        )  # fmt: skip
        reports.append(stamped(event, (at - EPOCH) // MILLISECOND * PER_MS, at))
    return with_drills(list(with_ticks(reports, START + timedelta(hours=3))))


@pytest.fixture(scope="module")
def recorded(log, tmp_path_factory):
    """The engine's rows."""
    url = f"sqlite:///{tmp_path_factory.mktemp('drill') / 'quake.db'}"
    by_engine(log, url)
    return url


def rows(url, sql):
    """What a warehouse answers."""
    with closing(open_warehouse(url)) as warehouse:
        return warehouse.query(sql).to_pylist()


def test_a_drill_alerts_and_leaves_nothing_else(log, recorded, tmp_path):
    drills = rows(recorded, "SELECT quake_id, message_type, headline FROM alerts WHERE drill ORDER BY seq")
    assert Counter((row["quake_id"], row["message_type"]) for row in drills) == {
        ("drill-a", "ALERT"): 1, ("drill-a", "CANCEL"): 1, ("drill-b", "ALERT"): 1, ("drill-b", "CANCEL"): 1,
        ("drill-c", "ALERT"): 1, ("drill-c", "EXPIRED"): 1,
    }  # fmt: skip
    assert all(row["headline"].startswith("[EXERCISE, nothing happened]") for row in drills)
    without = f"sqlite:///{tmp_path / 'without.db'}"
    by_engine([message for message in log if not isinstance(message, Drill)], without)
    assert {k: v for k, v in canonical(recorded).items() if k != "alerts"} == {
        k: v for k, v in canonical(without).items() if k != "alerts"
    }
    real = "SELECT quake_id, alert_number, message_type, headline FROM alerts WHERE NOT drill ORDER BY 1, 2"
    assert rows(recorded, real) == rows(without, real) != []
    seqs = [row["seq"] for row in rows(recorded, "SELECT seq FROM alerts ORDER BY seq")]
    assert seqs == list(range(1, len(seqs) + 1))


@pytest.mark.parametrize("shell", ["beam, arrival order", "beam, bounded"])
def test_drills_parity_of_beam_with_the_worker(log, recorded, shell, tmp_path):
    url = f"sqlite:///{tmp_path / 'quake.db'}"
    SHELLS[shell](log, url)
    assert canonical(url) == canonical(recorded)


def test_drills_parity_of_a_backfill_with_the_worker(recorded, tmp_path):
    url, start = f"sqlite:///{tmp_path / 'quake.db'}", START + timedelta(minutes=30)
    with closing(open_warehouse(recorded)) as source, closing(open_warehouse(url)) as target:
        end = START + timedelta(hours=3)
        assert Backfill(source, target, start, end, SETTING, no_history(), EPOCH_NAME).run(iter) > 5
    assert canonical(url, start) == canonical(recorded, start)


@pytest.mark.parametrize("saves", [False, True])
def test_drills_parity_of_restarts_with_never_stopping(site, report, setting, saves):  # noqa: F811
    """Killed after every batch: open drills, closed ones and those that ran out are as they were."""
    messages = with_drills([
        message for number in range(24) for message in (
            report(number, magnitude=6.1 + number % 3, latitude=30.0 + number),
            Tick(sequence=0, at=report(number).ingested_at + timedelta(seconds=30)),
        )
    ] + [Tick(sequence=1, at=report(0).ingested_at + timedelta(hours=3))])  # fmt: skip
    site.bus.publish(EVENTS, [Message(encode(message)) for message in messages])
    batches = 0
    while site.bus.backlog("engine"):
        worker = site.worker(batch_size=2 + batches % 5)
        engine = run(worker, site.bus, steps=1)
        if saves and batches % 2:
            worker.save(engine)
        batches += 1
    whole = Engine(setting, State.empty(setting.model, no_history(), "e1"))
    expected = [row for message in messages for row in whole.process(message).rows]
    alerts = [row for row in expected if isinstance(row, TABLES["alerts"].row)]
    found = {row["seq"]: (row["alert_id"], row["headline"], row["drill"]) for row in site.rows()["alerts"]}
    assert found == {row.seq: (row.alert_id, row.headline, row.drill) for row in alerts}
    assert {row.message_type for row in alerts if row.drill} == {"ALERT", "CANCEL", "EXPIRED"} and batches > 9


def test_a_drill_warns_nobody_so_it_covers_no_aftershock(setting, report):
    engine = Engine(setting, State.empty(setting.model, no_history(), "e1"))
    engine.process(rehearsal("a", report(0).ingested_at))
    (row,) = engine.process(report(9, magnitude=6.2, latitude=36.0, longitude=36.0)).alerts
    assert not row.drill and row.message_type == "ALERT"
    (chain,) = [chain for chain in engine.state.chains.values() if chain.drill]
    after = replace(chain.assessment, quake_id="q1", magnitude=5.0, origin_time=report(9).origin_time)
    assert covering_chain(after, [replace(chain, drill=False)]) is not None
    assert covering_chain(after, [chain]) is None


def test_a_drill_that_cannot_be_read_is_a_dead_letter(site, report):  # noqa: F811
    broken = Drill(sequence=1, at=report(0).ingested_at, ends=False, assessment='{"quake_id": "q1"}')
    site.bus.publish(EVENTS, [Message(encode(broken)), Message(encode(report(1)))])
    run(site.worker(), site.bus)
    (row,) = site.warehouse.query("SELECT reason FROM dead_letters").to_pylist()
    assert "not the assessment of a drill" in row["reason"] and len(site.rows()["event_reports"]) == 1


def test_a_drill_survives_the_wire_and_the_table(report):
    begun = rehearsal("a", report(0).ingested_at)
    assert decode(encode(begun)) == begun
    with pytest.raises(ValueError, match="begins with drill-"):
        drill_message({"quake_id": "q20260301-abcdefgh"}, 1, report(0).ingested_at)
    forged = replace(begun, assessment=begun.assessment.replace("drill-a", "q2026-a"))
    with pytest.raises(ValueError, match="begins with drill-"):
        assessment_of(forged)


def test_a_row_of_a_drill_leads_back_to_its_message(setting, report):
    engine = Engine(setting, State.empty(setting.model, no_history(), "e1"))
    begun = rehearsal("a", report(0).ingested_at)
    (alert,) = engine.process(begun).alerts
    assert drill_of(alert) == begun
    assert not engine.process(begun).alerts and not isinstance(begun, SeismicEvent)


def test_its_number_is_the_last_of_its_millisecond():
    at = datetime(2026, 3, 1, 12, 0, 0, 1500, tzinfo=UTC)
    first = (at - EPOCH) // MILLISECOND * PER_MS
    assert first <= sequence_at(at) == first + PER_MS - 1
