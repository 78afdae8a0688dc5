"""What the BigQuery warehouse sends, where no emulator is needed; the rest is in the contract suite."""

import json
from datetime import UTC, datetime

import pytest

from quake.adapters.gcp_schema import columns
from quake.adapters.warehouse.bigquery import _json, _parameter, _prepared
from quake.adapters.warehouse.bigquery_client import _rows_table, parse_url
from quake.schema import TABLES, DeadLetter


@pytest.mark.parametrize("url", ["bigquery://p", "bigquery:///d", "bigquery://p/d/t", "bigquery://p/d?colour=red"])
def test_a_wrong_address_is_refused(url):
    with pytest.raises(ValueError, match="not the address|no option 'colour'"):
        parse_url(url)


def test_an_address_says_where_and_how_much():
    address = parse_url("bigquery://p1/quake?max_bytes_billed=1000")
    assert (address.dataset_path, address.max_bytes_billed, address.endpoint) == ("p1.quake", 1000, "")


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_partitioned_and_clustered_as_the_schema_says(name):
    made = _rows_table(TABLES[name], parse_url("bigquery://p1/quake"))
    assert made.time_partitioning.field == TABLES[name].partition
    assert tuple(made.clustering_fields or ()) == TABLES[name].cluster
    assert [field.name for field in made.schema] == [column["name"] for column in columns(TABLES[name])]


def test_a_row_is_json_that_keeps_whole_numbers_and_times():
    letter = DeadLetter(
        source="ü\ud800", payload_hash="x", reason="r", payload="p", received_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    sent = json.loads(json.dumps(_json(letter)))
    assert (sent["source"], sent["received_at"]) == ("ü\\ud800", "2026-01-01T00:00:00+00:00")


def test_a_parameter_has_bigquerys_type_and_null_needs_none():
    kinds = {True: "BOOL", 2**60: "INT64", 0.5: "FLOAT64", "a": "STRING", datetime(2026, 1, 1, tzinfo=UTC): "TIMESTAMP"}
    assert {value: _parameter("p", value).type_ for value in kinds} == kinds
    assert _parameter("p", ["a"]).array_type == "STRING"
    with pytest.raises(ValueError, match="cannot be dict"):
        _parameter("p", {})
    sql = "-- about @seq\nSELECT seq FROM `p.d.alerts` WHERE (@since IS NULL OR sent_at > @since) AND seq > @seq"
    prepared = _prepared(sql, {"seq": 1})
    assert prepared == "SELECT seq FROM `alerts` WHERE (NULL IS NULL OR sent_at > NULL) AND seq > @seq"
