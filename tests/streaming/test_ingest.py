"""Feeds into the topic: one order, ticks, dead letters, failures outlived, restarts that repeat nothing."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quake.adapters.bus import Message
from quake.adapters.feeds import Batch, Reject
from quake.adapters.feeds.replay import ReplayFeed
from quake.event import SeismicEvent, Tick, decode, encode, rejected
from quake.settings import Settings
from streaming.ingest import ingest, known_reports, last_sequence, live_feed_answers, open_feeds
from streaming.merge import Merge
from streaming.sequence import MAX_TICKS, PER_MS, Sequencer

START = datetime(2023, 2, 6, 1, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class FakeBus:
    """Keeps what is published."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.publications = 0

    def publish(self, topic: str, messages: Sequence[Message]) -> None:
        assert topic == "events"
        self.publications += 1
        self.messages += messages

    def decoded(self) -> list[SeismicEvent | Tick]:
        return [decode(message.data) for message in self.messages if message.attributes["type"] != "dead"]


class FakeLive:
    """A live feed that does what its script says, call by call: yields batches, raises errors, then waits."""

    mode = "live"

    def __init__(self, name: str, *calls: list[Batch | Exception]) -> None:
        self.name, self.calls = name, list(calls)

    async def batches(self) -> AsyncIterator[Batch]:
        for step in self.calls.pop(0) if self.calls else []:
            if isinstance(step, Exception):
                raise step
            yield step
        if not self.calls:
            await asyncio.Event().wait()


def report(name: str, source: str = "usgs", at: datetime = START) -> SeismicEvent:
    place = {"latitude": 37.2, "longitude": 37.0, "magnitude": 7.8}
    return SeismicEvent(source=source, source_event_id=name, origin_time=at, updated_at=at, **place)


def replay(*batches: Batch) -> ReplayFeed:
    return ReplayFeed("replay", "replay", list(batches))


def ingested(*batches: Batch, after: int = 0) -> FakeBus:
    bus = FakeBus()
    asyncio.run(ingest([replay(*batches)], bus, _no_clock, after))
    return bus


def _no_clock() -> datetime:
    raise AssertionError("a replay never asks the wall clock")


def listened(feeds: Sequence[FakeLive], until: Callable[[FakeBus], bool], clock=None) -> tuple[FakeBus, Merge]:
    """Runs live feeds until the bus shows what is waited for; pauses take no time. Without a clock time stands still:
    the beat, the only one to pause for the 30 s from `START` to the full minute, never comes back."""
    bus = FakeBus()

    async def pause(seconds: float) -> None:
        await (asyncio.Event().wait() if clock is None and seconds == 30.0 else asyncio.sleep(0))

    async def run() -> Merge:
        merge = Merge(feeds, bus, clock or (lambda: START), sleep=pause)
        task = asyncio.create_task(merge.run())
        async with asyncio.timeout(5):
            while not until(bus):
                await asyncio.sleep(0.001)
                if task.done():
                    break
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return merge

    return bus, asyncio.run(run())


def test_sequence_is_the_time_or_one_more_than_the_last() -> None:
    sequencer = Sequencer()
    first = sequencer.next(START)
    assert first == round(START.timestamp() * 1000) * PER_MS
    assert [sequencer.next(START), sequencer.next(START - MINUTE)] == [first + 1, first + 2]
    assert sequencer.next(START + MINUTE) == first + 60_000 * PER_MS
    assert Sequencer(first + 99).next(START) == first + 100


@given(st.lists(st.integers(-100, 100)))
def test_sequence_increases_strictly_whatever_the_clock_does(minutes: list[int]) -> None:
    sequencer = Sequencer()
    numbers = [sequencer.next(START + minute * MINUTE) for minute in minutes]
    assert all(later > earlier for earlier, later in zip(numbers, numbers[1:]))


def test_a_long_gap_is_made_up_for_by_a_day_of_ticks() -> None:
    sequencer = Sequencer()
    assert list(sequencer.due(START)) == []
    ticks = list(sequencer.due(START + timedelta(days=40)))
    assert len(ticks) == MAX_TICKS and ticks[-1] == (START + timedelta(days=40)).replace(second=0)
    assert list(sequencer.due(START)) == []


