"""The alert stream keeps its promise: each message once and in order, whatever breaks, on any instance."""

import asyncio
import itertools
import json
import random
from contextlib import aclosing

import pytest
from websockets.asyncio.client import connect

from quake.adapters.client import AlertStream


async def frames(url, count, **query):
    """The first `count` frames of one connection."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    async with connect(f"{url}?{asked}", proxy=None) as socket:
        return [json.loads(await socket.recv()) for _ in range(count)]


async def take(stream, count):
    """The next `count` alerts' seq."""
    async with aclosing(aiter(stream)) as alerts:
        return [(await anext(alerts)).seq for _ in range(count)]


def test_resume_from_nothing_begins_now(settled, run):
    (hello,) = run(frames(settled.stream, 1))
    assert hello["type"] == "hello" and hello["status"] == "live" and hello["seq"] == 25 and hello["epoch"] == "e1"
    assert hello["mode"] == "live" and "Not an early warning" in hello["warning"]


def test_resume_without_a_gap(settled, run):
    (hello,) = run(frames(settled.stream, 1, last_seq=25, epoch="e1"))
    assert hello["status"] == "resumed" and hello["seq"] == 25


def test_resume_replays_what_was_missed(settled, run):
    hello, *missed = run(frames(settled.stream, 4, last_seq=22, epoch="e1"))
    assert hello["status"] == "replayed" and hello["seq"] == 22
    assert [(frame["previous_seq"], frame["alert"]["seq"]) for frame in missed] == [(22, 23), (23, 24), (24, 25)]


def test_resume_with_a_filter_links_what_was_sent(settled, run):
    hello, *missed = run(frames(settled.stream, 4, last_seq=1, epoch="e1", min_magnitude=7))
    assert hello["seq"] == 1
    assert [(frame["previous_seq"], frame["alert"]["seq"]) for frame in missed] == [(1, 20), (20, 21), (21, 22)]


def test_resume_in_another_epoch_is_a_gap_too_old(settled, run):
    (hello,) = run(frames(settled.stream, 1, last_seq=3, epoch="another"))
    assert hello["status"] == "gap-too-old" and hello["epoch"] == "e1" and hello["seq"] == 25


def test_resume_on_an_instance_that_is_behind_repeats_nothing(world, alert, run):
    world.publish(*(alert(seq) for seq in range(1, 4)))
    server = world.serve()

    async def come_from_ahead():
        async with connect(f"{server.stream}?last_seq=4&epoch=e1", proxy=None) as socket:
            hello = json.loads(await socket.recv())
            await asyncio.to_thread(world.publish, alert(4), alert(5))
            return hello, json.loads(await socket.recv())

    hello, frame = run(come_from_ahead())
    assert hello["seq"] == 4 and frame["previous_seq"] == 4 and frame["alert"]["seq"] == 5


def test_resume_older_than_memory_comes_from_the_table(world, alert, run, monkeypatch):
    monkeypatch.setattr("serving.alert_log.MEMORY", 10)
    monkeypatch.setattr("serving.hub.PAGE", 7)
    world.publish(*(alert(seq, quake_id=f"q{seq % 5}", alert_number=seq) for seq in range(1, 101)))
    server = world.serve()
    assert server.app.state.services.hub.log.first_seq > 50
    _, *missed = run(frames(server.stream, 98, last_seq=3, epoch="e1"))
    assert [frame["alert"]["seq"] for frame in missed] == list(range(4, 101))


def test_resume_knows_chains_that_memory_has_dropped(world, alert, run, monkeypatch):
    """One who was told of a chain long ago is told of its end, though only the end is in memory."""
    monkeypatch.setattr("serving.alert_log.MEMORY", 10)
    world.publish(*(alert(seq) for seq in range(1, 51)))
    server = world.serve()
    world.publish(alert(51, quake_id="q2", alert_number=2, message_type="CANCEL", magnitude=4.0, notify=False))
    _, frame = run(frames(server.stream, 2, last_seq=50, epoch="e1", min_magnitude=5.2))
    assert frame["alert"]["alert_id"] == "q2.2" and frame["alert"]["message_type"] == "CANCEL"


def test_resume_through_the_client_after_the_server_restarts(world, alert, run):
    world.publish(alert(1))
    first = world.serve()
    stream = AlertStream(first.stream, last_seq=0, epoch="e1")

    async def follow():
        async with aclosing(aiter(stream)) as alerts:
            found = [(await anext(alerts)).seq]
            await asyncio.to_thread(first.stop)
            world.servers.remove(first)
            world.publish(alert(2), alert(3))
            await asyncio.to_thread(world.serve, port=first.port)
            return found + [(await anext(alerts)).seq for _ in range(2)]

    assert run(follow()) == [1, 2, 3] and stream.last_seq == 3


@pytest.mark.parametrize("seed", [1, 2])
def test_resume_chaos_between_two_instances(world, alert, run, seed):
    """Clients cut off at random and moved between two instances get every message once and in order."""
    servers, chance, total = [world.serve(), world.serve()], random.Random(seed), 120

    async def nomad(number):
        last_seq, found = 0, []
        for turn in itertools.count(number):
            stream = AlertStream(servers[turn % 2].stream, last_seq=last_seq)
            found += await take(stream, min(chance.randint(10, 40), total - len(found)))
            last_seq = stream.last_seq
            if len(found) == total:
                return found

    async def everyone():
        clients = [asyncio.create_task(nomad(number)) for number in range(15)]
        for start in range(1, total + 1, 10):
            await asyncio.to_thread(world.publish, *(alert(seq) for seq in range(start, start + 10)))
        return await asyncio.gather(*clients)

    assert all(found == list(range(1, total + 1)) for found in run(everyone(), 60))


def test_resume_into_a_new_epoch_through_the_client(world, alert, run):
    """A log that began anew is read from its start."""
    world.publish(*(alert(seq, epoch="e2", alert_id=f"n{seq}.1") for seq in (1, 2)))
    server = world.serve()
    stream = AlertStream(server.url, last_seq=77, epoch="e1")
    assert run(take(stream, 2)) == [1, 2] and stream.epoch == "e2"


def test_resume_of_server_sent_events(settled):
    with settled.http.stream("GET", "/v1/alerts/stream", headers={"Last-Event-ID": "e1:23"}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = list(itertools.islice((line for line in response.iter_lines() if line), 9))
    assert lines[1::3] == ["id: e1:23", "id: e1:24", "id: e1:25"]
    assert json.loads(lines[5].removeprefix("data: "))["alert"]["seq"] == 24
