"""The dashboard against the real serving API: the fake one of the other tests must not be kinder."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import uvicorn

from dashboard.api import Api
from dashboard.badge import header
from dashboard.watch import Watch
from quake.adapters.warehouse import open_warehouse
from quake.settings import Settings
from serving.__main__ import configuration

NOW = datetime.now(UTC)


@pytest.fixture(scope="module", name="world")
def world_fixture(fake: Any) -> Any:
    return fake.FakeWorld(NOW, 60)


@pytest.fixture(scope="module", name="url")
def url_fixture(world: Any, fake: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    settings = Settings(data=tmp_path_factory.mktemp("data"), api_port=port)
    warehouse = open_warehouse(settings.warehouse)
    warehouse.insert([*world.assessments, *world.alerts, *map(fake.report_of, world.assessments)])
    warehouse.close()
    server = uvicorn.Server(configuration(settings))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.05)
    yield settings.api_url
    server.should_exit = True
    thread.join(15)


def test_contract_a_watch_sees_everything(world: Any, url: str, client: Callable[..., Api]) -> None:
    api, until = client(url), time.monotonic() + 10
    while not api.alerts(1) and time.monotonic() < until:
        time.sleep(0.05)  # the API reads its alert log after it has begun to answer
    look = Watch(api, days=1).look(datetime.now(UTC))
    assert look.problem == ""
    assert set(look.known.events) == {row.quake_id for row in world.assessments}
    assert set(look.known.alerts) == {row.alert_id for row in world.alerts}
    assert look.about["stream_url"].startswith("ws://127.0.0.1:")
    assert header(look.status).badges == ("WAITING",), "no feed runs in this test"


def test_contract_one_earthquake(world: Any, url: str, client: Callable[..., Api]) -> None:
    api, expected = client(url), world.assessments[0]
    row = api.event(expected.quake_id)
    assert (row["place"], datetime.fromisoformat(row["origin_time"])) == (expected.place, expected.origin_time)
    assert len(row["forecast"]) == len(expected.forecast)
    assert [one["revision"] for one in api.assessments(expected.quake_id)] == [1]
    assert [one["source_revision"] for one in api.reports(expected.quake_id)] == [1]
    assert api.event("nowhere") is None


def test_contract_what_is_new(world: Any, url: str, client: Callable[..., Api]) -> None:
    newest = max(world.assessments, key=lambda row: row.assessed_at)
    rows = client(url).events(10, updated_since=newest.assessed_at.isoformat(), status="any")
    assert rows == []
    assert len(client(url).events(7)) == 7


def test_contract_alerts_of_one_earthquake(world: Any, url: str, client: Callable[..., Api]) -> None:
    alert = world.alerts[0]
    assert [row["alert_id"] for row in client(url).alerts(10, alert.quake_id)] == [alert.alert_id]
