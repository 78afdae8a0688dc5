"""What Terraform needs of our tables, messages and metrics, as files: `python -m quake.adapters.gcp_schema`.

`quake/schema.py`, `quake/sql`, `quake/event.py` and `quake/monitoring.py` stay the one source: a test fails when the
committed files are stale.
"""

import ast
import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from textwrap import dedent
from types import NoneType
from typing import Any, get_args, get_type_hints

from quake.adapters.gcp_messages import proto_schemas
from quake.adapters.sql import answer, names
from quake.monitoring import METRICS
from quake.schema import TABLES, Exceedance, Table

ROOT = Path(__file__).resolve().parents[2]
WAREHOUSE, MESSAGING = "terraform/modules/warehouse", "terraform/modules/messaging"
TYPES = {str: "STRING", int: "INTEGER", float: "FLOAT", bool: "BOOLEAN", datetime: "TIMESTAMP"}
INSERTED_AT = {
    "name": "inserted_at",
    "type": "TIMESTAMP",
    "mode": "NULLABLE",
    "defaultValueExpression": "CURRENT_TIMESTAMP()",
    "description": "When BigQuery received the row: of rows with the same key, the first counts.",
}


def generated() -> dict[str, str]:
    """Path under the repository -> text of every generated file."""
    tables = {table.name: _layout(table) for table in TABLES.values()}
    files = {f"{WAREHOUSE}/tables.json": tables, "terraform/modules/observability/metrics.json": _metrics()}
    files |= {f"{WAREHOUSE}/schemas/{table.name}.json": columns(table) for table in TABLES.values()}
    texts = {path: json.dumps(content, indent=2) + "\n" for path, content in files.items()}
    texts |= {f"{WAREHOUSE}/views/{name}.sql": text for name, text in views().items()}
    return texts | {f"{MESSAGING}/schemas/{topic}.proto": text for topic, text in proto_schemas().items()}


def columns(table: Table) -> list[dict[str, Any]]:
    """The BigQuery columns of the table that holds rows as they arrive, duplicates included."""
    return [*_columns(table.row), INSERTED_AT]


def views() -> dict[str, str]:
    """View name -> BigQuery SQL: one a table, which shows the first row per key, and every answer without parameters.

    `${dataset}` stands for project and dataset.
    """
    tables = {table.name: _first_rows(table) for table in TABLES.values()}
    return tables | {name: _qualified(answer(name)) for name in names() if "@" not in answer(name)}


def write(root: Path = ROOT) -> list[str]:
    """Writes every generated file under `root`, removes those no longer made; returns the paths that changed."""
    wanted = generated()
    for path in _existing(root) - wanted.keys():
        (root / path).unlink()
    changed = [path for path, text in wanted.items() if _read(root / path) != text]
    for path in changed:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(wanted[path], encoding="utf-8")
    return changed


def _existing(root: Path) -> set[str]:
    folders = [root / WAREHOUSE / "schemas", root / WAREHOUSE / "views", root / MESSAGING / "schemas"]
    return {str(file.relative_to(root)) for folder in folders if folder.is_dir() for file in folder.iterdir()}


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None


def _layout(table: Table) -> dict[str, Any]:
    return {
        "description": _words(table.row.__doc__ or ""),
        "partition": table.partition,
        "cluster": list(table.cluster),
    }


def _metrics() -> dict[str, dict[str, str]]:
    return {name: asdict(metric) for name, metric in METRICS.items()}


def _columns(row: type) -> Iterator[dict[str, Any]]:
    described = DESCRIBED[row]
    for name, hint in get_type_hints(row).items():
        yield {"name": name, **_type(hint), "description": described.get(name, "")}


def _type(hint: Any) -> dict[str, Any]:
    if hint == tuple[str, ...]:
        return {"type": "STRING", "mode": "REPEATED"}
    if hint == tuple[Exceedance, ...]:
        return {"type": "RECORD", "mode": "REPEATED", "fields": list(_columns(Exceedance))}
    nullable = NoneType in get_args(hint)
    kind = next(kind for kind in get_args(hint) if kind is not NoneType) if nullable else hint
    return {"type": TYPES[kind], "mode": "NULLABLE" if nullable else "REQUIRED"}


def _descriptions(row: type) -> dict[str, str]:
    """The docstrings below the row's fields."""
    body = ast.parse(dedent(inspect.getsource(row))).body[0].body
    return {
        field.target.id: _words(note.value.value)
        for field, note in zip(body, body[1:])
        if isinstance(field, ast.AnnAssign) and isinstance(note, ast.Expr) and isinstance(note.value, ast.Constant)
    }


def _words(text: str) -> str:
    return " ".join(text.split())


def _first_rows(table: Table) -> str:
    key = ", ".join(f"`{name}`" for name in table.key)
    return (
        f"-- {_words(table.row.__doc__ or '')} Of rows with the same key, the first.\n"
        f"SELECT * EXCEPT (inserted_at)\nFROM `${{dataset}}.{table.name}_rows`\nWHERE TRUE\n"
        f"QUALIFY ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY inserted_at) = 1\n"
    )


def _qualified(sql: str) -> str:
    return re.sub(rf"\b(FROM|JOIN)\s+({'|'.join(TABLES)})\b", r"\1 `${dataset}.\2`", sql)


DESCRIBED = {row: _descriptions(row) for row in (Exceedance, *(table.row for table in TABLES.values()))}
"""Read when this is imported, not when a table is made: Python 3.11 may fail to parse while another thread does so
(CPython issue 106905)."""


if __name__ == "__main__":
    print("\n".join(write()) or "nothing is stale")
