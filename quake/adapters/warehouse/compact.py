"""Moves old rows of the store into Parquet beside it, so that processes start fast; their keys stay in a slim table."""

import os
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from quake.adapters.ddl import as_arrow, column_names, load_rows, quoted
from quake.adapters.store import Store
from quake.adapters.warehouse.mirror import COMPACTED, locked_duckdb
from quake.schema import TABLES, Table

BATCH = 200_000
"""Rows a Parquet file holds at most."""
ROW_GROUP = 50_000
"""Small enough that a question about one month skips the rest."""
MEMORY_MB = 512


@dataclass(frozen=True, slots=True)
class Compacted:
    """Rows of one table that now lie in `file`."""

    table: str
    rows: int
    file: Path


def compact(store: Store, minimum: int = 20_000) -> list[Compacted]:
    """Moves every table of at least `minimum` rows, to be called now and then; mirrors reload those tables.

    Readers see the same rows before, during and after: the file is complete before one transaction swaps it in.
    Not for two processes at once: the second finds its rows gone and raises RuntimeError, nothing lost.
    """
    done = []
    for table in TABLES.values():
        while store.read(f"SELECT COUNT(*) FROM {table.name}")[0][0] >= minimum:
            done.append(_compact_batch(store, table))
    return done


def _compact_batch(store: Store, table: Table) -> Compacted:
    rows = store.read(f"SELECT {quoted(column_names(table))}, row_id FROM {table.name} ORDER BY row_id LIMIT {BATCH}")
    first, last = rows[0][-1], rows[-1][-1]
    file = store.path.parent / COMPACTED / table.name / f"{first:012d}-{last:012d}.parquet"
    _write(as_typed(table, [row[:-1] for row in rows]), file)
    key = quoted(table.key)
    with store.transaction() as connection:
        connection.execute(
            f"INSERT INTO {table.name}_keys ({key}) SELECT {key} FROM {table.name} WHERE row_id <= ?", (last,)
        )
        moved = connection.execute(f"DELETE FROM {table.name} WHERE row_id <= ?", (last,)).rowcount
        if moved != len(rows):
            raise RuntimeError(f"{table.name}: another compaction is at work; nothing was changed by this one")
        connection.execute("INSERT INTO compactions (table_name, file) VALUES (?, ?)", (table.name, file.name))
    return Compacted(table.name, moved, file)


def as_typed(table: Table, rows: list[tuple]) -> pa.Table:
    """Rows of the store as an Arrow table of the schema's own types: times, truth values, nested records."""
    with locked_duckdb(Path(), MEMORY_MB) as connection:
        connection.register("arriving", as_arrow(table, rows))
        return connection.execute(load_rows(table)).to_arrow_table()


def _write(rows: pa.Table, file: Path) -> None:
    """Durable and complete before anyone refers to it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    with partial.open("wb") as sink:
        pq.write_table(rows, sink, compression="zstd", row_group_size=ROW_GROUP)
        sink.flush()
        os.fsync(sink.fileno())
    partial.replace(file)
