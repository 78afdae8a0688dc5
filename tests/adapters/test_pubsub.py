"""The Pub/Sub bus where the contract cannot speak: addresses, limits, dead letters one at a time, Cloud Monitoring."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from benchmarks import emulators
from quake.adapters.bus import Bus, Message, open_bus
from quake.adapters.bus.pubsub import PUBLISH_BYTES, Options, _batches, parse_url
from quake.adapters.bus.pubsub_backlog import undelivered


@pytest.fixture
def emulated() -> Iterator[Bus]:
    try:
        url = emulators.pubsub_url(1.0)
    except emulators.Unavailable as reason:
        pytest.skip(str(reason))
    with closing(open_bus(url)) as bus:
        yield bus


@pytest.fixture(scope="module", autouse=True)
def _emulators_end() -> Iterator[None]:
    yield
    emulators.stop_all()


def pull_one(bus: Bus, subscription: str, timeout_s: float = 15.0):
    (received,) = bus.pull(subscription, 1, timeout_s)
    return received


@pytest.mark.parametrize("kills", [False, True])
def test_a_message_is_a_dead_letter_after_its_last_attempt(emulated, kills):
    """Handed back, or left to its lease by a worker that died."""
    emulated.subscribe("events.dead", "undertaker")
    emulated.subscribe("events", "engine")
    emulated.publish("events", [Message(b"poison", {"n": "1"})])
    for attempt in (1, 2, 3):
        received = pull_one(emulated, "engine")
        assert received.attempt == attempt
        if not kills:
            emulated.nack("engine", [received.lease])
    assert emulated.pull("engine", 1, timeout_s=4 if kills else 0.5) == []
    dead = pull_one(emulated, "undertaker")
    assert (dead.data, dict(dead.attributes)) == (b"poison", {"n": "1", "subscription": "engine"})


def test_a_subscription_of_another_topic_is_refused(emulated):
    emulated.subscribe("events", "engine")
    with pytest.raises(ValueError, match="listens to"):
        emulated.subscribe("alerts", "engine")
    with pytest.raises(ValueError, match="no subscription 'nobody'"):
        emulated.backlog("nobody")


def test_an_address_says_project_and_options():
    assert parse_url("pubsub://p1?prefix=dev-&lease_s=30") == ("p1", Options(prefix="dev-", lease_s=30.0))


@pytest.mark.parametrize("url", ["pubsub://", "pubsub://p/extra", "pubsub://p?colour=red", "sqlite://p"])
def test_a_wrong_address_is_refused(url):
    with pytest.raises(ValueError, match="not the address|no option 'colour'"):
        parse_url(url)


def test_requests_stay_within_the_limits():
    small, large = Message(b"x"), Message(b"x" * (PUBLISH_BYTES // 2))
    assert [len(batch) for batch in _batches([small] * 2500)] == [1000, 1000, 500]
    assert [len(batch) for batch in _batches([large] * 3)] == [1, 1, 1]
    assert not list(_batches([]))


class Monitoring:
    """Answers as Cloud Monitoring's `timeSeries.list` does: newest point first."""

    def __init__(self, content):
        self.content = content

    def get(self, url, params, timeout):
        self.asked = url, params, timeout
        return self

    def raise_for_status(self):
        return None

    def json(self):
        return self.content


def test_the_backlog_is_cloud_monitorings_newest_count():
    points = [{"value": {"int64Value": "17"}}, {"value": {"int64Value": "90"}}]
    session = Monitoring({"timeSeries": [{"points": points}]})
    assert undelivered("p1", "quake-engine", session, datetime(2026, 1, 1, 0, 10, tzinfo=UTC)) == 17
    url, params, _ = session.asked
    assert url.endswith("/v3/projects/p1/timeSeries") and 'subscription_id="quake-engine"' in params["filter"]
    assert params["interval.startTime"] == "2026-01-01T00:00:00+00:00"
    assert undelivered("p1", "unused", Monitoring({})) == 0
