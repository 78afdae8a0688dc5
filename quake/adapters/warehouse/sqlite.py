"""The embedded warehouse: rows in the store's SQLite file, asked through an in-memory DuckDB mirror."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from threading import Lock
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from quake.adapters.columns import encode_row
from quake.adapters.ddl import insert_row
from quake.adapters.store import Store, parse_url
from quake.schema import table_of

if TYPE_CHECKING:
    from quake.adapters.warehouse.mirror import Mirror


class SqliteWarehouse:
    """Append-only tables by natural key. The mirror is made at the first question, so a writer does without it."""

    def __init__(self, url: str) -> None:
        path, self._options = parse_url(url)
        self.store = Store.open(path)
        self._mirror: Mirror | None = None
        self._lock = Lock()

    def insert(self, rows: Sequence[object]) -> int:
        """Appends the rows, durably unless a transaction is open; ValueError for a value no column can hold."""
        batches = [_encoded(kind, group) for kind, group in groupby(rows, key=type)]
        with self.store.transaction() as connection:
            return sum(connection.executemany(sql, encoded).rowcount for sql, encoded in batches)

    def query(
        self,
        sql: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        max_rows: int | None = None,
        timeout_s: float | None = None,
    ) -> pa.Table:
        """The answer to one BigQuery SELECT; see the port."""
        from quake.adapters.warehouse.dialect import translate

        statement = translate(sql)
        return self._mirrored().answer(statement.sql, statement.bind(parameters), statement.tables, max_rows, timeout_s)

    def close(self) -> None:
        """Drops the mirror and lets go of the store."""
        with self._lock:
            if self._mirror is not None:
                self._mirror.close()
                self._mirror = None
        self.store.close()

    def _mirrored(self) -> "Mirror":
        from quake.adapters.warehouse.mirror import Mirror

        with self._lock:
            if self._mirror is None:
                self._mirror = Mirror(self.store, self._options.memory_mb)
            return self._mirror


def _encoded(kind: type, rows: Iterable[object]) -> tuple[str, list[tuple]]:
    table = table_of(kind)
    return insert_row(table.name), [encode_row(table, row) for row in rows]
