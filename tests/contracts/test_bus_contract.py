"""What every bus promises."""

import subprocess
import sys
import time
from contextlib import closing
from threading import Thread

import pytest

from quake.adapters.bus import Bus, Message, open_bus


def messages(*texts: str) -> list[Message]:
    return [Message(text.encode(), {"text": text}) for text in texts]


def texts(received: list) -> list[str]:
    return [message.data.decode() for message in received]


def drain(bus: Bus, subscription: str) -> list[str]:
    """Everything there is, settled as it comes."""
    found = []
    while received := bus.pull(subscription, 100, timeout_s=0.05):
        found += texts(received)
        bus.ack(subscription, [message.lease for message in received])
    return found


def test_oldest_first_with_data_and_attributes_whole(bus):
    bus.subscribe("events", "engine")
    bus.publish("events", [Message(bytes(range(256)), {"quake_id": "ü", "n": "1"}), Message(b"")])
    bus.publish("events", messages("third"))
    received = bus.pull("engine", 10)
    assert [message.data for message in received] == [bytes(range(256)), b"", b"third"]
    assert dict(received[0].attributes) == {"quake_id": "ü", "n": "1"}
    assert [message.attempt for message in received] == [1, 1, 1]


def test_pull_gives_no_more_than_asked_and_goes_on_where_it_was(bus):
    bus.subscribe("events", "engine")
    bus.publish("events", messages("a", "b", "c"))
    assert [texts(bus.pull("engine", 2)), texts(bus.pull("engine", 2))] == [["a", "b"], ["c"]]


def test_a_subscription_hears_from_its_beginning_on_and_only_its_topic(bus):
    bus.publish("events", messages("before"))
    bus.subscribe("events", "engine")
    bus.publish("alerts", messages("elsewhere"))
    bus.publish("events", messages("after"))
    bus.subscribe("events", "engine")
    assert drain(bus, "engine") == ["after"]


def test_two_subscriptions_each_get_all(bus):
    bus.subscribe("alerts", "hub")
    bus.subscribe("alerts", "mail")
    bus.publish("alerts", messages("a", "b"))
    assert drain(bus, "hub") == drain(bus, "mail") == ["a", "b"]


def test_an_ended_subscription_keeps_nothing_and_can_begin_again(bus):
    for name in ("hub", "mail"):
        bus.subscribe("alerts", name)
    bus.publish("alerts", messages("a", "b"))
    bus.pull("hub", 1)
    bus.unsubscribe("hub")
    with pytest.raises(ValueError, match="no subscription 'hub'"):
        bus.pull("hub", timeout_s=0)
    bus.subscribe("alerts", "hub")
    bus.publish("alerts", messages("c"))
    assert drain(bus, "hub") == ["c"] and drain(bus, "mail") == ["a", "b", "c"]
    bus.unsubscribe("nobody")


def test_two_pullers_of_one_subscription_share_its_messages(bus, bus_url):
    bus.subscribe("events", "engine")
    bus.publish("events", messages(*"abcd"))
    with closing(open_bus(bus_url)) as other:
        assert texts(bus.pull("engine", 2)) + texts(other.pull("engine", 2)) == [*"abcd"]


def test_what_is_not_acked_comes_back_after_its_lease(hasty_bus):
    hasty_bus.subscribe("events", "engine")
    hasty_bus.publish("events", messages("kept", "lost"))
    began = time.monotonic()
    first = hasty_bus.pull("engine")
    hasty_bus.ack("engine", [first[0].lease])
    again = hasty_bus.pull("engine", timeout_s=10)
    assert [(message.data, message.attempt) for message in again] == [(b"lost", 2)]
    assert time.monotonic() - began >= 0.5


def test_a_lease_that_was_handed_on_settles_nothing(bus):
    bus.subscribe("events", "engine")
    bus.publish("events", messages("a"))
    stale = bus.pull("engine")
    bus.nack("engine", [stale[0].lease])
    bus.ack("engine", [stale[0].lease])
    assert bus.backlog("engine") == 1
    current = bus.pull("engine")
    bus.ack("engine", [stale[0].lease])
    assert bus.backlog("engine") == 1
    bus.ack("engine", [current[0].lease])
    assert bus.backlog("engine") == 0


