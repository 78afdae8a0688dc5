"""The columns of every table of `quake.schema`: their types in SQLite, Arrow and DuckDB, and how values are kept.

Times are integer microseconds since 1970 UTC, truth values 0 and 1, lists JSON text. A key column is never null.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import cache
from operator import index
from types import NoneType
from typing import Any, get_args, get_type_hints

import pyarrow as pa

from quake.schema import TABLES, Exceedance, Table

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Kind:
    """How values of one Python type are kept: `load` is the DuckDB expression that reads column `{0}` of the store."""

    sqlite: str
    duckdb: str
    arrow: pa.DataType
    load: str
    encode: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    kind: Kind
    nullable: bool
    table: str

    def encode(self, value: Any) -> Any:
        """The value as the store keeps it. Raises ValueError naming the column when it has no place there."""
        if value is None and self.nullable:
            return None
        try:
            return self.kind.encode(value)
        except (AttributeError, OverflowError, TypeError, ValueError) as error:
            raise ValueError(f"{self.table}.{self.name} cannot hold {value!r}: {error}") from error


def _text(value: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text is needed, not {type(value).__name__}")
    return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()


def _whole(value: int) -> int:
    if not -(2**63) <= index(value) < 2**63:
        raise OverflowError("it does not fit 64 bits")
    return index(value)


def _finite(value: float) -> float:
    if isinstance(value, str) or not math.isfinite(value):
        raise ValueError("a finite number is needed; an unknown value is None where the column may be null")
    return float(value)


def _truth(value: bool) -> int:
    if value not in (True, False):
        raise ValueError("True or False is needed")
    return int(value)


def microseconds(value: datetime) -> int:
    """Microseconds since 1970 UTC of an aware time, exactly."""
    if value.tzinfo is None:
        raise ValueError("an aware UTC datetime is needed")
    return (value - EPOCH) // MICROSECOND


def _list(value: tuple[object, ...]) -> str:
    if isinstance(value, str):
        raise TypeError("a tuple is needed, not text")
    return json.dumps(tuple(value), allow_nan=False, default=_record, separators=(",", ":"))


def _record(value: Exceedance) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(Exceedance)}


_TEXT = Kind("TEXT", "VARCHAR", pa.string(), "{0}", _text)
_INTEGER = Kind("INTEGER", "BIGINT", pa.int64(), "{0}", _whole)
_REAL = Kind("REAL", "DOUBLE", pa.float64(), "{0}", _finite)
_SCALARS: dict[object, Kind] = {str: _TEXT, int: _INTEGER, float: _REAL}
_RECORD = ", ".join(f"{name} {_SCALARS[kind].duckdb}" for name, kind in get_type_hints(Exceedance).items())
_READ_LIST = "CAST(CAST({0} AS JSON) AS %s)"

KINDS: dict[object, Kind] = _SCALARS | {
    bool: Kind("INTEGER", "BOOLEAN", pa.int64(), "{0} <> 0", _truth),
    datetime: Kind("INTEGER", "TIMESTAMPTZ", pa.int64(), "make_timestamptz({0})", microseconds),
    tuple[str, ...]: Kind("TEXT", "VARCHAR[]", pa.string(), _READ_LIST % "VARCHAR[]", _list),
    tuple[Exceedance, ...]: Kind(
        "TEXT", f"STRUCT({_RECORD})[]", pa.string(), _READ_LIST % f"STRUCT({_RECORD})[]", _list
    ),
}
"""Python type of a field -> how it is kept."""


@cache
def columns(name: str) -> tuple[Column, ...]:
    """The columns of table `name`. Raises ValueError for a field type that has no place, or a key that may be null."""
    table = TABLES[name]
    hints = get_type_hints(table.row)
    found = tuple(_column(table, field.name, hints[field.name]) for field in fields(table.row))
    nullable = [column.name for column in found if column.nullable and column.name in table.key]
    if nullable:
        raise ValueError(f"table {name}: key columns may not be null: {', '.join(nullable)}")
    return found


def _column(table: Table, name: str, hint: Any) -> Column:
    nullable = NoneType in get_args(hint)
    kinds = [kind for kind in get_args(hint) if kind is not NoneType] if nullable else [hint]
    if len(kinds) != 1 or kinds[0] not in KINDS:
        raise ValueError(f"table {table.name}: no column type for {name}: {hint}")
    return Column(name, KINDS[kinds[0]], nullable, table.name)


def encode_row(table: Table, row: object) -> tuple[Any, ...]:
    """The row as a tuple of what SQLite keeps. Raises ValueError naming the first column that cannot hold its value."""
    return tuple(column.encode(getattr(row, column.name)) for column in columns(table.name))
