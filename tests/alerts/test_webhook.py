"""Webhooks: the signature against Standard Webhooks' own example, the guard, and a real receiver on loopback."""

import asyncio
import json
import socket
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from alerts.channels import Parcel, Undeliverable
from alerts.channels.webhook import WebhookChannel
from alerts.rules import decide
from alerts.sequencer import Sequencer
from alerts.subscriptions import Subscription
from quake.adapters.addresses import Forbidden, check_address, checked_addresses
from quake.adapters.webhook import ANSWER_LIMIT, post, signed_headers
from quake.settings import Settings
from tests.alerts.servers import LocalServer

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # pragma: allowlist secret
HERE = ("127.0.0.0/8",)


@pytest.fixture
def alert(assessed):
    """An ALERT."""
    return Sequencer("e1").assign(decide(assessed(), None)[1])


class Receiver(LocalServer):
    """An HTTP/1.1 receiver that answers with `reply` and keeps what came."""

    def __init__(self, reply=b"HTTP/1.1 204 No Content\r\n\r\n", drip_s=0.0):
        super().__init__()
        self.reply, self.drip_s, self.requests = reply, drip_s, []

    async def serve(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.lower().split(": ", 1) for line in head.strip().split("\r\n")[1:])
        self.requests.append((headers, await reader.readexactly(int(headers["content-length"]))))
        try:
            for number in range(0, len(self.reply), 1000 if not self.drip_s else 1):
                writer.write(self.reply[number : number + (1000 if not self.drip_s else 1)])
                await writer.drain()
                await asyncio.sleep(self.drip_s)
        except ConnectionError:
            return


def to(url):
    return Subscription(id="5f3a", channel="webhook", recipient="r1", address=url, secret=SECRET)


def sent(alert, reply=b"HTTP/1.1 204 No Content\r\n\r\n", times=1):
    """What the receiver got."""

    async def act():
        async with Receiver(reply) as receiver:
            settings = Settings(webhook_http=True, webhook_networks=HERE)
            channel = WebhookChannel(settings, clock=lambda: 1_700_000_000.9)
            for _ in range(times):
                await channel.send(Parcel(alert, to(f"http://127.0.0.1:{receiver.port}/in?key=1")))
            return receiver.requests

    return asyncio.run(act())


