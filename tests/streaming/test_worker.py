"""The worker on the real embedded store: commits, restarts, poison."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from threading import Event

import pytest

from quake.adapters.bus import Message, open_bus
from quake.adapters.storage import open_storage
from quake.adapters.warehouse import open_warehouse
from quake.event import Tick, encode, encode_reject
from quake.retraining import decode
from quake.schema import TABLES, Alert, from_record
from quake.world import no_history
from streaming.engine import Engine, State
from streaming.snapshots import restore, save_state
from quake.adapters.topics import ENGINE, EVENTS, RETRAIN
from streaming.worker import Worker

COMPARED = ("event_reports", "assessments", "alerts")


@pytest.fixture
def site(tmp_path, setting):
    """Everything a worker needs in one folder; `site.worker()` is a fresh process of it."""

    class Site:
        url = f"sqlite:///{tmp_path / 'quake.db'}"
        bus = open_bus(url)
        warehouse = open_warehouse(url)
        storage = open_storage(f"file://{tmp_path}")

        def worker(self, **changed) -> Worker:
            def again():
                return restore(self.storage, "engine", self.warehouse, setting, no_history(), "e1")

            def save(engine):
                save_state(self.storage, "engine", engine)

            return Worker(self.bus, self.warehouse, again, save, **{"snapshot_s": 1e9, "batch_size": 7} | changed)

        def rows(self) -> dict[str, list]:
            """All rows by table, in the order of their keys."""
            ordered = {name: ", ".join(TABLES[name].key) for name in COMPARED}
            return {n: self.warehouse.query(f"SELECT * FROM {n} ORDER BY {k}").to_pylist() for n, k in ordered.items()}

    made = Site()
    made.bus.subscribe(EVENTS, ENGINE)
    yield made
    made.bus.close()
    made.warehouse.close()


def run(worker: Worker, bus, steps: int | None = None, engine=None):
    """Steps until the bus is empty or `steps` batches are done, then vanishes without saving, as after a kill."""
    engine = engine or worker.restore()
    while steps is None or steps > 0:
        received = bus.pull(ENGINE, worker.batch_size, 0)
        if not received:
            return engine
        engine = worker.step(engine, received)
        steps = None if steps is None else steps - 1
    return engine


def stream(report, count: int = 60, seed: int = 1) -> list:
    """Reports, revisions, withdrawals and ticks around one large earthquake, in order."""
    rng, messages = Random(seed), []
    for number in range(count):
        event = report(number, magnitude=rng.choice([3.0, 5.2, 6.1, 7.8]), latitude=30 + rng.random() * 10)
        if messages and rng.random() < 0.4:
            former = rng.choice([m for m in messages if not isinstance(m, Tick)])
            kind = "delete" if rng.random() < 0.3 else "update"
            changed = {"kind": kind, "sequence": event.sequence, "ingested_at": event.ingested_at}
            event = replace(former, magnitude=former.magnitude + rng.choice([-0.6, 0, 0.4]), **changed)
        messages.append(event)
        if rng.random() < 0.2:
            messages.append(Tick(sequence=event.sequence, at=event.ingested_at + timedelta(seconds=30)))
    last = messages[-1].sequence + 1
    at = report(count).ingested_at + timedelta(days=8)
    return [*messages, Tick(sequence=last, at=at)]


def publish(bus, messages: list) -> None:
    bus.publish(EVENTS, [Message(encode(message)) for message in messages])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("saves", [False, True])
def test_restarts_parity_with_never_stopping(site, report, setting, seed, saves):
    """Killed after every batch, with and without snapshots: the same rows as in one go."""
    messages = stream(report, seed=seed)
    publish(site.bus, messages)
    batches = 0
    while site.bus.backlog(ENGINE):
        worker = site.worker(batch_size=1 + batches % 9)
        engine = run(worker, site.bus, steps=1)
        if saves and batches % 2:
            worker.save(engine)
        batches += 1
    whole = Engine(setting, State.empty(setting.model, no_history(), "e1"))
    expected = [row for message in messages for row in whole.process(message).rows]
    found = site.rows()
    for name in COMPARED:
        assert len(found[name]) == sum(isinstance(row, TABLES[name].row) for row in expected)
    alerts = {row.alert_id: row for row in expected if isinstance(row, TABLES["alerts"].row)}
    assert {row["alert_id"]: row["headline"] for row in found["alerts"]} == {k: v.headline for k, v in alerts.items()}
    assert sorted(row["seq"] for row in found["alerts"]) == list(range(1, len(alerts) + 1))
    assert {row.message_type for row in alerts.values()} >= {"ALERT", "CANCEL", "EXPIRED"} and batches > 10


def test_a_restart_after_an_alert_has_run_out_parity_with_what_it_covered(site, report):
    """The stored log tells an EXPIRED apart from what was silent before it: an aftershock that its alert covered."""
    main = report(0, magnitude=7.8)
    silent = [report(number, magnitude=5.9) for number in range(1, 4)]
    publish(site.bus, [main, *silent, Tick(sequence=9, at=main.ingested_at + timedelta(days=8))])
    engine = run(site.worker(), site.bus)
    assert [row["message_type"] for row in site.rows()["alerts"]] == ["ALERT", "EXPIRED"]
    again = site.worker().restore()
    assert again.state.chains == engine.state.chains
    assert again.state.sequencer.last_seq == 2


def test_the_same_reports_twice_are_scored_once(site, report):
    """Redelivery of what each id last said: no row more."""
    messages = [report(number, magnitude=7.8, latitude=number * 5.0) for number in range(10)]
    for _ in range(2):
        publish(site.bus, messages)
        run(site.worker(), site.bus)
        assert {name: len(rows) for name, rows in site.rows().items()} == dict.fromkeys(COMPARED, 10)


def test_what_cannot_be_read_becomes_a_dead_letter_and_the_rest_goes_on(site, report):
    site.bus.publish(
        EVENTS,
        [
            Message(encode(report(0))),
            Message(b"\xff\xfe not json", {"source": "usgs", "received_at": "2023-02-06T00:00:00+00:00"}),
            Message(encode_reject('{"mag": "big"}'), {"type": "dead", "source": "emsc", "reason": "mag is no number"}),
            Message(encode(report(1))),
        ],
    )
    run(site.worker(), site.bus)
    letters = site.warehouse.query("SELECT source, reason, payload FROM dead_letters ORDER BY source").to_pylist()
    assert letters[0] == {"source": "emsc", "reason": "mag is no number", "payload": '{"mag": "big"}'}
    assert letters[1]["source"] == "usgs" and "not json" in letters[1]["payload"]
    assert len(site.rows()["event_reports"]) == 2


def test_a_report_the_engine_fails_on_is_set_aside_whole(site, report, setting):
    def fails(event):
        if event.place == "poison":
            raise ZeroDivisionError("no such shaking")
        return setting.impact_of(event)

    worker = site.worker()
    engine = worker.restore()
    broken = replace(engine.setting, impact_of=fails)
    again = worker.restore

    def restored():
        fresh = again()
        fresh.setting = broken
        return fresh

    worker.restore = restored
    poison = report(1, place="poison", latitude=1.0)
    publish(site.bus, [report(0, magnitude=3.0), poison, report(2, latitude=10.0, magnitude=7.0)])
    run(worker, site.bus)
    rows = site.rows()
    assert [row["processed_sequence"] for row in rows["event_reports"]] == [1, 2]
    assert [row["message_type"] for row in rows["alerts"]] == ["ALERT"]
    assert "ZeroDivisionError: no such shaking" in str(site.warehouse.query("SELECT reason FROM dead_letters"))


def test_it_stops_when_asked_and_leaves_a_snapshot(site, report):
    publish(site.bus, [report(0)])
    stopped = Event()
    worker = site.worker()
    saved = []

    def save(engine):
        stopped.set()
        saved.append(engine)

    worker.save = save
    worker.snapshot_s = 0.0
    worker.run(stopped, idle_s=0.05)
    assert len(saved) == 2 and saved[0].state.identities.processed_sequence == 1


def test_a_snapshot_of_another_warehouse_is_set_aside(site, report, tmp_path):
    publish(site.bus, [report(0, magnitude=7.8)])
    worker = site.worker()
    worker.save(run(worker, site.bus))
    site.warehouse.close()
    site.warehouse = open_warehouse(f"sqlite:///{tmp_path / 'other.db'}")
    assert site.worker().restore().state.identities.processed_sequence == 0


def test_an_alert_log_of_other_rules_is_refused(site, report):
    publish(site.bus, [report(0, magnitude=7.8)])
    run(site.worker(), site.bus)
    alert = site.warehouse.query("SELECT * FROM alerts").to_pylist()[0]
    row = from_record(Alert, alert)
    site.warehouse.insert([replace(row, alert_number=9, alert_id="x.9", seq=9)])
    with pytest.raises(ValueError, match="the log ends at 9"):
        site.worker().restore()


def test_a_drift_alarm_asks_for_a_new_model(site, report):
    """A source that falls silent: a row, and a wish on topic `retrain` in the same commit."""
    site.bus.subscribe(RETRAIN, "trainer")
    events = [report(number, latitude=number % 90) for number in range(0, 400, 4)]
    last = events[-1]
    ticks = [Tick(sequence=last.sequence + 1 + n, at=last.ingested_at + timedelta(hours=n)) for n in range(1, 30)]
    site.bus.publish(EVENTS, [Message(encode(message), {}) for message in (*events, *ticks)])
    run(site.worker(batch_size=50), site.bus)
    alarms = site.warehouse.query("SELECT statistic, region FROM drift_alarms").to_pylist()
    wishes = [decode(message.data) for message in site.bus.pull("trainer", 10, 0)]
    assert alarms == [{"statistic": "silence", "region": "usgs"}]
    assert [wish.reason.split(":")[0] for wish in wishes] == ["silence in usgs"]
