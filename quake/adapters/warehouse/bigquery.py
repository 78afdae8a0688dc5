"""The warehouse on BigQuery: `bigquery://PROJECT/DATASET`. Rows go to tables that may hold a key twice, `NAME_rows`;
everybody reads the view `NAME`, which shows the first row of a key. Terraform makes both from the same description.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import pyarrow as pa
import sqlglot
from google.api_core.exceptions import BadRequest, GoogleAPICallError, NotFound
from google.cloud import bigquery
from sqlglot import exp

from quake.adapters.columns import encode_row
from quake.adapters.warehouse.bigquery_client import Address, create_tables, new_client, parse_url
from quake.adapters.warehouse.dialect import translate
from quake.adapters.warehouse.mirror import as_bigquery
from quake.schema import TABLES, Table, as_record, table_of

BATCH = 500
"""Rows a request, as Google recommends for streaming inserts."""


class BigQueryWarehouse:
    """Append-only tables by natural key."""

    def __init__(self, url: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._address: Address = parse_url(url)
        self._client = new_client(self._address)
        self._clock = clock
        self._made: set[str] = set()

    def insert(self, rows: Sequence[object]) -> int:
        """Appends rows whose key is not there yet; ValueError for a value no column can hold, then nothing is kept."""
        batches = [(table, _first_of_each(table, group)) for table, group in _by_table(rows)]
        new = [(table, self._unknown(table, batch)) for table, batch in batches]
        for table, batch in new:
            self._append(table, list(batch.values()))
        return sum(len(batch) for _, batch in new)

    def append(self, rows: Sequence[object]) -> None:
        """Appends rows without asking which keys are there: readers see the first row of a key all the same."""
        for table, batch in [(table, _first_of_each(table, group)) for table, group in _by_table(rows)]:
            self._append(table, list(batch.values()))

    def query(
        self,
        sql: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        max_rows: int | None = None,
        timeout_s: float | None = None,
    ) -> pa.Table:
        """The answer to one BigQuery SELECT; see the port. Raises ValueError as well for one that would be billed for
        more than `max_bytes_billed`."""
        statement = translate(sql)
        values = statement.bind(parameters)
        self._make(statement.tables)
        given = {name: value for name, value in values.items() if value is not None}
        config = self._config([_parameter(name, value) for name, value in given.items()])
        try:
            job = self._client.query(_prepared(sql, given), job_config=config, timeout=timeout_s)
            rows = job.result(max_results=max_rows, timeout=timeout_s)
            return as_bigquery(rows.to_arrow(create_bqstorage_client=False))
        except (BadRequest, NotFound) as error:
            raise ValueError(f"the statement cannot be answered: {error.message}") from error
        except TimeoutError as error:
            raise TimeoutError(f"the statement took longer than {timeout_s} s") from error

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def _config(self, parameters: list[Any]) -> bigquery.QueryJobConfig:
        return bigquery.QueryJobConfig(
            default_dataset=self._address.dataset_path,
            maximum_bytes_billed=self._address.max_bytes_billed,
            query_parameters=parameters,
        )

    def _make(self, tables: Iterable[str]) -> None:
        """Makes the tables on an emulator, at their first use; in the cloud Terraform has made them."""
        missing = set(tables) - self._made
        if self._address.endpoint and missing:
            create_tables(self._client, self._address, sorted(missing))
            self._made |= missing

    def _unknown(self, table: Table, batch: dict[tuple, object]) -> dict[tuple, object]:
        """The rows whose key is not in the table."""
        lead = table.key[0]
        values = sorted({getattr(row, lead) for row in batch.values()})
        sql = (
            f"SELECT {', '.join(f'`{name}`' for name in table.key)} FROM {table.name} WHERE `{lead}` IN UNNEST(@values)"
        )
        known = {tuple(record.values()) for record in self.query(sql, {"values": values}).to_pylist()}
        return {key: row for key, row in batch.items() if key not in known}

    def _append(self, table: Table, rows: list[object]) -> None:
        self._make([table.name])
        now = self._clock().isoformat()
        for start in range(0, len(rows), BATCH):
            records = [_json(row) | {"inserted_at": now} for row in rows[start : start + BATCH]]
            errors = self._client.insert_rows_json(f"{self._address.dataset_path}.{table.name}_rows", records)
            if errors:
                raise GoogleAPICallError(f"{table.name}: {len(errors)} rows were refused, the first: {errors[0]}")


def _by_table(rows: Sequence[object]) -> Iterable[tuple[Table, list[object]]]:
    """Rows by table, every value checked before any is sent."""
    grouped = [(table_of(kind), list(group)) for kind, group in groupby(sorted(rows, key=_name), key=type)]
    for table, group in grouped:
        for row in group:
            encode_row(table, row)
    return grouped


def _name(row: object) -> str:
    return table_of(row).name


def _first_of_each(table: Table, rows: Iterable[object]) -> dict[tuple, object]:
    first: dict[tuple, object] = {}
    for row in rows:
        first.setdefault(tuple(getattr(row, name) for name in table.key), row)
    return first


def _json(row: Any) -> dict[str, Any]:
    """The row as BigQuery's JSON has it: times as text, large whole numbers too, text that is Unicode."""
    return {name: _value(value) for name, value in as_record(row).items()}


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list):
        return [
            _value(item) if not isinstance(item, dict) else {k: _value(v) for k, v in item.items()} for item in value
        ]
    return value


def _prepared(sql: str, given: Mapping[str, Any]) -> str:
    """The statement without project and dataset, which the job's default names, and with NULL for what is not given: a
    parameter without a value would need a type."""
    query = sqlglot.parse_one(sql, read="bigquery")
    for table in query.find_all(exp.Table):
        if table.name in TABLES:
            table.set("db", None)
            table.set("catalog", None)
    for parameter in list(query.find_all(exp.Parameter)):
        if parameter.name not in given:
            parameter.replace(exp.Null())
    return query.sql(dialect="bigquery", comments=False)


_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "BOOL"), (int, "INT64"), (float, "FLOAT64"), (datetime, "TIMESTAMP"), (str, "STRING"),
)  # fmt: skip


def _parameter(name: str, value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return bigquery.ArrayQueryParameter(name, _type(value[0] if value else ""), list(value))
    return bigquery.ScalarQueryParameter(name, _type(value), value)


def _type(value: Any) -> str:
    for kind, name in _TYPES:
        if isinstance(value, kind):
            return name
    raise ValueError(
        f"a parameter cannot be {type(value).__name__}; known: {', '.join(kind.__name__ for kind, _ in _TYPES)}"
    )
