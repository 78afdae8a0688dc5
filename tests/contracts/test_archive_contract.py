"""The raw archive on a BigQuery emulator: what Pub/Sub's subscription writes is read once each, in order."""

import json
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from google.cloud import bigquery

from benchmarks import emulators
from quake.adapters.archive import archived
from quake.adapters.warehouse.bigquery_client import new_client, parse_url
from quake.event import Tick, decode, encode, encode_reject

NOW = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = ("subscription_name", "message_id", "data", "attributes")


@pytest.fixture(scope="module")
def url() -> str:
    """A dataset whose table `events` holds ticks 1 to 20 in disorder, each twice, and a message without sequence."""
    try:
        address = parse_url(made := emulators.bigquery_url())
    except emulators.Unavailable as reason:
        pytest.skip(str(reason))
    client = new_client(address)
    client.create_dataset(bigquery.Dataset(address.dataset_path), exists_ok=True)
    schema = [bigquery.SchemaField(name, "STRING") for name in COLUMNS]
    table = bigquery.Table(
        f"{address.dataset_path}.events", [*schema, bigquery.SchemaField("publish_time", "TIMESTAMP")]
    )
    client.create_table(table)
    ticks = [encode(Tick(sequence=number, at=NOW + timedelta(minutes=number))).decode() for number in range(1, 21)]
    rows = [row(number, data, "{}") for number, data in enumerate([*ticks, *ticks])]
    rows.append(row(99, encode_reject("<html>").decode(), json.dumps({"type": "dead", "source": "usgs"})))
    Random(1).shuffle(rows)
    assert not client.insert_rows_json(table, rows)
    client.close()
    return made


def row(number: int, data: str, attributes: str) -> dict[str, str]:
    published = (NOW + timedelta(seconds=number)).isoformat()
    return {"message_id": str(number), "data": data, "attributes": attributes, "publish_time": published}


def test_each_message_comes_once_and_in_order(url):
    pages = list(archived(url, "events", page=8))
    received = [item for page in pages for item in page]
    assert len(received) == 21 and max(len(page) for page in pages) <= 8
    assert [decode(item.data).sequence for item in received[1:]] == list(range(1, 21))


def test_attributes_come_along_and_the_time_of_publication_with_them(url):
    first, second = [item for page in archived(url, "events") for item in page][:2]
    assert dict(first.attributes) == {
        "type": "dead",
        "source": "usgs",
        "received_at": (NOW + timedelta(seconds=99)).isoformat(),
    }
    assert second.attributes["received_at"] == NOW.isoformat(), "its first publication"


def test_another_address_is_refused():
    with pytest.raises(ValueError, match="not the address of a BigQuery warehouse"):
        next(archived("sqlite:///archive.db", "events"))
