"""A served world: the real sqlite bus and warehouse in a folder of its own, behind a real uvicorn on loopback."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import uvicorn

from quake.adapters.bus import Bus, Message, open_bus
from quake.adapters.commit import commit
from quake.adapters.registry import committed
from quake.adapters.registry.alias import Entry, place, write_aliases
from quake.adapters.snapshot import pack, unpack
from quake.adapters.storage import Storage
from quake.adapters.warehouse import Warehouse, open_warehouse
from quake.model import as_arrays, from_arrays
from quake.schema import Alert, Assessment, EventReport, Exceedance
from quake.settings import Settings
from serving.__main__ import configuration
from serving.alert_log import ALERT
from tests.serving.gateways import Running

START = datetime(2023, 2, 6, 1, 17, 34, tzinfo=UTC)


def make_assessment(number: int, **changed: Any) -> Assessment:
    """Earthquake `q{number}`, `number` minutes after the start, one degree north of the one before."""
    row = Assessment(
        quake_id=f"q{number}", revision=1, role="champion", model_version="m1", status="active", superseded_by=None,
        sequence=number, processed_sequence=number, assessed_at=START + timedelta(minutes=number + 5),
        origin_time=START + timedelta(minutes=number), latitude=float(number % 80), longitude=30.0, depth_km=10.0,
        magnitude=4.0 + number % 4, magnitude_type="mww", review_status="automatic", event_type="earthquake",
        place="26 km east of Nurdağı, Türkiye", source="usgs", source_event_id=f"us{number}", reports=1,
        region="r100", intensity=6.5, intensity_low=5.5, intensity_high=7.5, people_mmi6=1000, fatalities_low=0.0,
        fatalities=1.0, fatalities_high=9.0, alert_level="yellow", forecast_level=1, probability=0.06,
        baseline_probability=0.004, gain=15.0, mode="live", hindsight=False,
        forecast=(Exceedance(
            horizon_days=7, magnitude_min=5.0, expected=0.06, probability=0.06, baseline_expected=0.004,
            baseline_probability=0.004, gain=15.0,
        ),),
    )  # fmt: skip
    return replace(row, **changed)


def make_alert(seq: int, **changed: Any) -> Alert:
    """Message `seq` of epoch e1: the ALERT of an earthquake of its own, magnitude 5.0 to 7.9."""
    row, changed = make_assessment(seq), {"quake_id": f"q{seq}", "alert_number": 1} | changed
    shared = {
        field: getattr(row, field) for field in Alert.__dataclass_fields__.keys() & Assessment.__dataclass_fields__
    }
    own = {
        "alert_id": f"{changed['quake_id']}.{changed['alert_number']}", "seq": seq, "epoch": "e1", "notify": True,
        "message_type": "ALERT", "references": (), "sent_at": row.assessed_at, "reason": "level reached yellow",
        "headline": "Earthquake of magnitude 5.", "drill": False, "magnitude": 5.0 + seq % 30 / 10,
    }  # fmt: skip
    return Alert(**shared | own | changed)


def make_report(number: int, revision: int = 1, **changed: Any) -> EventReport:
    """Report `revision` of earthquake `q{number}`."""
    row = make_assessment(number)
    names = EventReport.__dataclass_fields__.keys() & Assessment.__dataclass_fields__
    own = {
        "source_revision": revision, "sequence": 10 * number + revision, "processed_sequence": 10 * number + revision,
        "aliases": (f"us{number}",), "kind": "create" if revision == 1 else "update", "updated_at": row.assessed_at,
        "ingested_at": row.assessed_at, "network": "us", "nst": 40, "gap_deg": 60.0, "dmin_deg": 0.4, "rms_s": 0.7,
        "content_hash": str(revision),
    }  # fmt: skip
    return EventReport(**{name: getattr(row, name) for name in names} | own | changed)


class World:
    """One store and, when started, one API over it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.bus: Bus = open_bus(settings.bus)
        self.warehouse: Warehouse = open_warehouse(settings.warehouse)
        self.servers: list[Server] = []

    def publish(self, *alerts: Alert) -> None:
        """Rows and messages as the engine commits them."""
        messages = [Message(ALERT.dump_json(alert)) for alert in alerts]
        commit(self.bus, self.warehouse, alerts, {"alerts": messages}, {})

    def serve(self, port: int = 0, **changed: Any) -> "Server":
        """Another API process's worth of serving over the same store."""
        settings = self.settings.model_copy(update=changed | {"api_port": port or free_port()})
        self.servers.append(Server(settings))
        return self.servers[-1]

    def close(self) -> None:
        """Stops everything."""
        for server in self.servers:
            server.stop()
        self.bus.close()
        self.warehouse.close()


