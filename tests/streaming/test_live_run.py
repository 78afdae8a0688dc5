"""Beam alive: Google's Pub/Sub emulator, a BigQuery emulator, models in a Cloud Storage emulator, alerts on Pub/Sub."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from importlib.resources import files

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.direct.direct_runner import BundleBasedDirectRunner

from benchmarks import emulators
from benchmarks.beam_parity import canonical
from quake.adapters.bus import Message, open_bus
from quake.adapters.registry.alias import CHAMPION, load, place, write_aliases
from quake.adapters.storage import Storage, open_storage
from quake.adapters.topics import ALERTS, ENGINE, EVENTS, named
from quake.adapters.warehouse import open_warehouse
from quake.event import SeismicEvent, Tick, encode
from quake.world import no_history
from streaming.beam_run import add_stream
from streaming.engine import Engine, State
from streaming.score import setting_of

WITHIN_S = 120.0
REPORTS = 16


@pytest.fixture(scope="module", autouse=True)
def _emulators_end() -> Iterator[None]:
    yield
    emulators.stop_all()


@pytest.fixture
def bucket(monkeypatch) -> Storage:
    """A bucket of Cloud Storage whose champion is the committed model."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", emulated(emulators.storage_host))
    monkeypatch.setenv("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")  # else gcsfs asks an emulator that has no answer
    import gcsfs

    gcsfs.GCSFileSystem(token="anon").mkdir("quake")
    storage = open_storage("gs://quake/live")
    payload = files("quake").joinpath("data/model/default.npz").read_bytes()
    write_aliases(storage, {CHAMPION: place(storage, "v1", payload, {}, "2024-01-01T00:00:00+00:00")})
    return storage


def emulated(address: Callable[[], str]) -> str:
    """The address of an emulator; the test skips where there is none."""
    try:
        return address()
    except emulators.Unavailable as reason:
        pytest.skip(str(reason))


def messages_of(report) -> list[SeismicEvent | Tick]:
    """Large earthquakes at four places, a withdrawal, a tick."""
    made = [report(n, magnitude=5.0 + n % 4, latitude=10.0 * (n % 4)) for n in range(REPORTS - 1)]
    gone = report(REPORTS, source_event_id=made[3].source_event_id, latitude=made[3].latitude, kind="delete")
    return [*made, gone, Tick(sequence=REPORTS + 9, at=gone.ingested_at + timedelta(minutes=1))]


def published(message: SeismicEvent | Tick) -> Message:
    at = message.ingested_at if isinstance(message, SeismicEvent) else message.at
    return Message(encode(message), {"type": "any"} | named(message.sequence, at))


def wait_for(counted: Callable[[], int], wanted: int) -> None:
    end = time.monotonic() + WITHIN_S
    while counted() < wanted:
        assert time.monotonic() < end, f"{counted()} of {wanted}"
        time.sleep(0.3)


def test_from_pubsub_through_beam_to_bigquery_and_alerts_parity(report, bucket, monkeypatch, tmp_path):
    bus_url, out = emulated(lambda: emulators.pubsub_url(60)), emulated(emulators.bigquery_url)
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", bus_url.rpartition("endpoint=")[2])
    messages = messages_of(report)
    setting = setting_of(bucket, load(bucket), "live", {})
    engine = Engine(setting, State.empty(setting.model, no_history(), "e1"))
    local = f"sqlite:///{tmp_path / 'worker.db'}"
    expected = [row for message in messages for row in engine.process(message).rows]
    with (
        closing(open_warehouse(local)) as worker,
        closing(open_warehouse(out)) as warehouse,
        closing(open_bus(bus_url)) as bus,
    ):
        worker.insert(expected)
        bus.subscribe(EVENTS, ENGINE)
        bus.subscribe(ALERTS, "hub")
        bus.publish(EVENTS, [published(message) for message in messages])
        given = {"bus": bus_url, "warehouse": out, "storage": bucket.url, "epoch": "e1", "grid_hours": "0"}
        options = PipelineOptions([*(f"--{name}={value}" for name, value in given.items()), "--streaming"])
        pipeline = beam.Pipeline(runner=BundleBasedDirectRunner(), options=options)
        add_stream(pipeline, options)
        running = pipeline.run()
        try:
            wanted = engine.state.sequencer.last_seq
            heard: list[Message] = []
            wait_for(lambda: len(heard.extend(bus.pull("hub", 100)) or heard), wanted)
            wait_for(lambda: warehouse.query("SELECT quake_id FROM assessments").num_rows, REPORTS)
        finally:
            running.cancel()
    assert sorted(int(message.attributes["seq"]) for message in heard) == list(range(1, wanted + 1)) and wanted > 5
    assert canonical(out) == canonical(local)
