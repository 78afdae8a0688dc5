"""The hub puts the log in order whatever the bus does to it, and the log remembers what subscribers must know."""

import json
import time

import pytest

from quake.adapters.bus import Message
from quake.adapters.storage import open_storage
from quake.schema import as_record
from serving.alert_log import ALERT, AlertLog, entry_of, entry_of_message
from serving.buckets import Buckets


def seqs(server):
    return [entry.alert.seq for entry in server.app.state.services.hub.log.after(0)]


def test_hub_reads_the_engines_own_encoding(alert):
    sent = alert(3)
    assert ALERT.validate_json(entry_of_message(json.dumps(as_record(sent), default=str).encode()).body) == sent


def test_hub_orders_what_the_bus_shuffles_and_repeats(world, alert, until):
    server = world.serve()
    messages = {seq: Message(ALERT.dump_json(alert(seq))) for seq in range(1, 7)}
    for seq in (2, 3, 1, 2, 6, 5):
        world.bus.publish("alerts", [messages[seq]])
    until(lambda: seqs(server) == [1, 2, 3])
    world.bus.publish("alerts", [messages[4]])
    until(lambda: seqs(server) == [1, 2, 3, 4, 5, 6])


def test_hub_fills_a_hole_from_the_table(world, alert, until):
    server = world.serve()
    world.warehouse.insert([alert(1), alert(2)])
    world.publish(alert(3))
    until(lambda: seqs(server) == [1, 2, 3])


def test_hub_gives_up_a_message_that_is_nowhere(world, alert, until, monkeypatch):
    monkeypatch.setattr("serving.hub.GAP_PATIENCE_S", 0.2)
    world.publish(alert(1))
    server = world.serve()
    world.publish(alert(3))
    until(lambda: seqs(server) == [1, 3])


def test_hub_outlives_what_is_no_alert(world, alert, until):
    server = world.serve()
    world.bus.publish("alerts", [Message(b"\xff not json"), Message(b"{}"), Message(b'{"seq": 1}')])
    world.publish(alert(1))
    until(lambda: seqs(server) == [1])
    assert server.app.state.services.metrics.hub_failures._value.get() == 3
    assert server.http.get("/health/ready").json()["status"] == "degraded"


def test_log_keeps_open_chains_in_order_and_lets_ended_ones_go(alert, monkeypatch):
    monkeypatch.setattr("serving.alert_log.MEMORY", 3)
    log = AlertLog()
    chains = ["a", "b", "a", "b", "a", "c", "c"]
    kinds = ["ALERT", "ALERT", "UPDATE", "UPDATE", "CANCEL", "ALERT", "UPDATE"]
    for seq, (chain, kind) in enumerate(zip(chains, kinds), start=1):
        log.append(entry_of(alert(seq, quake_id=chain, alert_number=seq, message_type=kind)))
    assert log.first_seq == 3 and [entry.alert.seq for entry in log.background(7)] == [2, 4, 6, 7]
    assert [entry.alert.seq for entry in log.background(4)] == [1, 2, 3, 4]
    for seq in range(8, 11):
        log.append(entry_of(alert(seq)))
    assert log.first_seq == 6 and [entry.alert.seq for entry in log.background(6)] == [2, 4, 6]
    assert [entry.alert.seq for entry in log.between(7, 9)] == [8, 9]
    with pytest.raises(ValueError, match="seq 10 is not after 10"):
        log.append(entry_of(alert(10)))


def test_frame_links_to_the_one_before_and_holds_the_whole_alert(alert):
    frame = json.loads(entry_of(alert(5)).frame(2).text)
    assert frame["previous_seq"] == 2 and ALERT.validate_python(frame["alert"]) == alert(5)


def test_ready_says_when_the_feed_is_silent(world, assessment, until, monkeypatch, crown):
    monkeypatch.setattr("serving.heartbeat.PAUSE_S", 0.05)
    world.warehouse.insert([assessment(1)])
    crown(open_storage(world.settings.storage), "m1")
    server = world.serve()
    until(lambda: server.app.state.services.forecaster.state is not None)
    assert "nothing heard from ingest" in server.get("/health/ready")["reasons"][0]
    tick = {"type": "tick", "sequence": 1, "at": "2023-02-06T01:00:00+00:00"}
    until(lambda: server.app.state.services.heartbeat.listening)
    world.bus.publish("events", [Message(json.dumps(tick).encode())])
    until(lambda: server.get("/v1/status")["feed_age_s"] is not None)
    found = server.get("/health/ready")
    assert found["status"] == "ok" and found["reasons"] == [] and 0 <= found["feed_age_s"] < 10
    assert server.get("/v1/status")["feed_time"].startswith("2023-02-06T01:00:00")
    monkeypatch.setattr("serving.readiness.FEED_SILENCE_S", -1.0)
    found = server.get("/health/ready")
    assert found["status"] == "degraded" and "ingest silent" in found["reasons"][0]


def test_ready_is_503_when_the_warehouse_fails(world):
    server = world.serve()

    class Broken:
        def query(self, *_arguments, **_named):
            raise OSError("disk gone")

        def close(self):
            return None

    object.__setattr__(server.app.state.services, "warehouse", Broken())
    answer = server.http.get("/health/ready")
    assert answer.status_code == 503 and answer.json()["reasons"] == ["warehouse: OSError"]


def test_buckets_forget_the_longest_silent(monkeypatch):
    monkeypatch.setattr("serving.buckets.CLIENTS", 2)
    buckets, now = Buckets(), time.monotonic()
    assert [buckets.take(client, now, 1) for client in ("a", "b", "c")] == [0, 0, 0]
    assert buckets.take("a", now, 1) == 0 and buckets.take("c", now, 1) > 0