class Server:
    """uvicorn in a thread, as `quake serve` configures it."""

    def __init__(self, settings: Settings) -> None:
        self.port = settings.api_port
        self.url = f"http://127.0.0.1:{settings.api_port}"
        self.stream = f"ws://127.0.0.1:{settings.api_port}/v1/alerts/stream"
        config = configuration(settings)
        self.app = config.app
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_until(lambda: self._server.started and self.app.state.services.hub.ready, seconds=60)
        self.http = httpx.Client(base_url=self.url, timeout=60)

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON answer to a request that must succeed."""
        response = self.http.get(path, params=parameters)
        assert response.status_code == 200, response.text
        return response.json()

    def stop(self) -> None:
        """Stops and waits."""
        self.http.close()
        self._server.should_exit = True
        self._thread.join(15)
        assert not self._thread.is_alive()


def wait_until(true: Callable[[], bool], seconds: float = 15.0) -> None:
    """Returns as soon as `true()`, fails when it takes too long."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def world(tmp_path: Any) -> Iterator[World]:
    """An empty store; `world.serve()` starts an API over it."""
    made = World(Settings(data=tmp_path, rate_limit=0))
    yield made
    made.close()


@pytest.fixture
def gateway(world: World) -> Iterator[Callable[..., Running]]:
    """`gateway(**settings)`: one more on the world's log."""
    started: list[Running] = []

    def start(**changed: Any) -> Running:
        started.append(Running(world, free_port(), **changed))
        wait_until(lambda: started[-1].gateway.hub.ready, 60)
        return started[-1]

    yield start
    for running in started:
        running.stop()


@pytest.fixture(scope="module")
def settled(tmp_path_factory: Any) -> Iterator[Server]:
    """An API over 30 earthquakes, 60 reports, 40 assessments and 25 alerts that no test changes."""
    made = World(Settings(data=tmp_path_factory.mktemp("settled"), rate_limit=0, feeds=("usgs", "emsc")))
    rows: list[object] = [make_assessment(number) for number in range(1, 31)]
    rows += [
        make_assessment(n, revision=2, processed_sequence=100 + n, assessed_at=START + timedelta(hours=2, minutes=n))
        for n in range(1, 11)
    ]
    rows += [make_assessment(31, status="withdrawn"), make_assessment(32, magnitude=None, longitude=-179.5)]
    rows += [make_report(number, revision) for number in range(1, 31) for revision in (1, 2)]
    made.warehouse.insert(rows)
    made.publish(*(make_alert(seq) for seq in range(1, 26)))
    yield made.serve()
    made.close()


@pytest.fixture
def alert() -> Callable[..., Alert]:
    return make_alert


@pytest.fixture
def assessment() -> Callable[..., Assessment]:
    return make_assessment


def crown_model(storage: Storage, version: str, **changed: Any) -> Entry:
    """Makes the committed model champion under `version`, without its space-time part: as `promote` leaves files."""
    payload, provenance = committed()
    plain = pack(as_arrays(replace(from_arrays(unpack(payload), version), etas=None)))
    entry = place(storage, version, plain, provenance | changed, "2026-11-23T07:00:00+00:00")
    write_aliases(storage, {"champion": entry})
    return entry


@pytest.fixture
def crown() -> Callable[..., Entry]:
    return crown_model


@pytest.fixture
def until() -> Callable[..., None]:
    return wait_until


@pytest.fixture
def run() -> Callable[..., Any]:
    """Runs a coroutine with a time limit."""
    return lambda coroutine, seconds=30: asyncio.run(asyncio.wait_for(coroutine, seconds))
