"""The gateway keeps the stream's promise as the API does, to many at once, and stays clean behind those who leave."""

import asyncio
import contextlib
import itertools
import json
import socket
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from alerts.audience import audience
from alerts.filter import Filter, parse_filter
from benchmarks.serving_alerts import filters, simulated_alerts
from quake.adapters.client import AlertStream
from serving.gateway.points import Points
from serving.keys import digest_of


async def frames(url, count, **query):
    """The first `count` frames of one connection."""
    async with connect(f"{url}?{urlencode(query)}", proxy=None) as connection:
        return [json.loads(await connection.recv()) for _ in range(count)]


async def until_closed(connection):
    """Every frame up to the end, and the close code."""
    got = []
    with contextlib.suppress(ConnectionClosed):
        async for text in connection:
            got.append(json.loads(text))
    return got, connection.close_code


def test_resume_on_the_gateway(world, gateway, alert, run):
    world.publish(*(alert(seq) for seq in range(1, 26)))
    server = gateway()
    (live,) = run(frames(server.stream, 1))
    assert (live["status"], live["seq"], live["epoch"], live["mode"]) == ("live", 25, "e1", "live")
    (resumed,) = run(frames(server.stream, 1, last_seq=25, epoch="e1"))
    assert resumed["status"] == "resumed"
    hello, *missed = run(frames(server.stream, 4, last_seq=1, epoch="e1", min_magnitude=7))
    assert hello["status"] == "replayed"
    assert [(frame["previous_seq"], frame["alert"]["seq"]) for frame in missed] == [(1, 20), (20, 21), (21, 22)]
    (gap,) = run(frames(server.stream, 1, last_seq=3, epoch="another"))
    assert gap["status"] == "gap-too-old" and gap["seq"] == 25


def test_resume_on_the_gateway_from_the_table_and_of_old_chains(world, gateway, alert, run, monkeypatch):
    monkeypatch.setattr("serving.alert_log.MEMORY", 10)
    monkeypatch.setattr("serving.hub.PAGE", 7)
    world.publish(*(alert(seq) for seq in range(1, 51)))
    server = gateway()
    world.publish(alert(51, quake_id="q2", alert_number=2, message_type="CANCEL", magnitude=4.0, notify=False))
    _, *missed = run(frames(server.stream, 49, last_seq=3, epoch="e1"))
    assert [frame["alert"]["seq"] for frame in missed] == list(range(4, 52))
    _, frame = run(frames(server.stream, 2, last_seq=50, epoch="e1", min_magnitude=5.2))
    assert frame["alert"]["alert_id"] == "q2.2" and frame["alert"]["message_type"] == "CANCEL"


def test_resume_on_a_gateway_that_is_behind_repeats_nothing(world, gateway, alert, run):
    world.publish(*(alert(seq) for seq in range(1, 4)))
    server = gateway()

    async def come_from_ahead():
        async with connect(f"{server.stream}?last_seq=4&epoch=e1", proxy=None) as connection:
            hello = json.loads(await connection.recv())
            await asyncio.to_thread(world.publish, alert(4), alert(5))
            first = json.loads(await connection.recv())
            await asyncio.to_thread(world.publish, alert(6))
            return hello, first, json.loads(await connection.recv())

    hello, first, second = run(come_from_ahead())
    assert hello["seq"] == 4
    assert [(frame["previous_seq"], frame["alert"]["seq"]) for frame in (first, second)] == [(4, 5), (5, 6)]


def test_everyone_gets_what_the_audience_says_linked_and_in_order(world, gateway, run):
    """Against the pure function, over live messages in bursts, with filters that are shared and some that are not."""
    log, queries = list(itertools.islice(simulated_alerts(5), 150)), filters(6, 24)
    world.publish(*log[:40])
    server = gateway()

    async def listen(query, ready):
        async with connect(f"{server.stream}?{urlencode(query)}", proxy=None) as connection:
            got = [json.loads(await connection.recv())]
            ready.set()
            wanted = [a.seq for a in audience(log, parse_filter(query), 40)]
            got += [json.loads(await connection.recv()) for _ in wanted]
            return got, wanted

    async def everyone():
        ready = [asyncio.Event() for _ in queries]
        tasks = [asyncio.create_task(listen(query, event)) for query, event in zip(queries, ready, strict=True)]
        for event in ready:
            await event.wait()
        for start in range(40, 150, 10):
            await asyncio.to_thread(world.publish, *log[start : start + 10])
        return await asyncio.gather(*tasks)

    for (hello, *got), wanted in run(everyone()):
        assert hello["seq"] == 40 and [frame["alert"]["seq"] for frame in got] == wanted
        assert [frame["previous_seq"] for frame in got] == [40, *wanted][: len(wanted)]


