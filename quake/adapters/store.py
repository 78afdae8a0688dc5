"""The embedded store: one SQLite file that bus and warehouse share, so that one transaction can hold both.

One `Store` per file and process, used from any thread. Reached through the standard library's sqlite3 only: two SQLite
libraries in one process on one file corrupt what they read (docs/decisions/0004-embedded-store.md).
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path
from threading import Lock, RLock
from typing import ClassVar, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from quake.adapters.columns import columns
from quake.adapters.ddl import create_keys, create_table, declaration
from quake.schema import TABLES, Table

POLL_S = 0.005
"""Between two looks at whether anything was committed; one look costs some microseconds."""
BUSY_S = 30.0
"""How long a writer waits for another process's commit."""
SQLITE_NEEDED = (3, 37, 0)
"""STRICT tables exist from here on."""

OWN_TABLES = """
CREATE TABLE IF NOT EXISTS bus_topics (topic TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bus_messages (
    message_id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, data BLOB NOT NULL, attributes TEXT NOT NULL,
    published_at REAL NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS bus_messages_by_topic ON bus_messages (topic, message_id);
CREATE TABLE IF NOT EXISTS bus_subscriptions (
    subscription TEXT PRIMARY KEY, topic TEXT NOT NULL, read_to INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bus_leases (
    subscription TEXT NOT NULL, message_id INTEGER NOT NULL, attempt INTEGER NOT NULL, expires_at REAL NOT NULL,
    PRIMARY KEY (subscription, message_id)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS compactions (
    generation INTEGER PRIMARY KEY AUTOINCREMENT, table_name TEXT NOT NULL, file TEXT NOT NULL) STRICT;
"""
_OUTER = ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK")
_INNER = ("SAVEPOINT inner_step", "RELEASE inner_step", "ROLLBACK TO inner_step")


@dataclass(frozen=True, slots=True)
class Options:
    """What a `sqlite://` URL may say behind its `?`; bus and warehouse read the same URL."""

    lease_s: float = 30.0
    """Seconds until a pulled message that nobody settled comes back."""
    max_attempts: int = 5
    """Deliveries of one message to one subscription before it goes to `{topic}.dead`."""
    retention_days: float = 7.0
    """Age at which messages that every subscription has settled are deleted."""
    memory_mb: int = 512
    """What the in-memory mirror of a process may use."""


def sqlite_version() -> tuple[int, int, int]:
    """Of the SQLite library that Python brings."""
    return sqlite3.sqlite_version_info


def parse_url(url: str) -> tuple[Path, Options]:
    """File and options of `sqlite:////abs/path.db?lease_s=30`. Raises ValueError saying what is wrong."""
    parts = urlsplit(url)
    path = unquote(parts.path).removeprefix("/")
    if parts.scheme != "sqlite" or parts.netloc or not path or path.endswith("/"):
        raise ValueError(f"not the address of a store: {url!r}; like sqlite:////absolute/path.db")
    options = Options()
    types = {field.name: type(getattr(options, field.name)) for field in fields(options)}
    for name, text in parse_qsl(parts.query, keep_blank_values=True):
        if name not in types:
            raise ValueError(f"{url!r}: no option {name!r}; known: {', '.join(types)}")
        options = replace(options, **{name: _positive(name, types[name], text)})
    return Path(path).absolute(), options


def _positive(name: str, kind: type, text: str) -> int | float:
    with suppress(ValueError):
        value = kind(text)
        if 0 < value < float("inf"):
            return value
    raise ValueError(f"option {name}={text!r} must be a positive {kind.__name__}")


class Store:
    """A SQLite file in WAL mode, with every table made. Get it through `Store.open`."""

    _open: ClassVar[dict[Path, "Store"]] = {}
    _opening: ClassVar[RLock] = RLock()

    @classmethod
    def open(cls, path: Path) -> Self:
        """This process's one store at `path`, made if it is not there; each `open` needs its `close`."""
        with cls._opening:
            path = path.resolve()
            if path not in cls._open:
                path.parent.mkdir(parents=True, exist_ok=True)
                cls._open[path] = cls(path)
            store = cls._open[path]
            store._users += 1
            return store

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = RLock()
        self._reading = Lock()
        self._users = 0
        self._writer = self.connect()
        self._reader = self.connect()
        try:
            with self.transaction() as connection:
                _make_tables(connection)
        except BaseException:
            self._disconnect()
            raise

    def connect(self) -> sqlite3.Connection:
        """A connection of its own to the file, usable from any thread; the caller closes it."""
        connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        _use_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, durable on return; one inside another joins it, and alone takes back what it did."""
        with self.lock:
            inner = self._writer.in_transaction
            begin, commit, rollback = _INNER if inner else _OUTER
            self._writer.execute(begin)
            try:
                yield self._writer
                self._writer.execute(commit)
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute(rollback)
                raise

    def read(self, sql: str, parameters: tuple[object, ...] = ()) -> list[tuple]:
        """Rows of committed state; never waits for a writer."""
        with self._reading:
            return self._reader.execute(sql, parameters).fetchall()

    def version(self) -> int:
        """Another number after any commit by anyone."""
        return self.read("PRAGMA data_version")[0][0]

    def wait(self, version: int, timeout_s: float) -> None:
        """Returns once `version()` is no longer `version`, or after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while self.version() == version and time.monotonic() < deadline:
            time.sleep(POLL_S)

    def close(self) -> None:
        """Lets go; the last to do so closes the file."""
        with self._opening, self.lock:
            self._users -= 1
            if self._users == 0:
                self._open.pop(self.path, None)
                self._disconnect()

    def _disconnect(self) -> None:
        self._reader.close()
        self._writer.close()


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switching to WAL does not honour the busy timeout when two processes make the file at once."""
    deadline = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(POLL_S)


def _make_tables(connection: sqlite3.Connection) -> None:
    for statement in OWN_TABLES.split(";"):
        connection.execute(statement)
    for table in TABLES.values():
        connection.execute(create_table(table))
        connection.execute(create_keys(table))
        _add_columns(connection, table)


def _add_columns(connection: sqlite3.Connection, table: Table) -> None:
    """Takes in columns that the schema has gained since the file was made; only those that may be null can join."""
    present = {name for _, name, *_ in connection.execute(f"PRAGMA table_info({table.name})")}
    for column in columns(table.name):
        if column.name in present:
            continue
        if not column.nullable:
            raise ValueError(
                f"the store was made by another version: {table.name} lacks {column.name}, which may not be null; "
                "start with a new data folder, or move the old one away"
            )
        connection.execute(f'ALTER TABLE {table.name} ADD COLUMN "{column.name}" {declaration(column)}')
