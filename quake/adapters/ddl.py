"""Statements that follow from `quake.schema`: tables and inserts in SQLite, their mirror in DuckDB."""

from functools import cache
from typing import Any

import pyarrow as pa

from quake.adapters.columns import Column, columns
from quake.schema import TABLES, Table


def create_table(table: Table) -> str:
    """The SQLite statement that makes the table: strict, its natural key unique, rows numbered in commit order."""
    body = ["row_id INTEGER PRIMARY KEY AUTOINCREMENT"]
    body += [f'"{column.name}" {declaration(column)}' for column in columns(table.name)]
    body += [f"UNIQUE ({quoted(table.key)})"]
    return f"CREATE TABLE IF NOT EXISTS {table.name} ({', '.join(body)}) STRICT"


def create_keys(table: Table) -> str:
    """The SQLite statement that makes the slim table of keys whose rows compaction has moved to Parquet."""
    keys = [f'"{column.name}" {declaration(column)}' for column in columns(table.name) if column.name in table.key]
    body = f"{', '.join(keys)}, PRIMARY KEY ({quoted(table.key)})"
    return f"CREATE TABLE IF NOT EXISTS {table.name}_keys ({body}) STRICT, WITHOUT ROWID"


@cache
def insert_row(name: str) -> str:
    """The SQLite statement that appends a row unless its key is there, compacted ones included."""
    table = TABLES[name]
    order = column_names(table)
    values = ", ".join(f"?{place}" for place in range(1, len(order) + 1))
    same = " AND ".join(f'"{key}" = ?{order.index(key) + 1}' for key in table.key)
    return (
        f"INSERT INTO {name} ({quoted(order)}) SELECT {values} "
        f"WHERE NOT EXISTS (SELECT 1 FROM {name}_keys WHERE {same}) ON CONFLICT ({quoted(table.key)}) DO NOTHING"
    )


def create_rows(table: Table) -> str:
    """The DuckDB statement that makes the in-memory table of the rows not compacted yet, empty."""
    body = ", ".join(f'"{column.name}" {column.kind.duckdb}' for column in columns(table.name))
    return f"CREATE OR REPLACE TABLE {table.name}_rows ({body})"


def create_view(table: Table, files: tuple[str, ...]) -> str:
    """The DuckDB statement that makes the view that readers see: Parquet files, then the rows in memory."""
    rows = f"SELECT * FROM {table.name}_rows"
    if files:
        cast = ", ".join(f'CAST("{column.name}" AS {column.kind.duckdb})' for column in columns(table.name))
        rows = f"SELECT {cast} FROM {parquet(files)} UNION ALL {rows}"
    return f"CREATE OR REPLACE VIEW {table.name} ({quoted(column_names(table))}) AS {rows}"


def parquet(files: tuple[str, ...]) -> str:
    """What DuckDB reads the files' rows from."""
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    return f"read_parquet([{listed}])"


def load_rows(table: Table, known: tuple[str, ...] = ()) -> str:
    """The DuckDB query that turns rows as the store keeps them, registered as `arriving`, into the table's types.

    Rows whose key is in the Parquet files `known` are left out.
    """
    loads = (column.kind.load.format(f'"{column.name}"') + f' AS "{column.name}"' for column in columns(table.name))
    unknown = f" ANTI JOIN {parquet(known)} USING ({quoted(table.key)})" if known else ""
    return f"SELECT {', '.join(loads)} FROM arriving{unknown}"


def as_arrow(table: Table, rows: list[tuple[Any, ...]]) -> pa.Table:
    """Rows of the store, in the order of `column_names(table)`, as an Arrow table of what the store keeps."""
    schema = pa.schema([(column.name, column.kind.arrow) for column in columns(table.name)])
    values = zip(*rows) if rows else [()] * len(schema)
    return pa.Table.from_arrays([pa.array(v, field.type) for v, field in zip(values, schema)], schema=schema)


def declaration(column: Column) -> str:
    """The column's SQLite type and constraint."""
    return column.kind.sqlite + ("" if column.nullable else " NOT NULL")


def quoted(names: tuple[str, ...]) -> str:
    """Column names for a statement: `references` is a reserved word."""
    return ", ".join(f'"{name}"' for name in names)


def column_names(table: Table) -> tuple[str, ...]:
    """The table's column names in order."""
    return tuple(column.name for column in columns(table.name))
