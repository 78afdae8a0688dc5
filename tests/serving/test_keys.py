"""Keys and tickets: what each opens, when it ends, how much of it; and that no log ever shows one."""

import asyncio
import hmac
import json
import os
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from typer.testing import CliRunner
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from launcher.__main__ import app as quake
from quake.adapters.log import configure
from quake.adapters.storage import open_storage
from serving.buckets import network_of
from serving.guard import NEEDED, needed_scope
from serving.keys import FILE, SCOPES, add_key, digest_of, find_key, read_keys, revoke_key
from serving.tickets import LIFE_S, Tickets

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture(name="storage")
def _storage(tmp_path):
    return open_storage(f"file://{tmp_path}")


@pytest.fixture(name="guarded")
def _guarded(world, monkeypatch):
    """A server that nobody reads without a key, and a maker of keys that it knows at once."""
    monkeypatch.setattr("serving.app.REFRESH_S", 0.05)
    storage = open_storage(world.settings.storage)
    first, _ = add_key(storage, ["read"], "reader", NOW)
    server = world.serve(public_read=False)

    def make(*scopes, **limits):
        key, kept = add_key(storage, scopes, "test", NOW, **limits)
        server.app.state.services.guard.refresh(storage)
        return key, kept

    return server, first, make


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def test_a_key_is_kept_as_a_digest_that_only_its_owner_reads(storage, tmp_path):
    key, kept = add_key(storage, ["assess", "read"], "map", NOW)
    assert key not in storage.read(FILE).decode() and kept.digest == digest_of(key)
    assert len(key.split("_", 2)[2]) >= 40 and kept.scopes == ("read", "assess")
    assert os.stat(tmp_path / FILE).st_mode & 0o077 == 0
    assert read_keys(storage) == {kept.id: kept}


@pytest.mark.parametrize(
    ("text", "at", "found"),
    [("{key}", 0, True), ("{key}x", 0, False), ("quake_{id}_", 0, False), ("", 0, False), ("quake_", 0, False),
     ("{key}", 31, False), ("the old way", 0, True), ("the old way\ud800", 0, False)],
)  # fmt: skip
def test_only_the_whole_key_opens_until_its_end(storage, text, at, found):
    key, kept = add_key(storage, ["read"], "", NOW, NOW + timedelta(days=30))
    given = text.format(key=key, id=kept.id)
    opened = find_key(given, read_keys(storage), (digest_of("the old way"),), NOW + timedelta(days=at))
    assert (opened is not None) is found


def test_keys_and_tickets_are_compared_in_constant_time(storage, monkeypatch):
    """By `hmac.compare_digest`, whole digests, and all of them though the first is the one."""
    compared, compare = [], hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda one, other: compared.append((one, other)) or compare(one, other))
    _, kept = add_key(storage, ["read"], "", NOW)
    digests = tuple(map(digest_of, ("one", "two", "three")))
    assert find_key("one", {kept.id: kept}, digests, NOW)
    assert compared == [(digest_of("one"), digest) for digest in digests]
    assert find_key(wrong := f"quake_{kept.id}_x", {kept.id: kept}, (), NOW) is None
    assert compared[3:] == [(digest_of(wrong), kept.digest)]
    tickets = Tickets()
    tickets.redeem(tickets.issue("someone", 1000.0), 1001.0)
    assert len(compared) == 5 and len(compared[4][0]) == 32


def test_an_unknown_scope_is_refused_with_those_there_are(storage):
    with pytest.raises(ValueError, match="no scope write; known: public-read, read, assess, admin"):
        add_key(storage, ["read", "write"], "", NOW)
    with pytest.raises(LookupError, match="no key 'abc'; known: none"):
        revoke_key(storage, "abc", NOW)


def test_scopes_open_what_they_say(guarded):
    server, reader, make = guarded
    watcher, admin = make("public-read")[0], make("admin")[0]
    asked = {("GET", "/v1/events"): 200, ("POST", "/v1/tickets"): 201, ("GET", "/metrics"): 200}
    allowed = {None: 0, watcher: 1, reader: 2, admin: 3}
    for key, count in allowed.items():
        headers = bearer(key) if key else {}
        got = [server.http.request(*request, headers=headers).status_code for request in asked]
        assert got == list(asked.values())[:count] + [403 if key else 401] * (3 - count)
    refused = server.http.post("/v1/assess", headers=bearer(reader))
    assert refused.json()["detail"].startswith("scope assess is needed (POST /v1/assess); this key has read")


def test_what_is_not_reading_needs_admin_unless_it_is_named():
    assert needed_scope("GET", "/v1/events") == needed_scope("WEBSOCKET", "/v1/alerts/stream") == "public-read"
    assert needed_scope("POST", "/v1/whatever-comes") == needed_scope("DELETE", "/v1/events") == "admin"
    assert set(NEEDED.values()) <= SCOPES.keys()


def test_a_revoked_key_ends_within_seconds(guarded, until):
    server, reader, make = guarded
    key, kept = make("read")
    assert server.http.get("/v1/events", headers=bearer(key)).status_code == 200
    revoke_key(server.app.state.services.storage, kept.id, NOW)
    until(lambda: server.http.get("/v1/events", headers=bearer(key)).status_code == 401)
    assert server.http.get("/v1/events", headers=bearer(reader)).status_code == 200


def test_a_wrong_key_is_not_taken_for_none(world):
    """A client whose key was revoked hears of it, instead of being served as anyone is."""
    add_key(open_storage(world.settings.storage), ["read"], "", NOW)
    server = world.serve()
    assert server.http.get("/v1/events").status_code == 200
    assert server.http.get("/v1/events", headers=bearer("quake_0_0")).status_code == 401


