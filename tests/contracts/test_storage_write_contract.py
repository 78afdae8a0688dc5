"""Rows on their way to BigQuery's Storage Write API: what Beam makes of them in Python, before its Java library."""

from datetime import datetime

import pytest
from apache_beam.coders import RowCoder
from apache_beam.io.gcp.bigquery_tools import beam_row_from_dict, get_beam_typehints_from_tableschema
from apache_beam.typehints.schemas import named_fields_to_schema

from quake.adapters.gcp_schema import columns
from quake.schema import TABLES, as_record
from streaming.beam_io import WRITTEN, record_of
from streaming.records import as_row


@pytest.mark.parametrize("name", WRITTEN)
def test_a_row_of_every_table_travels_to_the_storage_write_api_whole(name, row):
    schema = {"fields": columns(TABLES[name])}
    sent = row(name)
    beam_row = beam_row_from_dict(record_of(as_row(sent)), schema)
    coder = RowCoder(named_fields_to_schema(get_beam_typehints_from_tableschema(schema)))
    again = coder.decode(coder.encode(beam_row))
    assert again.inserted_at is not None
    assert set(again._fields) == {item["name"] for item in schema["fields"]}
    for column, value in as_record(sent).items():
        found = getattr(again, column)
        if isinstance(value, datetime):
            assert found.to_utc_datetime(has_tz=True) == value
        elif not isinstance(value, list) or not isinstance(value[0], dict):
            assert (list(found) if isinstance(value, list) else found) == value
        else:
            assert [item._asdict() for item in found] == value