def test_nack_hands_back_at_once_and_in_order(bus):
    bus.subscribe("events", "engine")
    bus.publish("events", messages("a", "b", "c"))
    first = bus.pull("engine", 2)
    bus.nack("engine", [message.lease for message in first])
    assert texts(bus.pull("engine", 3, timeout_s=0)) == ["a", "b", "c"]


def test_after_the_last_attempt_a_message_is_a_dead_letter(bus):
    bus.subscribe("events.dead", "undertaker")
    bus.subscribe("events", "engine")
    bus.publish("events", messages("poison", "sound"))
    for attempt in (1, 2, 3):
        (received,) = bus.pull("engine", 1)
        assert (received.data, received.attempt) == (b"poison", attempt)
        bus.nack("engine", [received.lease])
    assert drain(bus, "engine") == ["sound"]
    (dead,) = bus.pull("undertaker")
    assert (dead.data, dead.attributes["text"], dead.attributes["subscription"]) == (b"poison", "poison", "engine")


def test_a_message_that_kills_its_workers_is_a_dead_letter_too(hasty_bus):
    hasty_bus.subscribe("events.dead", "undertaker")
    hasty_bus.subscribe("events", "engine")
    hasty_bus.publish("events", messages("poison"))
    assert [hasty_bus.pull("engine", 1, timeout_s=10)[0].attempt for _ in range(3)] == [1, 2, 3]
    assert hasty_bus.pull("engine", 1, timeout_s=1.5) == []
    assert texts(hasty_bus.pull("undertaker")) == ["poison"]


def test_dead_for_one_subscription_is_not_dead_for_another(bus):
    bus.subscribe("events", "engine")
    bus.subscribe("events", "archive")
    bus.publish("events", messages("poison"))
    for _ in range(3):
        bus.nack("engine", [message.lease for message in bus.pull("engine")])
    assert bus.backlog("engine") == 0
    assert drain(bus, "archive") == ["poison"]


def test_backlog_counts_what_is_not_acked(bus):
    bus.subscribe("events", "engine")
    bus.publish("events", messages(*"abcde"))
    received = bus.pull("engine", 3)
    assert bus.backlog("engine") == 5
    bus.ack("engine", [message.lease for message in received])
    assert bus.backlog("engine") == 2


def test_a_waiting_pull_wakes_for_a_message(bus, bus_url):
    bus.subscribe("events", "engine")
    with closing(open_bus(bus_url)) as publisher:
        thread = Thread(target=lambda: (time.sleep(0.1), publisher.publish("events", messages("late"))))
        thread.start()
        began = time.monotonic()
        assert texts(bus.pull("engine", timeout_s=10)) == ["late"]
        assert time.monotonic() - began < 5
        thread.join()


def test_an_empty_pull_returns_after_its_timeout(bus):
    bus.subscribe("events", "engine")
    began = time.monotonic()
    assert bus.pull("engine", timeout_s=0.2) == []
    assert 0.2 <= time.monotonic() - began < 5


def test_pulling_from_nowhere_says_so(bus):
    with pytest.raises(ValueError, match="no subscription 'nobody'"):
        bus.pull("nobody", timeout_s=0)


def test_messages_and_acks_outlive_the_process(bus, bus_url):
    bus.subscribe("events", "engine")
    script = (
        "import sys; from quake.adapters.bus import *; bus = open_bus(sys.argv[1])\n"
        "bus.publish('events', [Message(str(i).encode()) for i in range(50)])\n"
        "received = bus.pull('engine', 20); bus.ack('engine', [message.lease for message in received[:10]])\n"
        "bus.nack('engine', [message.lease for message in received[10:]])\n"
    )
    subprocess.run([sys.executable, "-c", script, bus_url], check=True, timeout=60)
    assert drain(bus, "engine") == [str(i) for i in range(10, 50)]


def test_publishers_in_many_threads_lose_and_double_nothing(bus, bus_url):
    bus.subscribe("events", "engine")

    def publish(name: str) -> None:
        for i in range(20):
            bus.publish("events", messages(*(f"{name}{i}-{j}" for j in range(5))))

    threads = [Thread(target=publish, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    found = []
    while len(found) < 400 and (received := bus.pull("engine", 50, timeout_s=5)):
        bus.ack("engine", [message.lease for message in received])
        found += texts(received)
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(f"{name}{i}-{j}" for name in "abcd" for i in range(20) for j in range(5))
