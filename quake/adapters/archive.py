"""The raw archive: every message of a topic as it was published, in a BigQuery dataset that Pub/Sub itself writes."""

import json
from collections.abc import Iterator
from typing import Any

from quake.adapters.bus import Received
from quake.adapters.warehouse.bigquery_client import new_client, parse_url

PAGE = 5_000
"""Messages a page holds."""
# Pub/Sub may deliver a message twice, ingest may publish it twice. What a feed sent amiss has no sequence and comes
# first: nothing hangs on it.
SQL = """
SELECT data, MIN(attributes) AS attributes, MIN(publish_time) AS published_at
FROM `{table}`
GROUP BY data
ORDER BY SAFE_CAST(JSON_VALUE(data, '$.sequence') AS INT64), published_at
"""


def archived(url: str, topic: str, page: int = PAGE) -> Iterator[list[Received]]:
    """Pages of the topic's messages from `bigquery://PROJECT/DATASET`, each message once, in the order of `sequence`.

    Raises ValueError for another address, NotFound where there is no such archive.
    """
    address = parse_url(url)
    client = new_client(address)
    try:
        found = client.query(SQL.format(table=f"{address.dataset_path}.{topic}")).result(page_size=page)
        for rows in found.pages:
            yield [_received(row) for row in rows]
    finally:
        client.close()


def _received(row: Any) -> Received:
    attributes = {"received_at": row["published_at"].isoformat()} | json.loads(row["attributes"] or "{}")
    return Received(lease="", data=row["data"].encode(), attributes=attributes, attempt=1)