def test_reports_of_a_batch_are_ordered_by_source_and_id_and_stamped_with_the_replays_clock() -> None:
    bus = ingested(Batch(START, (report("b"), report("a"), report("z", "emsc"))))
    events = bus.decoded()
    assert [(event.source, event.source_event_id) for event in events] == [("emsc", "z"), ("usgs", "a"), ("usgs", "b")]
    assert [event.sequence - events[0].sequence for event in events] == [0, 1, 2]
    assert {event.ingested_at for event in events} == {START}
    assert [message.attributes["type"] for message in bus.messages] == ["report"] * 3


def test_every_minute_ticks_in_the_same_sequence() -> None:
    bus = ingested(Batch(START, (report("a"),)), Batch(START + 2 * MINUTE, (report("b"),)))
    told = bus.decoded()
    assert [type(message).__name__ for message in told] == ["SeismicEvent", "Tick", "Tick", "SeismicEvent"]
    assert [tick.at for tick in told if isinstance(tick, Tick)] == [START + MINUTE / 2, START + 1.5 * MINUTE]
    assert all(later.sequence > earlier.sequence for earlier, later in zip(told, told[1:]))
    tick = bus.messages[2]
    assert dict(tick.attributes) == {
        "type": "tick",
        "feed": "replay",
        "mode": "replay",
        "last_report_at": START.isoformat(),
        "last_answer_at": (START + MINUTE / 2).isoformat(),
        "id": str(told[2].sequence),
        "at": told[2].at.isoformat(),
    }


def test_determinism_of_a_replay() -> None:
    batches = [Batch(START + hour * timedelta(hours=1), (report(f"{hour}"),)) for hour in range(5)]
    assert ingested(*batches).messages == ingested(*batches).messages


def test_many_batches_share_a_publication() -> None:
    batches = [Batch(START + second * timedelta(seconds=1), (report(f"{second}"),)) for second in range(500)]
    assert ingested(*batches).publications < 10


def test_rejects_become_dead_messages_with_their_payload() -> None:
    bus = ingested(Batch(START, (report("a"),), (Reject("usgs", '{"id": 7}', "id: no string"),)))
    [dead] = [message for message in bus.messages if message.attributes["type"] == "dead"]
    assert rejected(dead.data) == b'{"id": 7}'
    assert dict(dead.attributes) == {
        "type": "dead",
        "source": "usgs",
        "reason": "id: no string",
        "received_at": START.isoformat(),
        "id": sha256(dead.data).hexdigest(),
        "at": START.isoformat(),
    }


def test_a_restart_goes_on_after_the_last_sequence() -> None:
    batches = [Batch(START, (report("a"),)), Batch(START + MINUTE / 2, (report("b"), report("c")))]
    whole = ingested(*batches).decoded()
    feed = replay(*batches).after(whole[0].sequence)
    bus = FakeBus()
    asyncio.run(ingest([feed], bus, _no_clock, whole[0].sequence))
    again = [event for event in bus.decoded() if isinstance(event, SeismicEvent)]
    assert [event.source_event_id for event in again] == ["b", "c"]
    assert all(event.sequence > whole[0].sequence for event in again)


def test_a_replay_that_fails_says_so() -> None:
    class Broken(FakeLive):
        mode = "replay"

    with pytest.raises(OSError, match="unplugged"):
        asyncio.run(ingest([Broken("replay", [Batch(START), OSError("unplugged")])], FakeBus(), _no_clock))


def test_feeds_of_different_modes_do_not_mix() -> None:
    with pytest.raises(ValueError, match="one mode"):
        asyncio.run(ingest([FakeLive("usgs"), replay(Batch(START))], FakeBus(), _no_clock))


def test_a_bus_that_fails_ends_the_run() -> None:
    class Full(FakeBus):
        def publish(self, topic: str, messages: Sequence[Message]) -> None:
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        asyncio.run(ingest([FakeLive("usgs", [Batch(START, (report("a"),))])], Full(), lambda: START))


