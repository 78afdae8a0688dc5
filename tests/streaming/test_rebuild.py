"""`quake rebuild`: the raw archive gives the tables that the worker wrote in its time."""

from contextlib import closing
from datetime import timedelta

import pytest

from benchmarks.beam_parity import canonical
from quake.adapters.bus import Message, Received, open_bus
from quake.adapters.registry.alias import load
from quake.adapters.snapshot import engine_snapshots, newest
from quake.adapters.storage import open_storage
from quake.adapters.topics import ENGINE, EVENTS
from quake.adapters.warehouse import open_warehouse
from quake.event import Tick, encode, encode_reject
from quake.settings import Settings
from quake.world import no_history
from streaming.engine import Engine, State
from streaming.rebuild import count_rows, rebuild
from streaming.score import setting_of
from streaming.worker import Worker

EPOCH = "e1"


@pytest.fixture
def messages(report) -> list[Message]:
    """Six large earthquakes, one revised and one withdrawn, ticks, and two messages that are no reports."""
    at = report(0).ingested_at.isoformat()
    reports = [report(number, magnitude=5.5 + number / 4, latitude=37.2 + number) for number in range(6)]
    revised = report(6, source_event_id="us0003", magnitude=7.4, latitude=40.2)
    gone = report(7, source_event_id="us0005", kind="delete", magnitude=6.75, latitude=42.2)
    last = Tick(sequence=9, at=report(8).ingested_at + timedelta(days=8))
    dead = Message(encode_reject('{"mag": "big"}'), {"type": "dead", "source": "usgs", "reason": "no number"})
    good = [Message(encode(message), {"received_at": at}) for message in (*reports, revised, gone, last)]
    return [Message(message.data, {"received_at": at} | message.attributes) for message in (dead, *good)]


@pytest.fixture
def lived(settings, messages, tmp_path) -> str:
    """The store that a worker on a bus filled, four messages at a time; its address."""
    url, storage = f"sqlite:///{tmp_path / 'lived.db'}", open_storage(settings.storage)
    setting = setting_of(storage, load(storage), settings.mode, settings.rules)
    with closing(open_bus(url)) as bus, closing(open_warehouse(url)) as warehouse:
        bus.subscribe(EVENTS, ENGINE)
        bus.publish(EVENTS, messages)
        engine = Engine(setting, State.empty(setting.model, no_history(), EPOCH))
        worker = Worker(bus, warehouse, lambda: engine, lambda engine: None, snapshot_s=1e9)
        while received := bus.pull(ENGINE, 4, 0):
            engine = worker.step(engine, received)
    return url


def pages(messages: list[Message], page: int = 3) -> list[list[Received]]:
    received = [Received("", message.data, message.attributes, 1) for message in messages]
    return [received[start : start + page] for start in range(0, len(received), page)]


def test_rebuilt_tables_parity_with_those_of_the_time(settings, messages, lived):
    settings = Settings(data=settings.data, forecast_hours=0)
    with closing(open_warehouse(settings.warehouse)) as warehouse:
        rebuild(settings, warehouse, pages(messages), EPOCH)
        found = count_rows(warehouse)
    assert found["event_reports"] == 8 and found["alerts"] >= 7 and found["dead_letters"] == 1
    assert canonical(settings.warehouse) == canonical(lived)


def test_the_engine_goes_on_from_the_rebuilt_snapshot(settings, messages):
    with closing(open_warehouse(settings.warehouse)) as warehouse:
        rebuild(settings, warehouse, pages(messages), EPOCH)
    snapshot = newest(open_storage(settings.storage), engine_snapshots(settings.mode, settings.warehouse))
    assert (snapshot.processed_sequence, snapshot.meta["epoch"]) == (8, EPOCH)


def test_what_is_there_is_never_written_over(settings, messages):
    with closing(open_warehouse(settings.warehouse)) as warehouse:
        rebuild(settings, warehouse, pages(messages[:3]), EPOCH)
        with pytest.raises(ValueError, match="begins with empty tables"):
            rebuild(settings, warehouse, pages(messages), EPOCH)


def test_an_empty_archive_is_an_error(settings):
    with closing(open_warehouse(settings.warehouse)) as warehouse, pytest.raises(ValueError, match="archive is empty"):
        rebuild(settings, warehouse, [], EPOCH)