@st.composite
def point_filters(draw):
    radius = draw(st.none() | st.floats(0, 20_040))
    mmi = draw(st.floats(1, 12) if radius is None else st.none() | st.floats(1, 12))
    point = {"latitude": draw(st.floats(-90, 90)), "longitude": draw(st.floats(-180, 180))}
    return Filter(**point, radius_km=radius, min_mmi=mmi, min_magnitude=draw(st.none() | st.floats(4, 8)))


@settings(deadline=None, max_examples=40)
@given(wanted=st.lists(point_filters(), min_size=1, max_size=8, unique=True), seed=st.integers(0, 1000), data=st.data())
def test_points_answer_as_filters_do(wanted, seed, data):
    points, log = Points(), itertools.islice(simulated_alerts(seed), 5)
    stand_ins = {one: points.add(one) for one in wanted}
    if len(wanted) > 1 and data.draw(st.booleans()):
        points.remove(wanted[0])
        del stand_ins[wanted[0]]
    for alert in log:
        points.ask(alert)
        assert [stand_in.matches(alert) for stand_in in stand_ins.values()] == [one.matches(alert) for one in stand_ins]


def sleeper(server, size=4096):
    """A socket whose kernel keeps little, so that not reading shows soon."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
    made.connect(("127.0.0.1", int(server.url.rpartition(":")[2])))
    return made


def test_slow_reader_of_the_gateway_is_closed_and_resumes(world, gateway, alert, run, until, monkeypatch):
    monkeypatch.setattr("serving.gateway.session.WRITE_TIMEOUT_S", 0.3)
    monkeypatch.setattr("serving.gateway.server.SEND_BUFFER_BYTES", 4096)
    server, long = gateway(), "long " * 2_000
    closed = server.gateway.metrics.closed.labels(4408)

    async def fall_asleep():
        async with connect(server.stream, proxy=None, sock=sleeper(server), max_queue=1) as connection:
            await connection.recv()
            awake = asyncio.create_task(frames(server.stream, 101))
            await asyncio.to_thread(until, lambda: server.open_streams == 2)
            for seq in range(1, 101):
                await asyncio.to_thread(world.publish, alert(seq, headline=long))
            found = await awake
            await asyncio.to_thread(until, lambda: server.value(closed) == 1)
            return await until_closed(connection), found

    (got, code), found = run(fall_asleep())
    assert [frame["alert"]["seq"] for frame in found[1:]] == list(range(1, 101))
    assert code == 4408
    heard = [frame["alert"]["seq"] for frame in got]
    assert heard == list(range(1, len(heard) + 1)) and len(heard) < 100
    _, *rest = run(frames(server.stream, 101 - len(heard), last_seq=heard[-1], epoch="e1"))
    assert [frame["alert"]["seq"] for frame in rest] == list(range(heard[-1] + 1, 101))


def test_slow_reader_who_wakes_in_time_misses_nothing(world, gateway, alert, run, monkeypatch):
    monkeypatch.setattr("serving.gateway.server.SEND_BUFFER_BYTES", 4096)
    server, long = gateway(), "long " * 2_000

    async def doze():
        async with connect(server.stream, proxy=None, sock=sleeper(server), max_queue=1) as connection:
            await connection.recv()
            for seq in range(1, 61):
                await asyncio.to_thread(world.publish, alert(seq, headline=long))
            got = [json.loads(await connection.recv()) for _ in range(60)]
            await asyncio.to_thread(world.publish, alert(61))
            return [*got, json.loads(await connection.recv())]

    assert [(frame["previous_seq"], frame["alert"]["seq"]) for frame in run(doze())] == [
        (seq - 1, seq) for seq in range(1, 62)
    ]


def test_slow_times_bring_checkpoints_from_the_gateway(world, gateway, alert, run, monkeypatch):
    monkeypatch.setattr("serving.gateway.fanout.CHECKPOINT_S", 0.2)
    monkeypatch.setattr("serving.gateway.fanout.SWEEP_S", 0.1)
    world.publish(alert(1))
    server = gateway()

    async def listen():
        async with connect(f"{server.stream}?min_level=red", proxy=None) as connection:
            await connection.recv()
            await asyncio.to_thread(world.publish, alert(2))
            while (frame := json.loads(await connection.recv()))["seq"] < 2:
                assert frame["type"] == "checkpoint"
            return frame

    assert run(listen()) == {"type": "checkpoint", "previous_seq": 1, "seq": 2, "epoch": "e1"}


def test_a_new_epoch_ends_streams_and_the_client_begins_it(world, gateway, alert, run, monkeypatch):
    monkeypatch.setattr("serving.hub.RECHECK_S", 0.0)
    world.publish(alert(1))
    server = gateway()

    async def listen():
        async with connect(server.stream, proxy=None) as connection:
            await connection.recv()
            later = alert(2).sent_at
            await asyncio.to_thread(world.publish, alert(1, epoch="e2", alert_id="n1.1", quake_id="n1", sent_at=later))
            return await until_closed(connection)

    assert run(listen())[1] == 4410
    stream = AlertStream(server.stream, last_seq=1, epoch="e1")

    async def begin():
        async with contextlib.aclosing(aiter(stream)) as alerts:
            return (await anext(alerts)).alert_id

    assert run(begin()) == "n1.1"


def test_the_gateway_stops_with_its_code_and_leaves_nothing_on_the_bus(world, gateway, run):
    server = gateway()

    async def listen():
        async with connect(server.stream, proxy=None) as connection:
            await connection.recv()
            stopping = asyncio.create_task(asyncio.to_thread(server.stop))
            closed = await until_closed(connection)
            await stopping
            return closed

    assert run(listen()) == ([], 1012)
    with pytest.raises(ValueError, match="no subscription"):
        world.bus.backlog(server.gateway.hub.subscription)


def test_those_who_leave_in_any_way_are_forgotten(world, gateway, alert, run, until):
    """Rude clients leave before the handshake, within it, and in the middle of a replay."""
    world.publish(*(alert(seq) for seq in range(1, 200)))
    server = gateway(stream_limit=2)
    port = int(server.url.rpartition(":")[2])
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    headers = f"Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
    request = f"GET /v1/alerts/stream?last_seq=0 HTTP/1.1\r\n{headers}Sec-WebSocket-Version: 13\r\n\r\n"
    for said in ("", "GET", request[:60], request, request.replace("13", "12"), request.replace(key, "short")) * 5:
        with socket.create_connection(("127.0.0.1", port)) as rude:
            rude.sendall(said.encode())
    until(lambda: server.open_streams == 0 and not server.gateway.guard._streams)  # pylint: disable=protected-access
    until(lambda: not any(server.gateway.fanout._groups.everyone()))  # pylint: disable=protected-access
    assert len(run(frames(server.stream, 200, last_seq=0))) == 200


@pytest.mark.parametrize(
    ("query", "said"),
    [("last_seq=-1", "greater than or equal to 0"), ("min_mag=5", "no parameter min_mag"), ("min_level=pink", "'red'"),
     ("radius_km=10", "need a point"), ("bbox=a", "west,south,east,north")],
)  # fmt: skip
def test_the_gateway_says_what_was_wrong(gateway, run, query, said):
    server = gateway()

    async def refused():
        async with connect(f"{server.stream}?{query}", proxy=None) as connection:
            return await until_closed(connection)

    (error,), code = run(refused())
    assert code == 4400 and error["type"] == "error" and said in error["errors"][0]["expected"]


def test_the_gateway_lets_in_whom_the_api_lets_in(gateway, run):
    key = "a key nobody guesses"
    server = gateway(public_read=False, api_keys=(digest_of(key),), stream_limit=1)
    bearer = {"Authorization": f"Bearer {key}"}

    async def status(**options):
        try:
            async with connect(server.stream, proxy=None, **options) as connection:
                return json.loads(await connection.recv())["type"]
        except InvalidStatus as refused:
            return refused.response.status_code

    async def two():
        async with connect(server.stream, proxy=None, additional_headers=bearer):
            return await status(additional_headers=bearer)

    assert run(status()) == 401
    assert run(status(additional_headers=bearer)) == "hello"
    assert run(status(additional_headers=bearer, origin="https://evil.example")) == 403
    assert run(status(additional_headers=bearer, origin="http://127.0.0.1:8501")) == "hello"
    assert run(two()) == 429
    found = {path: httpx.get(f"{server.url}{path}").status_code for path in ("/health/ready", "/metrics", "/v1/alerts")}
    assert found == {"/health/ready": 200, "/metrics": 401, "/v1/alerts": 401}


def test_resume_chaos_between_a_gateway_and_an_api(world, gateway, alert, run):
    """Clients that move between the two kinds of server get every message once and in order."""
    streams, total = [gateway().stream, world.serve().stream], 90

    async def nomad(number):
        last_seq, found = 0, []
        for turn in itertools.count(number):
            stream = AlertStream(streams[turn % 2], last_seq=last_seq)
            async with contextlib.aclosing(aiter(stream)) as alerts:
                found += [(await anext(alerts)).seq for _ in range(min(17, total - len(found)))]
            last_seq = stream.last_seq
            if len(found) == total:
                return found

    async def everyone():
        clients = [asyncio.create_task(nomad(number)) for number in range(10)]
        for start in range(1, total + 1, 9):
            await asyncio.to_thread(world.publish, *(alert(seq) for seq in range(start, start + 9)))
        return await asyncio.gather(*clients)

    assert all(found == list(range(1, total + 1)) for found in run(everyone(), 60))
