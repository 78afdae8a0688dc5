"""The tables hang together."""

from dataclasses import fields
from datetime import datetime
from typing import get_type_hints

import pytest

from quake.schema import TABLES, Exceedance, HistoryEvent, as_record, from_record, table, table_of

ALLOWED = {
    str,
    int,
    float,
    bool,
    datetime,
    tuple[str, ...],
    tuple[Exceedance, ...],
    *(t | None for t in (str, int, float)),
}


@pytest.mark.parametrize("name", TABLES)
def test_columns_have_known_types_and_keys_are_never_null(name):
    hints = get_type_hints(TABLES[name].row)
    assert set(hints.values()) <= ALLOWED
    assert all(hints[column] in (str, int, float, datetime) for column in TABLES[name].key)
    assert hints[TABLES[name].partition] is datetime
    assert TABLES[name].row.__doc__.startswith(("A row", "What"))


def test_table_of_a_row():
    assert table_of(HistoryEvent).name == "history"
    with pytest.raises(ValueError, match="the row of no table"):
        table_of(Exceedance)


def test_a_key_must_name_a_column():
    with pytest.raises(ValueError, match="no such columns: .'colour'"):
        table("paint", ("colour",), "colour")(HistoryEvent)


def test_records_round_trip():
    one = Exceedance(
        horizon_days=7, magnitude_min=5.0, expected=0.1, probability=0.09, baseline_expected=0.01,
        baseline_probability=0.01, gain=10.0,
    )  # fmt: skip
    hints = get_type_hints(TABLES["alerts"].row)
    empty = {str: "", int: 1, float: 0.5, bool: False, datetime: datetime.min, tuple[str, ...]: ("a",)}
    values = {f.name: empty.get(hints[f.name]) for f in fields(TABLES["alerts"].row)} | {"forecast": (one,)}
    row = TABLES["alerts"].row(**values)
    record = as_record(row)
    assert record["forecast"] == [as_record(one)] and record["references"] == ["a"]
    assert from_record(TABLES["alerts"].row, record) == row
