"""The warehouse port: append-only tables by natural key, asked in BigQuery SQL. One file and one row a scheme."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import pyarrow as pa

from quake.adapters.bus import adapter


class Warehouse(Protocol):
    """First row per natural key wins; every reader sees one row per key."""

    def insert(self, rows: Sequence[object]) -> int:
        """Appends rows of any tables of `quake.schema`, durably; returns how many had a new key."""

    def query(
        self,
        sql: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        max_rows: int | None = None,
        timeout_s: float | None = None,
    ) -> pa.Table:
        """The answer to a read-only BigQuery SQL statement with `@named` parameters; sees every committed row.

        Raises ValueError for SQL that cannot be read or that would change something, TimeoutError past `timeout_s`.
        """

    def close(self) -> None:
        """Lets go of every connection."""


WAREHOUSES: dict[str, str] = {
    "bigquery": "quake.adapters.warehouse.bigquery:BigQueryWarehouse",
    "sqlite": "quake.adapters.warehouse.sqlite:SqliteWarehouse",
}
"""Scheme -> `module:class`; the class takes the URL."""


def open_warehouse(url: str) -> Warehouse:
    """The warehouse at `url`. Raises ValueError naming the known schemes."""
    return adapter("warehouse", WAREHOUSES, url)(url)
