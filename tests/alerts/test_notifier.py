"""Every message once to each to whom it is due: on the real store, with a channel that fails as it is told.

Who is due is held against `alerts.audience.audience`, the pure function of the whole log.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from alerts.__main__ import only_one
from alerts.audience import audience, parse_filter
from alerts.channels import Parcel, Undeliverable
from alerts.notifier import Notifier
from alerts.outbox import ATTEMPTS, LONGEST_PAUSE_S, Outbox, pause_s
from alerts.record import Recorder
from alerts.rules import decide
from alerts.sequencer import Sequencer
from alerts.subscriptions import add_subscription, read_subscriptions, remove_subscription
from quake.adapters.bus import Message, open_bus
from quake.adapters.commit import commit
from quake.adapters.storage import open_storage
from quake.adapters.warehouse import open_warehouse
from quake.settings import Settings
from tests.alerts.servers import SmtpServer

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Fickle:
    """A channel that keeps what arrives and fails as often as `failures` says for an alert."""

    def __init__(self, failures=(), error=OSError("no answer")):
        self.failures, self.error, self.arrived, self.tried = Counter(dict(failures)), error, [], []

    def check(self, address):
        """Any."""
        return address

    async def send(self, parcel: Parcel):
        """Fails or keeps."""
        key = parcel.to.address, parcel.alert.alert_id
        self.tried.append(key)
        await asyncio.sleep(0)
        if self.failures[parcel.alert.alert_id] > 0:
            self.failures[parcel.alert.alert_id] -= 1
            raise self.error
        self.arrived.append(key)


class Site:
    """A store in a folder, and as many lives of a notifier as one likes."""

    def __init__(self, folder):
        self.settings = Settings(data=folder)
        self.bus, self.warehouse = open_bus(self.settings.bus), open_warehouse(self.settings.warehouse)
        self.storage = open_storage(self.settings.storage)
        self.seq = 0

    def publish(self, *alerts, visible=True):
        """Rows and messages, as the engine commits them."""
        messages = [Message(b"{}", {"seq": str(alert.seq), "epoch": alert.epoch}) for alert in alerts]
        commit(self.bus, self.warehouse, alerts if visible else [], {"alerts": messages}, {})
        self.seq = max(self.seq, *(alert.seq for alert in alerts))

    def subscribe(self, address, epoch="e1", **wanted):
        """A subscription from now on."""
        values = {name: str(value) for name, value in wanted.items()}
        return add_subscription(self.storage, "email", address, values, NOW, epoch=epoch, seq=self.seq)

    def life(self, channel, rounds=1, pauses=None):
        """One life of a notifier: rounds that each take what the bus holds, then all parcels to their end."""

        async def nap(seconds):
            (pauses if pauses is not None else []).append(seconds)

        async def live():
            recorder = Recorder(self.bus, self.warehouse)
            outbox = Outbox({"email": channel}, recorder.write, stands, lambda: NOW, random.Random(1), nap)
            notifier = Notifier(recorder, self.storage, outbox, lambda: NOW)
            await recorder.subscribe()
            for _ in range(rounds):
                await notifier.round(await recorder.pull(0.0))
            while outbox.waiting and outbox.failure is None:
                await asyncio.sleep(0.001)
            await outbox.close()
            await recorder.close()
            assert outbox.failure is None

        def stands(parcel):
            return any(each.recipient == parcel.to.recipient for each in read_subscriptions(self.storage).values())

        asyncio.run(live())
        return channel

    def rows(self, sql):
        """What the tables hold."""
        return self.warehouse.query(sql).to_pylist()


@pytest.fixture
def site(tmp_path):
    """An empty one."""
    made = Site(tmp_path)
    yield made
    made.bus.close()
    made.warehouse.close()


@pytest.fixture
def log(assessed):
    """Nine chains in disorder: ALERT, UPDATE (told or not), and CANCEL of some; seq 1, 2, ..."""
    number, chains, alerts, rng = Sequencer("e1"), {}, [], random.Random(7)
    for step in range(40):
        name = f"q{rng.randrange(9)}"
        state, revision = chains.get(name, (None, 0))
        status = "withdrawn" if revision and rng.random() < 0.2 else "active"
        changed = {
            "quake_id": name, "magnitude": rng.choice([5.6, 6.4, 7.2]), "latitude": 40.0 + 5 * (int(name[1]) % 3),
            "alert_level": rng.choice(["yellow", "orange", "red"]), "status": status, "sequence": step,
        }  # fmt: skip
        state, draft = decide(assessed(revision + 1, **changed), state)
        chains[name] = state, revision + 1
        alerts += [number.assign(draft)] if draft else []
    assert {alert.message_type for alert in alerts} >= {"ALERT", "UPDATE", "CANCEL"}
    return alerts


FILTERS = ({}, {"min_level": "red"}, {"latitude": 40, "longitude": 30, "radius_km": 300}, {"min_magnitude": 7})


@pytest.mark.parametrize("cuts", [(), (5, 9, 20), tuple(range(1, 30, 3))])
def test_each_is_told_exactly_what_the_pure_function_says_over_restarts(site, log, cuts):
    """Every cut of the log is a restart of the notifier; one subscriber joins at half time."""
    people = {site.subscribe(f"p{number}@x.org", **wanted).address: wanted for number, wanted in enumerate(FILTERS)}
    channel, half = Fickle(), len(log) // 2
    places = sorted({*cuts, half, len(log)})
    late = None
    for first, last in zip([0, *places], places):
        if first == half:
            late = site.subscribe("late@x.org")
        site.publish(*log[first:last])
        site.life(channel)
    for address, wanted in people.items():
        expected = [alert.alert_id for alert in audience(log, parse_filter({k: str(v) for k, v in wanted.items()}))]
        assert [alert_id for to, alert_id in channel.arrived if to == address] == expected
    expected = [alert.alert_id for alert in audience(log, late.filter, last_seq=half)]
    assert [alert_id for to, alert_id in channel.arrived if to == "late@x.org"] == expected
    ends = site.rows("SELECT status, attempts, COUNT(*) AS n FROM deliveries GROUP BY 1, 2")
    assert ends == [{"status": "delivered", "attempts": 1, "n": len(channel.arrived)}]


def test_one_address_with_two_wishes_gets_each_alert_once(site, log):
    first, second = site.subscribe("a@x.org", min_level="red"), site.subscribe("a@x.org", min_magnitude=5)
    assert first.recipient == second.recipient
    site.publish(*log)
    arrived = site.life(Fickle()).arrived
    assert len(arrived) == len(set(arrived)) > 10


def test_failures_are_tried_again_in_order_with_growing_pauses(site, log):
    site.subscribe("a@x.org")
    site.publish(*log[:5])
    pauses, channel = [], Fickle({log[1].alert_id: 4})
    site.life(channel, pauses=pauses)
    told = [alert.alert_id for alert in audience(log[:5], parse_filter({}))]
    assert [alert_id for _, alert_id in channel.arrived] == told
    assert len(pauses) == 4 and all(2**n <= pause <= 2 * 2**n for n, pause in enumerate(pauses))
    (row,) = site.rows(f"SELECT attempts FROM deliveries WHERE alert_id = '{log[1].alert_id}'")
    steps = site.rows(f"SELECT step, attempt, detail FROM delivery_log WHERE alert_id = '{log[1].alert_id}'")
    assert row["attempts"] == 5 and sum(each["step"] == "sending" for each in steps) == 5
    assert {each["detail"] for each in steps if each["step"] == "failed"} == {"no answer"}


def test_pauses_grow_to_ten_minutes_and_no_further():
    rng = random.Random(0)
    assert all(300 <= pause_s(failures, rng) <= LONGEST_PAUSE_S for failures in (10, 20, 1000))


def test_what_never_arrives_is_dead_after_its_attempts_and_the_next_goes_on(site, log):
    site.subscribe("a@x.org")
    site.publish(*log[:5])
    channel = site.life(Fickle({log[0].alert_id: 10**9}))
    assert len([key for key in channel.tried if key[1] == log[0].alert_id]) == ATTEMPTS
    ends = {row["alert_id"]: row["status"] for row in site.rows("SELECT alert_id, status FROM deliveries")}
    assert ends.pop(log[0].alert_id) == "dead" and set(ends.values()) == {"delivered"}


def test_what_is_refused_for_good_is_not_tried_again(site, log):
    site.subscribe("a@x.org")
    site.publish(log[0])
    channel = site.life(Fickle({log[0].alert_id: 9}, Undeliverable("550 no such user")))
    assert len(channel.tried) == 1
    assert site.rows("SELECT status, attempts FROM deliveries") == [{"status": "dead", "attempts": 1}]


def test_who_leaves_gets_nothing_more_and_who_comes_back_nothing_old(site, log):
    made = site.subscribe("a@x.org")
    site.publish(*log[:3])
    remove_subscription(site.storage, made.id)
    again = site.subscribe("a@x.org")
    site.publish(*log[3:6])
    arrived = site.life(Fickle()).arrived
    assert {alert_id for _, alert_id in arrived} == {a.alert_id for a in audience(log[:6], again.filter, last_seq=3)}
    with pytest.raises(LookupError, match=again.id):
        remove_subscription(site.storage, made.id)


def test_a_message_before_its_row_waits_and_a_row_out_of_order_too(site, log):
    site.subscribe("a@x.org")
    site.publish(log[0], visible=False)
    channel = Fickle()
    site.life(channel)
    assert not channel.arrived
    site.warehouse.insert([log[1]])
    site.life(channel)
    assert not channel.arrived
    site.warehouse.insert([log[0]])
    site.life(channel)
    assert [each[1] for each in channel.arrived] == [a.alert_id for a in audience(log[:2], parse_filter({}))]


def test_replays_are_for_those_who_ask_and_drills_for_all(site, log):
    site.subscribe("a@x.org")
    add_subscription(site.storage, "email", "b@x.org", {}, NOW, replays=True, epoch="e1")
    past = replace(log[0], mode="replay")
    drill = replace(log[0], drill=True, quake_id="drill-1", alert_id="drill-1.1", seq=2)
    site.publish(past, drill)
    assert sorted(site.life(Fickle()).arrived) == [
        ("a@x.org", drill.alert_id), ("b@x.org", drill.alert_id), ("b@x.org", past.alert_id),
    ]  # fmt: skip


def test_a_parcel_names_what_its_recipient_was_told_before(site, log, assessed):
    number = Sequencer("e1")
    chain, first = decide(assessed(), None)
    chain, second = decide(assessed(2, magnitude=6.9), chain)
    _, third = decide(assessed(3, status="withdrawn"), chain)
    alerts, told = [number.assign(draft) for draft in (first, second, third)], []

    class Reader(Fickle):
        """Notes what parcels say."""

        async def send(self, parcel):
            told.append(parcel.told)

    site.subscribe("a@x.org")
    for alert in alerts:
        site.publish(alert)
        site.life(Reader())
    ids = [alert.alert_id for alert in alerts]
    assert told == [(), (ids[0],), (ids[0], ids[1])]


def test_only_one_notifier_serves_a_log(tmp_path):
    with only_one(tmp_path / "a.lock"):
        with pytest.raises(ValueError, match="another notifier"), only_one(tmp_path / "a.lock"):
            pass
    with only_one(tmp_path / "a.lock"):
        pass


def test_secrets_and_addresses_stay_in_private_files(site, log):
    made = add_subscription(site.storage, "webhook", "https://x.org/geheim", {}, NOW)
    file = site.settings.data / "subscriptions" / f"{made.id}.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert made.secret not in repr(made) and "geheim" not in repr(made) + made.shown and made.shown == "https://x.org/…"
    with pytest.raises(ValueError, match="already"):
        add_subscription(site.storage, "webhook", "https://x.org/geheim", {}, NOW)
    other = add_subscription(site.storage, "webhook", "https://x.org/geheim", {"min_level": "red"}, NOW)
    assert other.secret == made.secret and other.recipient == made.recipient
    with pytest.raises(ValueError, match="min_level"):
        add_subscription(site.storage, "email", "a@x.org", {"min_levle": "red"}, NOW)


def test_chaos_a_notifier_killed_while_it_sends_repeats_one_mail_under_its_name_and_loses_none(site, log):
    """The real process against a real SMTP server, ended by SIGKILL whenever the server holds a mail it has not
    acknowledged to the tables: promised is at least once, the same Message-ID, and one row a delivery."""
    site.subscribe("a@x.org")
    log = log[:9]
    told = [alert.alert_id for alert in audience(log, parse_filter({}))]
    assert len(told) > 4

    async def act():
        async with SmtpServer() as server:
            server.hold_after = 3
            environment = {
                **os.environ,
                "QUAKE_DATA": str(site.settings.data),
                "QUAKE_SMTP": f"smtp://127.0.0.1:{server.port}",
                "QUAKE_SENDER": "quake@example.org",
            }
            command = [sys.executable, "-m", "alerts"]
            first = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            site.publish(*log)
            await until(lambda: len(server.mails) == 3)
            first.send_signal(signal.SIGKILL)
            first.wait()
            server.hold_after = 10**9
            second = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            await until(lambda: len(site.rows("SELECT * FROM deliveries")) == len(told))
            second.terminate()
            assert await asyncio.to_thread(second.wait, 20) == 0
            return [mail["Message-ID"] for mail in server.mails]

    arrived = asyncio.run(act())
    assert len(arrived) == len(told) + 1 and arrived[2] == arrived[3] and len(set(arrived)) == len(told)
    assert [each.partition(".")[2].rpartition(".r")[0] for each in dict.fromkeys(arrived)] == told
    attempts = {row["alert_id"]: row["attempts"] for row in site.rows("SELECT * FROM deliveries")}
    assert attempts.pop(told[2]) == 2 and set(attempts.values()) == {1}


async def until(true, seconds=30.0):
    """Returns once it is so."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.15)
