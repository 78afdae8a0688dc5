"""`quake subscribe`, `quake notify`, `quake drill` as typed, against a real store, SMTP server and webhook receiver."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from launcher.__main__ import app
from quake.adapters.bus import open_bus
from quake.adapters.registry import committed
from quake.adapters.registry.alias import place, write_aliases
from quake.adapters.storage import open_storage
from quake.adapters.topics import ENGINE, EVENTS
from quake.event import Drill, decode
from quake.settings import Settings
from tests.alerts.servers import SmtpServer

RUNNER = CliRunner()


@pytest.fixture
def quake(tmp_path, monkeypatch):
    """Runs `quake ...` on an empty data folder and returns what came of it."""
    monkeypatch.setenv("QUAKE_DATA", str(tmp_path))

    def run(*words, code=0):
        done = RUNNER.invoke(app, list(words))
        assert done.exit_code == code, done.output + repr(done.exception)
        return done

    return run


def test_a_subscription_is_added_listed_and_removed(quake):
    made = quake(
        "subscribe", "add", "--channel", "email", "--to", "ann@Example.org", "--min-level", "yellow", "--point",
        "35,139", "--radius-km", "200",
    )  # fmt: skip
    assert "QUAKE_SMTP" in made.stderr and not made.stdout
    (line,) = quake("subscribe", "list").stdout.splitlines()
    identity = line.split()[0]
    assert "a…@example.org" in line and "ann@" not in line and "radius_km=200.0 latitude=35.0 longitude=139.0" in line
    assert identity in quake("subscribe", "remove", identity).stdout
    assert not quake("subscribe", "list").stdout
    assert "no subscription" in quake("subscribe", "remove", identity, code=2).stderr


def test_a_webhooks_secret_is_printed_once_and_never_again(quake):
    made = quake("subscribe", "add", "--channel", "webhook", "--to", "https://example.org/hook?token=abc")
    secret = made.stdout.strip()
    assert secret.startswith("whsec_") and secret not in made.stderr
    listed = quake("subscribe", "list").output
    assert secret not in listed and "token" not in listed and "https://example.org/…" in listed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--channel", "pigeon", "--to", "x"), "known: email, webhook"),
        (("--channel", "email", "--to", "nobody"), "name@example.org"),
        (("--channel", "webhook", "--to", "http://example.org"), "schemes: https"),
        (("--channel", "webhook", "--to", "https://10.0.0.1/x"), "QUAKE_WEBHOOK_NETWORKS"),
        (("--channel", "email", "--to", "a@b.org", "--min-level", "purple"), "none, green, yellow, orange, red"),
        (("--channel", "email", "--to", "a@b.org", "--radius-km", "5"), "need a point"),
        (("--channel", "email", "--to", "a@b.org", "--point", "139"), "like 35.0,139.0"),
        (("--channel", "email", "--to", "a@b.org", "--point", "139,35"), "in this order"),
    ],
)
def test_a_wish_that_cannot_be_is_answered_with_what_would_be_right(quake, words, said):
    assert said in " ".join(quake("subscribe", "add", *words, code=2).stderr.replace("│", " ").split())
    assert not quake("subscribe", "list").stdout


def test_a_subscription_is_tried_out_at_once(quake, monkeypatch):
    async def act():
        async with SmtpServer() as server:
            monkeypatch.setenv("QUAKE_SMTP", f"smtp://127.0.0.1:{server.port}")
            await asyncio.to_thread(quake, "subscribe", "add", "--channel", "email", "--to", "ann@example.org")
            identity = (await asyncio.to_thread(quake, "subscribe", "list")).stdout.split()[0]
            said = await asyncio.to_thread(quake, "subscribe", "test", identity)
            server.replies = ["550 no such user"]
            again = await asyncio.to_thread(quake, "subscribe", "test", identity, code=2)
            return server.mails, said, again

    (mail,), said, again = asyncio.run(act())
    assert mail["Subject"].startswith("[EXERCISE, nothing happened]") and "delivered to a…@example.org" in said.stdout
    assert "550 no such user" in again.stderr


def test_a_drill_is_a_message_with_figures_for_the_engine(quake, tmp_path):
    """On the committed default model: a large earthquake below Tokyo must come out red, and as a drill only."""
    settings = Settings(data=tmp_path)
    storage = open_storage(settings.storage)
    write_aliases(storage, {"champion": place(storage, "1", *committed(), "2026-03-01T00:00:00+00:00")})
    bus = open_bus(settings.bus)
    bus.subscribe(EVENTS, ENGINE)
    identity = quake("drill", "--at", "35.7,139.7", "--magnitude", "7.1", "--cancel").stdout.strip()
    begin, end = [decode(message.data) for message in bus.pull(ENGINE, 10, 0)]
    bus.close()
    assert isinstance(begin, Drill) and not begin.ends and end.ends and end.sequence == begin.sequence + 1
    assert abs(begin.at - datetime.now(UTC)) < timedelta(minutes=5)
    figures = json.loads(begin.assessment)
    assert figures["quake_id"] == identity and identity.startswith("drill-") and figures["role"] == "drill"
    assert figures["alert_level"] == "red" and figures["people_mmi6"] > 1_000_000
    assert figures["forecast_level"] == 3 and figures["probability"] > figures["baseline_probability"] > 0


@pytest.mark.parametrize(
    ("words", "said"),
    [((), "--at LAT,LON and --magnitude"), (("--at", "95,0", "--magnitude", "7"), "-90 to 90"),
     (("--id", "drill-x", "--cancel"), "no drill 'drill-x'")],
)  # fmt: skip
def test_a_drill_that_cannot_be_is_refused(quake, words, said):
    assert said in " ".join(quake("drill", *words, code=2).stderr.replace("│", " ").split())
