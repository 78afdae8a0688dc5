"""Thirteen days of the real USGS feed: how many earthquakes, merges, withdrawals, alerts; each disappearance explained.

Golden: tests/alerts/golden/revision_log.txt, as `python -m benchmarks.identity_revision_log` prints it. How
disappearance is inferred: quake/adapters/feeds/revision_log.py. U.S. Geological Survey data, public domain.
"""

import gzip
import json
from pathlib import Path

import pytest

from benchmarks.identity_revision_log import counts, replay, summary, table

GOLDEN = Path(__file__).parent / "golden" / "revision_log.txt"
BASE = {"place": "", "depth": 5.0, "lat": 40.0, "lon": -120.0, "mag": 3.5, "updated": 1_746_000_000_000}
HOUR = 3_600_000


@pytest.fixture(scope="module")
def replayed(shared_data):
    return replay(shared_data / "feeds" / "usgs_hourly_revision_log.jsonl.gz")


def test_revision_log_is_replayed_as_it_was(replayed):
    assert summary(replayed) + "\n" == GOLDEN.read_text(encoding="utf-8")


def test_revision_log_explains_every_id_that_vanished(replayed):
    found, lines = counts(replayed), table(replayed)
    # 3,490 ids: the data's README. Each id that vanished lives on in the earthquake of the one that replaced it.
    assert found["ids"] == 3490 == found["earthquakes"] + found["ids withdrawn"]
    assert found["ids withdrawn"] + found["ids that came back"] == len(lines)
    assert all(" withdrawn: " in line and " speaks for " in line for line in lines)
    assert found["alerts: ALERT"] == found["alerts: CANCEL"] + found["alerts: EXPIRED"]


def test_revision_log_of_an_id_that_was_replaced_and_came_back(tmp_path):
    first, second = 1_746_000_000_000, 1_746_000_002_000
    rows = [
        BASE | {"id": "us1", "time": first, "seen": first + HOUR},
        BASE | {"id": "nc1", "time": second, "seen": first + 2 * HOUR},
        BASE | {"id": "nn1", "time": first, "seen": first + 3 * HOUR, "lat": -40.0},
        BASE | {"id": "us1", "time": first, "seen": first + 4 * HOUR, "mag": 3.7},
        BASE | {"id": "nc2", "time": first + 20 * HOUR, "seen": first + 21 * HOUR},
        BASE | {"id": "nc3", "time": second + 20 * HOUR, "seen": first + 21 * HOUR},
    ]
    path = tmp_path / "log.jsonl.gz"
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    pipeline = replay(path)
    name = next(row.quake_id for row in pipeline.reports if row.source_event_id == "us1")
    assert [line[len("04-30 09:00 ") :] for line in table(pipeline)] == [
        f"us1 withdrawn: nc1 speaks for {name}",
        f"us1 came back: nc1 speaks for {name}",
        f"nc1 withdrawn: us1 speaks for {name}",
    ]
    # us1, nc1 and us1 again are one earthquake, nn1 another; nc2 and nc3 came in one look of one network, so they are two.
    assert counts(pipeline)["earthquakes"] == 4
