"""A subscriber who does not read is closed, costs the others nothing, and can resume."""

import asyncio
import contextlib
import json
import socket
import time

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from quake.adapters.client import AlertStream


def test_slow_reader_is_closed_with_its_code_and_resumes(world, alert, run, until, monkeypatch):
    """The reader stops reading for a while: the server gives up on it and says 4408; nothing is lost by resuming."""
    monkeypatch.setattr("serving.routers.stream.WRITE_TIMEOUT_S", 0.3)
    server, long = world.serve(), "long " * 20_000
    closed = server.app.state.services.metrics.closed.labels(4408)

    async def fall_asleep():
        sleeper = socket.socket()
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sleeper.connect(("127.0.0.1", server.port))
        async with connect(f"{server.stream}?last_seq=0", proxy=None, sock=sleeper, max_queue=1) as connection:
            await connection.recv()
            healthy = asyncio.create_task(quick())
            await asyncio.to_thread(world.publish, *(alert(seq, headline=long) for seq in range(1, 101)))
            await asyncio.to_thread(until, lambda: closed._value.get() == 1)
            found = await healthy
            await asyncio.to_thread(until, lambda: server.app.state.services.hub.subscribers == 0)
            frames = []
            with contextlib.suppress(ConnectionClosedError):
                async for text in connection:
                    frames.append(json.loads(text))
            return connection.close_code, frames, found

    async def quick():
        started, stream = time.monotonic(), AlertStream(server.stream, last_seq=0)
        async with contextlib.aclosing(aiter(stream)) as alerts:
            found = [(await anext(alerts)).seq for _ in range(100)]
        return found, time.monotonic() - started

    code, frames, (found, seconds) = run(fall_asleep())
    assert found == list(range(1, 101)) and seconds < 10
    assert code == 4408
    got = [frame["alert"]["seq"] for frame in frames if frame["type"] == "alert"]
    assert got == list(range(1, len(got) + 1)) and len(got) < 100

    async def resume():
        async with contextlib.aclosing(aiter(AlertStream(server.stream, last_seq=got[-1]))) as alerts:
            return [(await anext(alerts)).seq for _ in range(100 - len(got))]

    assert run(resume()) == list(range(got[-1] + 1, 101))


def test_slow_subscriber_too_far_behind_is_closed(world, alert, run, monkeypatch):
    """What waits is bounded by count as well: what memory holds."""
    monkeypatch.setattr("serving.alert_log.MEMORY", 5)
    server = world.serve()

    async def flood():
        async with connect(server.stream, proxy=None) as connection:
            await connection.recv()
            await asyncio.to_thread(world.publish, *(alert(seq) for seq in range(1, 101)))
            with contextlib.suppress(ConnectionClosedError):
                async for _ in connection:
                    continue
        return connection.close_code

    assert run(flood()) == 4408


def test_slow_times_bring_checkpoints(world, alert, run, monkeypatch):
    monkeypatch.setattr("serving.subscriber.CHECKPOINT_S", 0.2)
    monkeypatch.setattr("serving.hub.CHECKPOINT_S", 0.2)
    world.publish(alert(1))
    server = world.serve()

    async def listen():
        async with connect(f"{server.stream}?min_level=red", proxy=None) as connection:
            hello = json.loads(await connection.recv())
            await asyncio.to_thread(world.publish, alert(2))
            return hello, [json.loads(await connection.recv()) for _ in range(3)]

    hello, checkpoints = run(listen())
    assert hello["checkpoint_s"] == 0.2
    assert {frame["type"] for frame in checkpoints} == {"checkpoint"}
    assert checkpoints[-1] == {"type": "checkpoint", "previous_seq": 1, "seq": 2, "epoch": "e1"}


def test_slow_reader_of_events_is_cut(world, alert, until, monkeypatch, caplog):
    """Server-sent events have no close code: the connection ends, and `Last-Event-ID` resumes."""
    monkeypatch.setattr("serving.routers.stream.WRITE_TIMEOUT_S", 0.3)
    server, long = world.serve(), "long " * 20_000
    with socket.socket() as sleeper:
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sleeper.connect(("127.0.0.1", server.port))
        sleeper.sendall(b"GET /v1/alerts/stream?last_seq=0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        until(lambda: server.app.state.services.hub.subscribers == 1)
        world.publish(*(alert(seq, headline=long) for seq in range(1, 101)))
        closed = server.app.state.services.metrics.closed.labels(4408)
        until(lambda: closed._value.get() == 1)
        until(lambda: server.app.state.services.hub.subscribers == 0)
        with contextlib.suppress(ConnectionResetError):
            while sleeper.recv(65536):
                pass
    assert [record.message for record in caplog.records if record.name == "uvicorn.error"] == []
