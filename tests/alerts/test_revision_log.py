"""Thirteen days of the real USGS feed: how many earthquakes, merges, withdrawals, alerts; each disappearance explained.

Golden: tests/alerts/golden/revision_log.txt, as `python -m benchmarks.identity_revision_log` prints it. How
disappearance is inferred is said there. U.S. Geological Survey data, public domain.
"""

import gzip
import json
from pathlib import Path

import pytest

from benchmarks.identity_revision_log import counts, main, replay, table

GOLDEN = Path(__file__).parent / "golden" / "revision_log.txt"
BASE = {"place": "", "depth": 5.0, "lat": 40.0, "lon": -120.0, "mag": 3.5, "updated": 1_746_000_000_000}
HOUR = 3_600_000


@pytest.fixture(scope="module")
def replayed(shared_data):
    return replay(shared_data / "feeds" / "usgs_hourly_revision_log.jsonl.gz")


def test_revision_log_is_replayed_as_it_was(shared_data, monkeypatch, capsys):
    path = shared_data / "feeds" / "usgs_hourly_revision_log.jsonl.gz"
    monkeypatch.setattr("sys.argv", ["identity_revision_log", str(path)])
    main()
    assert capsys.readouterr().out == GOLDEN.read_text(encoding="utf-8")


def test_revision_log_loses_no_id_and_ends_every_alert(replayed):
    pipeline, changes = replayed
    found = counts(pipeline, changes)
    # facts.md and the data's README: 3,490 ids; every id that was dropped lives on in another's earthquake.
    assert found["ids"] == 3490 == found["earthquakes"] + found["inferred withdrawals"]
    assert found["alerts: ALERT"] == found["alerts: CANCEL"] + found["alerts: EXPIRED"]
    assert len(table(pipeline, changes)) == len(changes)


def test_revision_log_infers_that_an_id_was_replaced_and_came_back(tmp_path):
    first, second = 1_746_000_000_000, 1_746_000_002_000
    rows = [
        BASE | {"id": "us1", "time": first, "seen": first + HOUR},
        BASE | {"id": "nc1", "time": second, "seen": first + 2 * HOUR},
        BASE | {"id": "us1", "time": first, "seen": first + 3 * HOUR, "mag": 3.7},
        BASE | {"id": "nc2", "time": first + 20 * HOUR, "seen": first + 21 * HOUR},
        BASE | {"id": "nc3", "time": second + 20 * HOUR, "seen": first + 21 * HOUR},
    ]
    path = tmp_path / "log.jsonl.gz"
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    pipeline, changes = replay(path)
    assert [(change.kind, change.source_event_id) for change in changes] == [("withdrawn", "us1"), ("returned", "us1")]
    # us1, nc1 and us1 again are one earthquake; nc2 and nc3 came in one look, so they are two.
    assert counts(pipeline, changes)["earthquakes"] == 3
