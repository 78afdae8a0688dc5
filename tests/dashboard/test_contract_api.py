"""The dashboard against the real serving API: the fake one of the other tests must not be kinder."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import uvicorn

from dashboard.api import Api, Refused
from dashboard.badge import header
from dashboard.compact import compact_event
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


def test_contract_brief_rows_draw_the_same_map(url: str, client: Callable[..., Api]) -> None:
    brief = client(url).answer("events_in_brief", as_of="9999-01-01T00:00:00Z", since="2000-01-01T00:00:00Z", limit=100)
    full = {row["quake_id"]: compact_event(row) for row in client(url).events(100)}
    assert {row["quake_id"]: compact_event(row) for row in brief.records()} == full


def test_contract_places_and_what_there_is_not(world: Any, url: str, client: Callable[..., Api]) -> None:
    found = client(url).places(world.assessments[0].quake_id)
    assert len(found["people_mmi"]) == 10
    assert all(
        {"name", "latitude", "longitude", "distance_km", "population", "intensity"} <= set(town)
        for town in found["places"]
    )
    assert client(url).places("nowhere") is None
    assert client(url).grid() is None, "no forecast has been issued in this test"


def test_contract_questions_and_refusals(url: str, client: Callable[..., Api]) -> None:
    api = client(url)
    assert {"feed_latency", "running_score"} <= {row["name"] for row in api.answers()}
    found = api.query("SELECT COUNT(*) AS n FROM assessments WHERE magnitude >= @m", {"m": "-9"}, 10)
    assert found.records() == [{"n": 60}]
    with pytest.raises(Refused, match="only reading|one SELECT"):
        api.query("DROP TABLE assessments", {}, 10)


def test_contract_pages_without_flows(url: str, client: Callable[..., Api]) -> None:
    api = client(url)
    assert api.scores() == api.drift_pages() == []
    for name in ("drift_alarms_latest", "model_decisions_latest"):
        assert api.answer(name, limit=5).records() == []
    assert api.answer("running_score", horizon_days=7, magnitude_min=5.0).records() == []


def test_contract_a_ticket_opens_the_stream(url: str, client: Callable[..., Api]) -> None:
    assert len(client(url).ticket()) > 20
