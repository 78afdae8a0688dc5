"""The live feeds against small servers of our own: conditional polls, failures, lost connections."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
import websockets

from quake.adapters.feeds import FEEDS, Batch, Source, open_feed
from quake.adapters.feeds.emsc import EmscFeed
from quake.adapters.feeds.usgs import UsgsFeed
from quake.settings import Settings

NOW = datetime(2025, 5, 4, 14, tzinfo=UTC)
GENERATED = 1746366777000


def body(generated: int, *features: dict) -> bytes:
    return json.dumps({"metadata": {"generated": generated}, "features": features}).encode()


def feature(name: str, magnitude: object = 4.0) -> dict:
    properties = {"mag": magnitude, "time": GENERATED - 60_000, "updated": GENERATED, "ids": f",{name},"}
    return {"id": name, "geometry": {"coordinates": [-117.0, 35.0, 8.0]}, "properties": properties}


class FakeUsgs:
    """Answers with its bodies in turn, and with 304 to whoever has the newest already."""

    def __init__(self, *bodies: bytes | int) -> None:
        self.bodies, self.requests = list(bodies), []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request.headers)
        answer = self.bodies.pop(0) if self.bodies else 304
        if isinstance(answer, int):
            return httpx.Response(answer)
        return httpx.Response(
            200, content=answer, headers={"ETag": '"7"', "Last-Modified": "Sun, 04 May 2025 13:52:57 GMT"}
        )


def source(**settings: object) -> Source:
    # The floor of a minute between polls is for the agency's sake; the fake does not mind.
    return Source("", {}, Settings().model_copy(update={"poll_s": 0.01} | settings), lambda: NOW)


def usgs_feed(agency: FakeUsgs, **settings: object) -> UsgsFeed:
    return UsgsFeed(source(**settings), httpx.AsyncClient(transport=httpx.MockTransport(agency)))


async def first(batches: AsyncIterator[Batch], count: int) -> list[Batch]:
    got = []
    async for batch in batches:
        got.append(batch)
        if len(got) == count:
            break
    await batches.aclose()
    return got


def test_polls_are_conditional_and_304_is_a_sign_of_life() -> None:
    agency = FakeUsgs(body(GENERATED, feature("ci1")))
    told, silent = asyncio.run(first(usgs_feed(agency).batches(), 2))
    assert [report.source_event_id for report in told.reports] == ["ci1"]
    assert silent == Batch(NOW)
    assert "If-None-Match" not in agency.requests[0]
    assert agency.requests[1]["If-None-Match"] == '"7"'
    assert agency.requests[1]["If-Modified-Since"] == "Sun, 04 May 2025 13:52:57 GMT"


def test_an_older_poll_is_ignored() -> None:
    agency = FakeUsgs(body(GENERATED, feature("ci1")), body(GENERATED - 1, feature("ci1", 9.0), feature("ci2")))
    _, older = asyncio.run(first(usgs_feed(agency).batches(), 2))
    assert older.reports == ()


def test_a_bad_feature_is_refused_once_and_its_neighbours_pass() -> None:
    bad, later = feature("ci2", "4.0"), GENERATED + 60_000
    agency = FakeUsgs(body(GENERATED, feature("ci1"), bad), body(later, feature("ci1"), bad), b"<html>")
    one, two, three = asyncio.run(first(usgs_feed(agency).batches(), 3))
    assert [len(batch.rejects) for batch in (one, two, three)] == [1, 0, 1]
    assert [len(batch.reports) for batch in (one, two, three)] == [1, 0, 0]


@pytest.mark.parametrize("status", [429, 500, 503, 404])
def test_a_failing_agency_raises_and_the_feed_goes_on_with_what_it_knows(status: int) -> None:
    agency = FakeUsgs(body(GENERATED, feature("ci1")), status, body(GENERATED + 1, feature("ci1"), feature("ci2")))
    feed = usgs_feed(agency)

    async def run() -> list[Batch]:
        got = await first(feed.batches(), 1)
        with pytest.raises(httpx.HTTPStatusError):
            await first(feed.batches(), 1)
        return got + await first(feed.batches(), 1)

    assert [[report.source_event_id for report in batch.reports] for batch in asyncio.run(run())] == [["ci1"], ["ci2"]]


def test_a_restart_keeps_the_interval_between_polls() -> None:
    agency = FakeUsgs(500, 500)
    feed = usgs_feed(agency, poll_s=0.3)

    async def seconds() -> float:
        began = asyncio.get_running_loop().time()
        for _ in range(2):
            with pytest.raises(httpx.HTTPStatusError):
                await first(feed.batches(), 1)
        return asyncio.get_running_loop().time() - began

    assert asyncio.run(seconds()) >= 0.3


def test_known_reports_are_not_told_again() -> None:
    agency = FakeUsgs(body(GENERATED, feature("ci1")))
    [batch] = asyncio.run(first(usgs_feed(agency).batches(), 1))
    settings = Settings()
    again = open_feed("usgs://", settings, lambda: NOW, batch.reports)
    assert again.take_in(body(GENERATED + 1, feature("ci1"))).reports == ()


def emsc_feature(name: str, magnitude: object = 2.4) -> dict:
    told = {"unid": name, "time": "2025-05-04T13:45:29.9Z", "lastupdate": "2025-05-04T13:47:00Z", "mag": magnitude}
    return {"geometry": {"coordinates": [-121.2, 36.6, -4.0]}, "properties": told | {"lat": 36.6, "lon": -121.2}}


def announced(name: str, magnitude: object = 2.4) -> str:
    return json.dumps({"action": "create", "data": emsc_feature(name, magnitude)})


async def emsc_batches(missed: httpx.Response, connections: list[list[str]], count: int) -> list[Batch]:
    """What the feed yields over several connections, each of which says its lines and hangs up."""
    waiting = list(connections)

    async def speak(connection: websockets.ServerConnection) -> None:
        for line in waiting.pop(0) if waiting else []:
            await connection.send(line)

    def agency(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/fdsnws/event/1/query"
        return missed

    async with websockets.serve(speak, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        client = httpx.AsyncClient(transport=httpx.MockTransport(agency))
        feed = EmscFeed(source(emsc_url=f"ws://127.0.0.1:{port}/"), client)
        assert await feed.answers()
        waiting[:] = connections
        got: list[Batch] = []
        for _ in connections:
            got += [batch async for batch in feed.batches()]
    assert len(got) == count
    return got


def test_emsc_fills_the_gap_and_says_nothing_twice() -> None:
    missed = httpx.Response(200, json={"features": [emsc_feature("a"), emsc_feature("b")]})
    lines = [[announced("a"), announced("c", "2.4"), announced("c")], [announced("c", 2.6)]]
    got = asyncio.run(emsc_batches(missed, lines, 6))
    names = [[report.source_event_id for report in batch.reports] for batch in got]
    assert names == [["a", "b"], [], [], ["c"], [], ["c"]]
    assert [len(batch.rejects) for batch in got] == [0, 0, 1, 0, 0, 0]


@pytest.mark.parametrize("missed", [httpx.Response(204), httpx.Response(503), httpx.Response(404)])
def test_emsc_listens_though_the_gap_cannot_be_filled(missed: httpx.Response) -> None:
    got = asyncio.run(emsc_batches(missed, [[announced("a")]], 2))
    assert [report.source_event_id for report in got[1].reports] == ["a"]


def test_every_row_of_the_table_opens() -> None:
    assert [open_feed(f"{name}://", Settings(), lambda: NOW).name for name in ("usgs", "emsc")] == ["usgs", "emsc"]
    assert set(FEEDS) == {"usgs", "emsc", "replay", "simulate"}
