"""The embedded store: addresses, sharing, transactions, versions of the schema, retention, many processes at once."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import fields
from datetime import UTC, datetime

import pytest

from quake.adapters.bus import Message
from quake.adapters.bus.sqlite import SqliteBus
from quake.adapters.columns import columns
from quake.adapters.store import Options, Store, parse_url
from quake.adapters.warehouse.sqlite import SqliteWarehouse
from quake.schema import TABLES, DeadLetter, Table

DAY_S = 86_400.0


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'folder' / 'quake.db'}"


@pytest.fixture
def store(url):
    with closing(Store.open(parse_url(url)[0])) as opened:
        yield opened


def letter(key: str) -> DeadLetter:
    now = datetime(2023, 2, 6, tzinfo=UTC)
    return DeadLetter(source="test", payload_hash=key, reason="none", payload="", received_at=now)


def kept(store: Store) -> list[str]:
    return [key for (key,) in store.read("SELECT payload_hash FROM dead_letters ORDER BY row_id")]


def test_an_address_names_a_file_and_options(tmp_path):
    path, options = parse_url(f"sqlite:///{tmp_path}/a%20b.db?lease_s=2.5&max_attempts=9&retention_days=1&memory_mb=64")
    assert path == tmp_path / "a b.db"
    assert options == Options(lease_s=2.5, max_attempts=9, retention_days=1.0, memory_mb=64)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("sqlite://quake.db", "like sqlite:////absolute/path.db"),
        ("sqlite:///", "like sqlite:////absolute/path.db"),
        ("postgres:///quake.db", "not the address of a store"),
        ("sqlite:////quake.db?lease=3", "known: lease_s"),
        ("sqlite:////quake.db?lease_s=soon", "positive float"),
        ("sqlite:////quake.db?max_attempts=0", "positive int"),
        ("sqlite:////quake.db?lease_s=nan", "positive float"),
    ],
)
def test_a_wrong_address_says_what_would_be_right(wrong, reason):
    with pytest.raises(ValueError, match=reason):
        parse_url(wrong)


def test_bus_and_warehouse_share_one_store_until_the_last_closes(url):
    bus, warehouse = SqliteBus(url + "?lease_s=5"), SqliteWarehouse(url)
    assert bus.store is warehouse.store
    bus.close()
    assert warehouse.insert([letter("a")]) == 1
    warehouse.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        warehouse.store.read("SELECT 1")
    with closing(SqliteWarehouse(url)) as again:
        assert kept(again.store) == ["a"]


def test_commits_are_durable_and_do_not_block_readers(store):
    with closing(store.connect()) as connection:
        modes = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert modes == ["wal", 2]
    with store.transaction() as connection:
        connection.execute("INSERT INTO bus_topics VALUES ('events')")
        assert store.read("SELECT * FROM bus_topics") == []
    assert store.read("SELECT * FROM bus_topics") == [("events",)]


def test_an_inner_failure_takes_back_only_itself(url):
    with closing(SqliteWarehouse(url)) as warehouse:
        with warehouse.store.transaction():
            warehouse.insert([letter("before")])
            with pytest.raises(ZeroDivisionError), warehouse.store.transaction():
                warehouse.insert([letter("inside")])
                raise ZeroDivisionError
            warehouse.insert([letter("after")])
        assert kept(warehouse.store) == ["before", "after"]


def test_every_commit_by_anyone_changes_the_version(store):
    before = store.version()
    assert store.version() == before
    with store.transaction() as connection:
        connection.execute("INSERT INTO bus_topics VALUES ('events')")
    after = store.version()
    with closing(store.connect()) as other:
        other.execute("INSERT INTO bus_topics VALUES ('alerts')")
    assert len({before, after, store.version()}) == 3


def test_a_store_takes_in_new_columns_that_may_be_null(url):
    path, _ = parse_url(url)
    with closing(SqliteWarehouse(url)) as warehouse, warehouse.store.transaction() as connection:
        connection.execute("ALTER TABLE event_reports DROP COLUMN nst")
    with closing(Store.open(path)) as store:
        assert "nst" in [name for _, name, *_ in store.read("PRAGMA table_info(event_reports)")]


def test_a_store_without_a_needed_column_says_so(url):
    path, _ = parse_url(url)
    with closing(Store.open(path)) as store, store.transaction() as connection:
        connection.execute("ALTER TABLE event_reports DROP COLUMN place")
    with pytest.raises(ValueError, match="event_reports lacks place"):
        Store.open(path)


def test_columns_follow_the_dataclasses():
    for name, table in TABLES.items():
        assert [column.name for column in columns(name)] == [field.name for field in fields(table.row)]
        assert not [column.name for column in columns(name) if column.nullable and column.name in table.key]


def test_a_key_that_may_be_null_is_refused(monkeypatch):
    report = TABLES["event_reports"]
    monkeypatch.setitem(TABLES, "loose", Table("loose", report.row, ("magnitude",), report.partition, ()))
    with pytest.raises(ValueError, match="key columns may not be null: magnitude"):
        columns("loose")


def test_old_messages_go_once_every_subscription_has_settled_them(url):
    now = [0.0]
    with closing(SqliteBus(url + "?retention_days=2&lease_s=1e9", clock=lambda: now[0])) as bus:
        bus.subscribe("events", "fast")
        bus.subscribe("events", "slow")
        bus.publish("events", [Message(b"a"), Message(b"b")])
        bus.publish("unheard", [Message(b"c")])
        bus.ack("fast", [message.lease for message in bus.pull("fast")])
        slow = bus.pull("slow")
        bus.ack("slow", [slow[0].lease])
        now[0] = 3 * DAY_S
        bus.publish("events", [Message(b"d")])
        assert bus.store.read("SELECT data FROM bus_messages") == [(b"b",), (b"d",)]
        bus.ack("slow", [slow[1].lease])
        bus.retire()
        assert bus.store.read("SELECT data FROM bus_messages") == [(b"d",)]


def test_messages_are_not_kept_for_a_subscription_that_has_ended(url):
    now = [0.0]
    with closing(SqliteBus(url + "?retention_days=2&lease_s=1e9", clock=lambda: now[0])) as bus:
        bus.subscribe("alerts", "gone")
        bus.publish("alerts", [Message(b"a"), Message(b"b")])
        bus.pull("gone", 1)
        now[0] = 3 * DAY_S
        bus.retire()
        assert len(bus.store.read("SELECT data FROM bus_messages")) == 2
        bus.unsubscribe("gone")
        bus.retire()
        assert bus.store.read("SELECT data FROM bus_messages") == [] == bus.store.read("SELECT * FROM bus_leases")


def test_processes_that_make_the_same_store_at_once_all_succeed(url):
    script = (
        "import sys; from quake.adapters.bus import *; bus = open_bus(sys.argv[1]); bus.subscribe('events', sys.argv[2])"
        "; bus.publish('events', [Message(b'x')])"
    )
    starters = [subprocess.Popen([sys.executable, "-c", script, url, str(i)]) for i in range(4)]
    assert [starter.wait(timeout=60) for starter in starters] == [0, 0, 0, 0]
    with closing(SqliteBus(url)) as bus:
        assert bus.store.read("SELECT COUNT(*) FROM bus_messages") == [(4,)]
