"""A process that answers other people's SQL: little memory, low priority, nothing to reach but the warehouse.

One JSON object a line on standard input, one on standard output. `serving.questions` starts it and ends it.
"""

import json
import os
import resource
import sys
from contextlib import closing
from typing import Any, TextIO

import pyarrow as pa
import sqlglot
from pydantic_core import to_json
from sqlglot import exp

from quake.adapters.warehouse import Warehouse, open_warehouse
from quake.adapters.warehouse.dialect import translate

MEMORY_BYTES = 3 * 2**30
"""Address space of the cell: libraries and the mirror take about half of it."""
PRIORITY = 10
HIDDEN = frozenset(("deliveries", "dead_letters"))
"""Tables that hold recipients' addresses, or what strangers sent us, whole."""


def main() -> None:
    """Answers until standard input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    os.nice(PRIORITY)
    with closing(open_warehouse(sys.argv[1])) as warehouse:
        serve(warehouse, sys.stdin, sys.stdout)


def serve(warehouse: Warehouse, questions: TextIO, answers: TextIO) -> None:
    """An answer for each question, in turn."""
    for line in questions:
        answers.write(to_json(_answer(warehouse, json.loads(line)), inf_nan_mode="null").decode() + "\n")
        answers.flush()


def _answer(warehouse: Warehouse, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        _check(asked["sql"])
        table = warehouse.query(
            asked["sql"], _typed(asked["parameters"]), max_rows=asked["rows"] + 1, timeout_s=asked["seconds"]
        )
        return _cut(table, asked["rows"], asked["bytes"])
    except TimeoutError:
        return {"error": "timeout"}
    except MemoryError:
        return {"error": "memory"}
    except (ValueError, pa.ArrowInvalid) as error:
        return {"error": "sql", "text": str(error)[:1000]}


def _check(sql: str) -> None:
    """Raises ValueError for hidden tables, and for functions that BigQuery does not have: DuckDB's would tell of us."""
    hidden = HIDDEN & set(translate(sql).tables)
    for function in sqlglot.parse_one(sql, read="bigquery").find_all(exp.Anonymous):
        raise ValueError(f"function {function.name!r} is not available")
    if hidden:
        raise ValueError(f"table {sorted(hidden)[0]!r} is not open to questions: it holds what is not ours to show")


def _typed(parameters: dict[str, Any]) -> dict[str, Any]:
    from quake.adapters.warehouse.shell import parse_parameter

    return {name: parse_parameter(value) if isinstance(value, str) else value for name, value in parameters.items()}


def _cut(table: pa.Table, rows: int, size: int) -> dict[str, Any]:
    """The first `rows` rows, fewer where they are more than `size` bytes as JSON."""
    kept, cut = table.slice(0, rows), "rows" if table.num_rows > rows else ""
    while kept.num_rows and kept.nbytes > size:
        kept, cut = kept.slice(0, kept.num_rows // 2), "bytes"
    types = [str(kind) for kind in kept.schema.types]
    return {"columns": kept.column_names, "types": types, "rows": _rows(kept), "cut": cut}


def _rows(table: pa.Table) -> list[list[Any]]:
    columns = [column.to_pylist() for column in table.columns]
    return [list(row) for row in zip(*columns)]


if __name__ == "__main__":
    main()