def test_chaos_a_dying_feed_is_restarted_and_never_stops_the_others() -> None:
    later = Batch(START, (report("last", "emsc"),))
    dying = FakeLive("emsc", *[[RuntimeError("boom")]] * 5, [Batch(START, (report("x", "emsc"),)), OSError()], [later])
    steady = FakeLive("usgs", [Batch(START, (report(f"{number}"),)) for number in range(50)])
    bus, merge = listened([dying, steady], lambda bus: len(bus.messages) == 52)
    assert {event.source_event_id for event in bus.decoded()} == {"x", "last", *map(str, range(50))}
    assert merge.counts["failed emsc"] == 6 and merge.counts["failed usgs"] == 0


def test_live_reports_carry_our_clock_and_no_sequence_from_the_future() -> None:
    ahead = Batch(START + timedelta(minutes=50), (report("a"),))
    bus, _ = listened([FakeLive("usgs", [ahead])], lambda bus: bool(bus.messages))
    [event] = bus.decoded()
    assert event.ingested_at == START
    assert event.sequence == round(START.timestamp() * 1000) * PER_MS


def test_time_passes_where_no_agency_speaks() -> None:
    now = [START]

    def clock() -> datetime:
        now[0] += 20 * timedelta(seconds=1)
        return now[0]

    bus, _ = listened([FakeLive("usgs")], lambda bus: len(bus.messages) >= 3, clock)
    minutes = [tick.at for tick in bus.decoded()]
    assert minutes == [minutes[0] + number * MINUTE for number in range(len(minutes))]
    assert minutes[0] <= START + 2 * MINUTE and minutes[0].second == 0
    assert bus.messages[0].attributes["last_report_at"] == ""


class FakeWarehouse:
    """Answers by the named columns of one table."""

    def __init__(self, table: pa.Table) -> None:
        self.table, self.asked = table, []

    def query(self, sql: str, parameters: dict | None = None, **_: object) -> pa.Table:
        self.asked.append((sql, parameters))
        return self.table


def test_known_reports_are_restored_as_they_were_sent() -> None:
    sent = report("a")
    row = {name: getattr(sent, name) for name in SeismicEvent.__slots__} | {"aliases": ["a", "b"], "quake_id": "q"}
    [known] = known_reports(FakeWarehouse(pa.Table.from_pylist([row])), "usgs", START)
    assert (known.source_event_id, known.aliases, known.magnitude) == ("a", ("a", "b"), 7.8)
    assert known.origin_time == sent.origin_time
    assert json.loads(encode(known))["origin_time"] == json.loads(encode(sent))["origin_time"]


def test_an_empty_warehouse_starts_at_zero() -> None:
    assert last_sequence(FakeWarehouse(pa.table({"last_sequence": pa.array([None], pa.int64())}))) == 0


def test_settings_name_the_feeds() -> None:
    nothing = FakeWarehouse(pa.table({"last_sequence": pa.array([], pa.int64())}))
    live = open_feeds(Settings(feeds=("usgs", "emsc")), lambda: START, nothing)
    assert [feed.name for feed in live] == ["usgs", "emsc"]
    [simulated] = open_feeds(Settings(feed="simulate:seed=3&days=1"), lambda: START, nothing)
    assert (simulated.mode, simulated.speed) == ("simulate", 1.0)


def test_no_live_feed_answers_where_nobody_listens() -> None:
    # Port 9 (discard) of the own machine: refused at once, whatever network there is.
    settings = Settings(feeds=("usgs", "emsc"), usgs_url="http://127.0.0.1:9/", emsc_url="ws://127.0.0.1:9/")
    assert asyncio.run(live_feed_answers(settings, 5.0)) is False


def test_one_live_feed_that_answers_is_enough() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    async def ask() -> bool:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            settings = Settings(usgs_url=f"http://127.0.0.1:{port}/", emsc_url="ws://127.0.0.1:9/")
            return await live_feed_answers(settings, 5.0)

    assert asyncio.run(ask()) is True