def test_each_key_has_a_rate_of_its_own(guarded):
    server, reader, make = guarded
    slow, _ = make("read", rate_limit=2)
    got = [server.http.get("/v1/alerts", headers=bearer(slow)).status_code for _ in range(3)]
    assert got == [200, 200, 429]
    assert server.http.get("/v1/alerts", headers=bearer(reader)).status_code == 200


def test_each_key_has_streams_of_its_own(guarded, run):
    server, reader, make = guarded
    few, _ = make("read", stream_limit=2)

    async def many():
        options = {"proxy": None, "additional_headers": bearer(few)}
        async with connect(server.stream, **options), connect(server.stream, **options):
            with pytest.raises(InvalidStatus) as refused:
                await connect(server.stream, **options)
            async with connect(server.stream, proxy=None, additional_headers=bearer(reader)):
                pass
        while True:  # the server hears of a leave a moment later
            try:
                async with connect(server.stream, **options):
                    return refused.value.response
            except InvalidStatus:
                await asyncio.sleep(0.02)

    response = run(many())
    assert response.status_code == 429 and b"2 streams are all" in response.body


async def hello(url):
    async with connect(url, proxy=None) as socket:
        return json.loads(await socket.recv())["type"]


def test_a_ticket_opens_one_stream_without_a_key(guarded, run):
    server, reader, _ = guarded
    answer = server.http.post("/v1/tickets", headers=bearer(reader))
    url = f"{server.stream}?ticket={answer.json()['ticket']}"
    assert answer.status_code == 201 and run(hello(url)) == "hello"
    with pytest.raises(InvalidStatus) as again:
        run(hello(url))
    assert again.value.response.status_code == 401 and b"opens one stream" in again.value.response.body
    with pytest.raises(InvalidStatus):
        run(hello(server.stream))
    ticket = server.http.post("/v1/tickets", headers=bearer(reader)).json()["ticket"]
    assert server.http.get("/v1/events", params={"ticket": ticket}).status_code == 401


def test_a_ticket_ends_and_cannot_be_made_elsewhere():
    tickets = Tickets()
    text = tickets.issue("someone", 1000.0)
    with pytest.raises(ValueError, match="good for 60 s"):
        tickets.redeem(text, 1000.0 + LIFE_S)
    for forged in (Tickets().issue("someone", 1000.0), text[:-2] + "AA", "a.b", "", "x", "é.é", f"{text}.x"):
        with pytest.raises(ValueError, match="POST /v1/tickets"):
            tickets.redeem(forged, 1001.0)
    assert tickets.redeem(text, 1001.0).caller == "someone"


def test_processes_over_one_storage_know_each_others_tickets(storage):
    one, two = Tickets(), Tickets()
    one.refresh(storage)
    two.refresh(storage)
    assert two.redeem(one.issue("a", 0.0), 1.0).caller == "a"


@pytest.mark.parametrize(
    ("client", "network"),
    [("203.0.113.9", "203.0.113.9"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"), ("::ffff:203.0.113.9", "203.0.113.9"),
     ("testclient", "testclient")],
)  # fmt: skip
def test_an_ipv6_customer_is_one_client(client, network):
    assert network_of(client) == network


def test_no_log_shows_a_secret(guarded, run, capfd, monkeypatch):
    server, reader, make = guarded
    configure("api", as_json=True)
    admin, wrong = make("admin")[0], "quake_00000000_wrongwrongwrong"
    ticket = server.http.post("/v1/tickets", headers=bearer(reader)).json()["ticket"]
    for _ in range(2):
        try:
            run(hello(f"{server.stream}?ticket={ticket}"))
        except InvalidStatus:
            pass
    server.http.get("/v1/events", headers=bearer(wrong))
    server.http.post("/v1/assess", headers=bearer(reader), content=b"{")
    monkeypatch.setattr("serving.reads.event", lambda *_: 1 / 0)
    assert server.http.get("/v1/events/q1", headers=bearer(admin)).status_code == 500
    logged = "".join(capfd.readouterr())
    structlog.reset_defaults()
    assert '"event": "request failed"' in logged and '"status": 401' in logged
    secrets = [reader, admin, wrong, ticket, ticket.partition(".")[2], open_secret(server)]
    assert [secret for secret in secrets if secret in logged] == []


def open_secret(server):
    return server.app.state.services.storage.read("keys/ticket_secret").decode()


def test_keys_are_made_listed_and_revoked_by_command(tmp_path):
    run, data = CliRunner().invoke, ["--data", str(tmp_path)]
    made = run(quake, ["keys", "add", "the map", "--scope", "read", "--scope", "assess", "--days", "30", *data])
    key = made.stdout.strip()
    kept = read_keys(open_storage(f"file://{tmp_path}"))[key.split("_", 2)[1]]
    assert made.exit_code == 0 and kept.digest == digest_of(key) and kept.scopes == ("read", "assess")
    listed = run(quake, ["keys", "list", *data]).stdout
    assert "valid" in listed and "the map" in listed and key not in listed
    assert run(quake, ["keys", "revoke", kept.id, *data]).exit_code == 0
    assert "revoked" in run(quake, ["keys", "list", *data]).stdout
    unknown = run(quake, ["keys", "revoke", "nobody", *data])
    assert unknown.exit_code == 2 and "no key 'nobody'" in unknown.stderr
