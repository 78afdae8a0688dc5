"""What analysts ask: an in-memory DuckDB of this process, topped up from the store by row id before each question.

The store's file is read with sqlite3 only. DuckDB sees the in-memory rows and the Parquet files beside the store, and
is locked: SQL reaches no other file, no network, no extension, no setting.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Lock, Timer
from typing import Any

import duckdb
import pyarrow as pa

from quake.adapters.ddl import as_arrow, column_names, create_rows, create_view, load_rows, quoted
from quake.adapters.store import Store
from quake.schema import TABLES, Table

BATCH = 50_000
"""Rows taken over at once."""
THREADS = 2

HISTORY = "history"
"""The table whose bulk lies in the folder of this name beside the store."""
COMPACTED = "compacted"
"""The folder of rows that compaction has moved out of the store."""


@dataclass(slots=True)
class _Copy:
    """How far the mirror has a table."""

    files: tuple[str, ...] | None = None
    row_id: int = 0


class Mirror:
    """The in-memory copy; safe to use from several threads."""

    def __init__(self, store: Store, memory_mb: int) -> None:
        self._folder = store.path.parent
        self._source = store.connect()
        self._connection = locked_duckdb(self._folder, memory_mb)
        self._copies = {name: _Copy() for name in TABLES}
        self._lock = Lock()

    def answer(
        self,
        sql: str,
        parameters: Mapping[str, Any],
        tables: Iterable[str],
        max_rows: int | None = None,
        timeout_s: float | None = None,
    ) -> pa.Table:
        """The answer to DuckDB SQL after a top-up of the `tables` it reads."""
        self._top_up(tables)
        if max_rows is not None:
            sql = f"SELECT * FROM ({sql}) LIMIT {int(max_rows)}"
        with self._connection.cursor() as cursor, _interrupted(cursor, timeout_s):
            return as_bigquery(cursor.execute(sql, dict(parameters)).to_arrow_table())

    def close(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._connection.close()
            self._source.close()

    def _top_up(self, tables: Iterable[str]) -> None:
        """Takes over what was committed since, all tables as of one moment."""
        with self._lock:
            before = {name: _Copy(copy.files, copy.row_id) for name, copy in self._copies.items()}
            self._source.execute("BEGIN")
            self._connection.begin()
            try:
                for name in tables:
                    self._top_up_table(TABLES[name])
                self._connection.commit()
            except BaseException:
                self._connection.rollback()
                self._copies = before
                raise
            finally:
                self._source.execute("COMMIT")

    def _top_up_table(self, table: Table) -> None:
        copy = self._copies[table.name]
        files = self._files(table.name)
        if files != copy.files:
            self._connection.execute(create_rows(table))
            self._connection.execute(create_view(table, files))
            copy.files, copy.row_id = files, 0
        rows = self._source.execute(
            f"SELECT {quoted(column_names(table))}, row_id FROM {table.name} WHERE row_id > ? ORDER BY row_id",
            (copy.row_id,),
        )
        while batch := rows.fetchmany(BATCH):
            self._take_over(table, batch, files if table.name == HISTORY else ())
            copy.row_id = batch[-1][-1]

    def _take_over(self, table: Table, rows: list[tuple[Any, ...]], bulk: tuple[str, ...]) -> None:
        self._connection.register("arriving", as_arrow(table, [row[:-1] for row in rows]))
        self._connection.execute(f"INSERT INTO {table.name}_rows {load_rows(table, bulk)}")
        self._connection.unregister("arriving")

    def _files(self, name: str) -> tuple[str, ...]:
        """The table's Parquet files; any change of them makes the mirror take the table over anew."""
        rows = self._source.execute("SELECT file FROM compactions WHERE table_name = ? ORDER BY generation", (name,))
        compacted = [str(self._folder / COMPACTED / name / file) for (file,) in rows]
        bulk = sorted(str(file) for file in (self._folder / HISTORY).glob("*.parquet")) if name == HISTORY else []
        return (*bulk, *compacted)


def locked_duckdb(folder: Path, memory_mb: int) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB in UTC that can read the Parquet folders of `folder` and reach nothing else."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": THREADS,
            "memory_limit": f"{memory_mb}MB",
            "temp_directory": "",
            "python_enable_replacements": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    connection.load_extension(str(_icu()))
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    readable = ", ".join("'" + str(folder / name).replace("'", "''") + "'" for name in (HISTORY, COMPACTED))
    connection.execute(f"SET allowed_directories = [{readable}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _icu() -> Path:
    """The time-zone extension, from its wheel: nothing is downloaded."""
    spec = find_spec("duckdb_extension_icu")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the package duckdb-extension-icu is missing: run `make setup`")
    return next(Path(spec.submodule_search_locations[0]).rglob("icu.duckdb_extension"))


@contextmanager
def _interrupted(cursor: duckdb.DuckDBPyConnection, timeout_s: float | None) -> Iterator[None]:
    """Ends the statement after `timeout_s`; DuckDB's errors become the port's."""
    timer = Timer(timeout_s if timeout_s is not None else 0, cursor.interrupt)
    if timeout_s is not None:
        timer.start()
    try:
        yield
    except duckdb.InterruptException as error:
        raise TimeoutError(f"the statement took longer than {timeout_s} s") from error
    except duckdb.OutOfMemoryException as error:
        raise MemoryError(f"the statement needs more than the mirror's memory (memory_mb): {error}") from error
    except duckdb.Error as error:
        raise ValueError(f"the statement cannot be answered: {error}") from error
    finally:
        timer.cancel()
        if timeout_s is not None:
            timer.join()


def as_bigquery(answer: pa.Table) -> pa.Table:
    """The answer in BigQuery's types: every whole number INT64, every decimal FLOAT64."""
    return answer.cast(pa.schema([field.with_type(_bigquery_type(field.type)) for field in answer.schema]))


def _bigquery_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale == 0):
        return pa.int64()
    return pa.float64() if pa.types.is_decimal(kind) or pa.types.is_floating(kind) else kind
