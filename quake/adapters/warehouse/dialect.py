"""BigQuery SQL to DuckDB SQL, for one read-only statement over the tables of `quake.schema` and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp

from quake.schema import TABLES

FORBIDDEN = (exp.DML, exp.DDL, exp.Command, exp.Into, exp.Placeholder, exp.SessionParameter)
"""Nodes that change something, reach outside, or are not named parameters. SELECT and UNION are exempt from DDL."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A translated statement: the tables it reads, the parameters it needs."""

    sql: str
    tables: tuple[str, ...]
    parameters: frozenset[str]

    def bind(self, values: Mapping[str, Any] | None) -> dict[str, Any]:
        """The values the statement names. Raises ValueError for those that are missing."""
        values = values or {}
        missing = self.parameters - values.keys()
        if missing:
            raise ValueError(f"the statement needs parameters {', '.join(f'@{name}' for name in sorted(missing))}")
        return {name: values[name] for name in self.parameters}


@lru_cache(256)
def translate(sql: str) -> Statement:
    """The statement for DuckDB. Raises ValueError for what is not one SELECT over the schema's tables."""
    query = _parse(sql)
    _check(query)
    tables = _strip_qualifiers(query)
    for literal in list(query.find_all(exp.Literal)):
        if literal.is_number and not literal.is_int:
            literal.replace(exp.cast(literal.copy(), "double"))
    parameters = frozenset(parameter.name for parameter in query.find_all(exp.Parameter))
    return Statement(query.sql(dialect="duckdb"), tables, parameters)


def _parse(sql: str) -> exp.Query:
    try:
        statements = [statement for statement in sqlglot.parse(sql, read="bigquery") if statement is not None]
    except sqlglot.errors.SqlglotError as error:
        raise ValueError(f"not BigQuery SQL: {_first_line(error)}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise ValueError("one SELECT or WITH statement is needed, and nothing else")
    return statements[0]


def _first_line(error: Exception) -> str:
    return str(error).replace("\x1b[4m", "").replace("\x1b[0m", "").partition("\n")[0]


def _check(query: exp.Query) -> None:
    for node in query.walk():
        if isinstance(node, exp.Query):
            continue
        if isinstance(node, FORBIDDEN):
            raise ValueError(f"only reading with @named parameters is possible: {node.sql('bigquery')}")
        if isinstance(node, exp.Table) and not isinstance(node.this, exp.Identifier):
            raise ValueError(f"table functions are not available: {node.sql('bigquery')}")
        if isinstance(node, exp.Parameter) and not node.name:
            raise ValueError("system variables are not available")


def _strip_qualifiers(query: exp.Query) -> tuple[str, ...]:
    """Drops project and dataset of every table; returns the schema's tables it reads."""
    own = {cte.alias for cte in query.find_all(exp.CTE)}
    read = set()
    for table in query.find_all(exp.Table):
        table.set("db", None)
        table.set("catalog", None)
        if table.name in TABLES:
            read.add(table.name)
        elif table.name not in own:
            raise ValueError(f"no table {table.name!r}; known: {', '.join(TABLES)}")
    return tuple(sorted(read))
