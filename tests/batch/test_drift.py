"""Evidently on two windows of the warehouse: a change is found and kept, a quiet month is not, too little says nothing."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest

from batch.drift import SHARE, compare
from quake.adapters.storage import open_storage
from quake.adapters.warehouse import open_warehouse
from quake.schema import EventReport
from quake.settings import Settings

# Evidently 0.7 calls parts of pandas, scipy and pydantic that are to go; nothing we can answer.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::RuntimeWarning")

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SIMPLE = {str: "us", int: 0, float: 0.0, bool: False, datetime: NOW}
BLANK = {
    name: None if NoneType in get_args(hint) else SIMPLE.get(hint, ())
    for name, hint in get_type_hints(EventReport).items()
}
Fill = Callable[[float, int], Settings]


@pytest.fixture(name="fill")
def _fill(tmp_path: Path) -> Fill:
    """Two months of reports, 10 a day unless said otherwise, the second with another mean magnitude."""

    def fill(shift: float, count: int) -> Settings:
        settings, rng = Settings(data=tmp_path), np.random.default_rng(2)
        with closing(open_warehouse(settings.warehouse)) as warehouse:
            warehouse.insert([_report(n, rng, shift if n >= count // 2 else 0.0, 60 * n / count) for n in range(count)])
        return settings

    return fill


def _report(number: int, rng: np.random.Generator, shift: float, day: float) -> EventReport:
    at = NOW - timedelta(days=60) + timedelta(days=day)
    own: dict[str, Any] = {"source_event_id": str(number), "processed_sequence": number, "ingested_at": at}
    own |= {
        "magnitude": 4 + float(rng.exponential(0.5)) + shift,
        "depth_km": float(rng.uniform(0, 50)),
        "kind": "create",
    }
    return EventReport(**BLANK | own | {"latitude": float(rng.uniform(-60, 60))})


def test_a_shift_is_figured_and_kept(fill: Fill) -> None:
    settings = fill(0.5, 600)
    rows = {row.name: row for row in compare(settings, NOW)}
    assert rows["magnitude"].drifted and not rows["depth_km"].drifted and not rows[SHARE].drifted
    assert (rows[SHARE].window_start, rows[SHARE].window_end) == (NOW - timedelta(days=30), NOW)
    storage = open_storage(settings.storage)
    (page,) = storage.list("drift")
    assert rows[SHARE].report_url == f"{storage.url}/{page}" and b"<html" in storage.read(page)[:2000].lower()
    with closing(open_warehouse(settings.warehouse)) as warehouse:
        assert warehouse.query("SELECT name FROM drift_reports").num_rows == len(rows)


def test_too_few_reports_say_nothing(fill: Fill) -> None:
    settings = fill(2.0, 150)
    assert compare(settings, NOW) == [] and not open_storage(settings.storage).list("drift")
