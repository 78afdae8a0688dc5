"""`quake sql`: one question to the warehouse, its answer on standard output."""

import csv
import json
import sys
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, date, datetime, time
from typing import Any, Literal, TextIO

import pyarrow as pa

from quake.adapters.sql import answer
from quake.adapters.warehouse import open_warehouse
from quake.settings import Settings

Format = Literal["table", "csv", "json"]
LONGEST = 60
"""Characters of a cell that a table shows."""


def run_sql(
    settings: Settings,
    text_or_name: str,
    parameters: Mapping[str, str] | None = None,
    format: Format = "table",  # pylint: disable=redefined-builtin  # the option's name on the command line
) -> None:
    """Prints the answer to BigQuery SQL, or to the named answer of `quake/sql`.

    `parameters` are texts as typed: whole numbers, decimals, `null`, ISO 8601 times (UTC unless they say otherwise);
    anything else, or anything in double quotes, is text. Raises ValueError for SQL that cannot be answered.
    """
    if format not in WRITERS:
        raise ValueError(f"no format {format!r}; known: {', '.join(WRITERS)}")
    sql = answer(text_or_name) if " " not in text_or_name.strip() else text_or_name
    with closing(open_warehouse(settings.warehouse)) as warehouse:
        rows = warehouse.query(sql, {name: parse_parameter(text) for name, text in (parameters or {}).items()})
    WRITERS[format](rows, sys.stdout)


def parse_parameter(text: str) -> str | int | float | datetime | None:
    """The value that a typed parameter means."""
    if text == "null":
        return None
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    for parse in (int, float, _parse_time):
        try:
            return parse(text)
        except ValueError:
            continue
    return text


def _parse_time(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _write_table(rows: pa.Table, out: TextIO) -> None:
    cells = [rows.column_names, *([_cell(value) for value in row] for row in _tuples(rows))]
    widths = [max(map(len, column)) for column in zip(*cells)]
    numeric = [pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in rows.schema.types]
    cells.insert(1, ["-" * width for width in widths])
    for line in cells:
        padded = (c.rjust(w) if right else c.ljust(w) for c, w, right in zip(line, widths, numeric))
        print("  ".join(padded).rstrip(), file=out)
    print(f"({rows.num_rows} row{'s' * (rows.num_rows != 1)})", file=out)


def _write_csv(rows: pa.Table, out: TextIO) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(rows.column_names)
    writer.writerows([_text(value) for value in row] for row in _tuples(rows))


def _write_json(rows: pa.Table, out: TextIO) -> None:
    json.dump(rows.to_pylist(), out, default=_plain, ensure_ascii=False, indent=1)
    print(file=out)


WRITERS = {"table": _write_table, "csv": _write_csv, "json": _write_json}
"""Format -> how an answer is written."""


def _tuples(rows: pa.Table) -> Iterable[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in rows.columns))


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, default=_plain, ensure_ascii=False).strip('"')


def _cell(value: object) -> str:
    line = f"{value:.6g}" if isinstance(value, float) else " ".join(_text(value).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _plain(value: object) -> str:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat().replace("+00:00", "Z")
    return str(value)