def test_the_signature_is_that_of_standard_webhooks():
    """The example that the standard's reference implementations test themselves with."""
    made = signed_headers(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_example_of_the_handbook_verifies_what_we_sign_and_refuses_the_rest(monkeypatch):
    page = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text("utf-8")
    code = page[page.index("    import base64") : page.index("Every attempt is signed anew")]
    verified = {}
    exec(dedent(code), verified)  # pylint: disable=exec-used  # the example is ours
    headers = signed_headers(SECRET, "e1.q.1", 1_700_000_000, b"{}")
    for now, secret, body, expected in (
        (1_700_000_299, SECRET, b"{}", True),
        (1_700_000_301, SECRET, b"{}", False),
        (1_700_000_000, SECRET, b"{ }", False),
        (1_700_000_000, SECRET[:-1] + "A", b"{}", False),
    ):
        monkeypatch.setattr("time.time", lambda now=now: now)
        assert verified["verified"](secret, headers, body) is expected


def test_a_receiver_gets_the_alert_signed_with_id_and_time(alert):
    ((headers, body),) = sent(alert)
    expected = signed_headers(SECRET, "e1.q20260301-abcdefgh.1", 1_700_000_000, body)
    assert {name: headers[name] for name in expected} == {name: text.lower() for name, text in expected.items()}
    content = json.loads(body)
    assert content["type"] == "alert" and content["data"]["alert_id"] == alert.alert_id
    assert content["data"]["headline"] == alert.headline and content["timestamp"] == "2026-03-01T12:10:00+00:00"


def test_an_alert_sent_again_carries_the_same_id_and_body(alert):
    (first, body), (second, again) = sent(alert, times=2)
    assert first["webhook-id"] == second["webhook-id"] and body == again


def test_a_drill_is_of_another_type(alert):
    ((_, body),) = sent(replace(alert, drill=True))
    assert json.loads(body)["type"] == "exercise" and json.loads(body)["data"]["drill"] is True


def test_redirects_are_not_followed_and_gone_means_gone(alert):
    with pytest.raises(OSError, match="302"):
        sent(alert, b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n")
    with pytest.raises(OSError, match="500"):
        sent(alert, b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")
    with pytest.raises(OSError):
        sent(alert, b"what?")
    with pytest.raises(Undeliverable, match="410"):
        sent(alert, b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")


FORBIDDEN = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200",
    "168.63.129.16", "224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::1", "::",
    "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
    "::ffff:10.0.0.1", "::ffff:1.1.1.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::1", "::127.0.0.1", "2001:db8::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]  # fmt: skip


@pytest.mark.parametrize("address", FORBIDDEN)
def test_adversarial_addresses_inside_are_refused(address):
    with pytest.raises(Forbidden):
        check_address(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111"])
def test_addresses_outside_are_not(address):
    check_address(address)


def test_a_network_may_be_allowed_and_then_only_that():
    check_address("10.1.2.3", ("10.1.0.0/16",))
    check_address("::ffff:10.1.2.3", ("10.1.0.0/16",))
    with pytest.raises(Forbidden):
        check_address("10.2.2.3", ("10.1.0.0/16",))


def test_adversarial_one_bad_address_among_good_ones_forbids_the_name():
    async def resolving(_host, _port):
        return ["1.1.1.1", "169.254.169.254"]

    with pytest.raises(Forbidden, match="169.254"):
        asyncio.run(checked_addresses("rebind.example", 443, (), resolving))


def test_adversarial_rebinding_cannot_happen_between_check_and_connection(monkeypatch):
    """The name is looked up once for one call; the connection goes to the number that was checked."""
    asked, connected = [], []

    async def resolving(host, _port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    connect = socket.socket.connect

    def watched(self, where):
        connected.append(where[0])
        return connect(self, where)

    monkeypatch.setattr(socket.socket, "connect", watched)

    async def act():
        async with Receiver() as receiver:
            url = f"http://rebind.example:{receiver.port}/"
            return await post(url, b"{}", {"host": "rebind.example"}, allowed=HERE, resolving=resolving)

    assert asyncio.run(act()).status == 204
    assert asked == ["rebind.example"] and set(connected) == {"127.0.0.1"}


@pytest.mark.parametrize(
    "url",
    ["http://example.org", "ftp://example.org", "https://", "https://user:pw@example.org",  # pragma: allowlist secret
     "https://e.org/#a", "x",
     "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest", "https://exämple.org/",
     "https://e.org/\r\nHost: x"],
)  # fmt: skip
def test_a_url_that_cannot_be_is_refused_at_once(url):
    with pytest.raises(ValueError):
        WebhookChannel(Settings()).check(url)


@pytest.mark.parametrize("url", ["https://2130706433/", "https://0x7f000001/", "https://127.1/", "https://localhost/"])
def test_adversarial_other_spellings_of_loopback_are_refused_when_they_are_called(url, alert):
    with pytest.raises((Undeliverable, OSError)) as told:
        asyncio.run(WebhookChannel(Settings()).send(Parcel(alert, to(url))))
    assert isinstance(told.value, Undeliverable) or "not known" in str(told.value)


def test_adversarial_a_dripping_or_endless_answer_ends(alert):
    async def act(receiver, **given):
        async with receiver:
            return await post(f"http://127.0.0.1:{receiver.port}/", b"{}", {"host": "x"}, allowed=HERE, **given)

    with pytest.raises(TimeoutError):
        asyncio.run(act(Receiver(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1000, drip_s=0.05), timeout_s=0.4))
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 9_000_000
    assert len(asyncio.run(act(Receiver(long))).body) == ANSWER_LIMIT
