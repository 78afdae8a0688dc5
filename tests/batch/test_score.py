"""Outcomes of issued forecasts: counted once, when the catalogue has settled, as it was known then."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from types import NoneType
from typing import Any, get_args, get_type_hints

import numpy as np
import pyarrow as pa
import pytest
from structlog.testing import capture_logs

from batch.score import observed, score_forecasts
from batch.score_windows import coverage, scores_of
from quake.adapters.registry.alias import place, write_aliases
from quake.adapters.registry import committed
from quake.adapters.storage import open_storage
from quake.adapters.warehouse import Warehouse, open_warehouse
from quake.monitoring import MEASURED
from quake.regions import home_region
from quake.schema import Assessment, Forecast
from quake.settings import Settings

ISSUED = datetime(2026, 1, 4, tzinfo=UTC)
DUE = ISSUED + timedelta(days=37)


def row(kind: type, **given: Any) -> Any:
    """A row with a value of its type in every other column."""
    simple = {str: "x", int: 0, float: 0.0, bool: False, datetime: ISSUED}
    blank = {
        name: None if NoneType in get_args(hint) else simple.get(hint, ())
        for name, hint in get_type_hints(kind).items()
    }
    return kind(**blank | given)


def quake(quake_id: str, days: float, **given: Any) -> Assessment:
    at = ISSUED + timedelta(days=days)
    base = {"quake_id": quake_id, "revision": 1, "role": "champion", "status": "active", "event_type": "earthquake"}
    base |= {"origin_time": at, "assessed_at": at, "magnitude": 5.5, "latitude": 38.0, "longitude": 142.0}
    return row(Assessment, **base | given)


def forecast(cell: str = "a", issued_at: datetime = ISSUED, **given: Any) -> Forecast:
    base = {"horizon_days": 7, "magnitude_min": 5.0, "role": "champion", "latitude": 38.0, "longitude": 142.0}
    base |= {"expected": 0.5, "probability": 0.4, "baseline_expected": 0.1, "baseline_probability": 0.095}
    return row(Forecast, cell=cell, issued_at=issued_at, **base | given)


@pytest.fixture(name="settings")
def _settings(tmp_path) -> Settings:
    return Settings(data=tmp_path)


@pytest.fixture(name="warehouse")
def _warehouse(settings: Settings) -> Iterator[Warehouse]:
    with closing(open_warehouse(settings.warehouse)) as opened:
        yield opened


def counted(warehouse: Warehouse) -> dict[str, int]:
    found = warehouse.query("SELECT cell, observed FROM outcomes").to_pylist()
    return {item["cell"]: item["observed"] for item in found}


def test_outcomes_wait_until_the_catalogue_has_settled(settings: Settings, warehouse: Warehouse) -> None:
    warehouse.insert([forecast(), quake("q", 1)])
    assert score_forecasts(settings, DUE - timedelta(seconds=1)) == 0
    assert score_forecasts(settings, DUE) == 1 and counted(warehouse) == {"a": 1}
    assert score_forecasts(settings, DUE + timedelta(days=9)) == 0


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ({}, 1),
        ({"magnitude": 4.9}, 0),
        ({"magnitude": None}, 0),
        ({"latitude": 38.89}, 1),
        ({"latitude": 38.91}, 0),
        ({"origin_time": ISSUED}, 0),
        ({"origin_time": ISSUED + timedelta(days=7)}, 1),
        ({"origin_time": ISSUED + timedelta(days=7, seconds=1)}, 0),
        ({"event_type": "explosion"}, 0),
        ({"role": "challenger"}, 0),
    ],
)
def test_what_counts_lies_in_disc_window_and_magnitude(settings, warehouse, given: dict, count: int) -> None:
    """A degree of latitude is 111.2 km on the sphere of 6,371 km: 0.89 degrees are 99 km."""
    warehouse.insert([forecast(), quake("q", 1, **given)])
    score_forecasts(settings, DUE)
    assert counted(warehouse) == {"a": count}


def test_the_catalogue_is_the_one_known_when_the_forecast_fell_due(settings, warehouse) -> None:
    """Withdrawn in time counts not, withdrawn later still counts; a late run counts the same."""
    withdrawn = {"revision": 2, "status": "withdrawn"}
    rows = [quake("a", 1), quake("a", 1, assessed_at=DUE - timedelta(days=1), **withdrawn)]
    rows += [quake("b", 2), quake("b", 2, assessed_at=DUE + timedelta(days=1), **withdrawn)]
    warehouse.insert([forecast(), *rows])
    score_forecasts(settings, DUE + timedelta(days=100))
    assert counted(warehouse) == {"a": 1}


def test_scores_are_kept_by_role_horizon_and_magnitude(settings: Settings, warehouse: Warehouse) -> None:
    warehouse.insert([forecast(), forecast(role="challenger"), forecast(hindsight=True, cell="b"), quake("q", 1)])
    score_forecasts(settings, DUE)
    storage = open_storage(settings.storage)
    scores = json.loads(storage.read(storage.list("scores")[-1]))
    found = [(score["role"], score["region"], score["forecasts"]) for score in scores if score["kind"] == "scheduled"]
    japan = home_region(38.0, 142.0)
    assert found == [(role, region, 1) for role in ("challenger", "champion") for region in ("world", japan)]


def known(issued_at: datetime, came: int, **given: Any) -> dict[str, Any]:
    base = {"role": "champion", "horizon_days": 7, "magnitude_min": 5.0, "expected": 0.5, "probability": 0.4}
    base |= {"latitude": 38.0, "longitude": 142.0, "baseline_probability": 0.1}
    return base | {"issued_at": issued_at, "observed": came} | given


def test_windows_that_overlap_are_not_scored_twice(settings: Settings, warehouse: Warehouse) -> None:
    """Of 70 daily forecasts of seven days ten remain, and none that is issued in the course of a day."""
    start = datetime.fromordinal(7 * 105_000).replace(tzinfo=UTC)
    warehouse.insert([forecast(issued_at=start + timedelta(days=day)) for day in range(70)])
    warehouse.insert([forecast(issued_at=start + timedelta(hours=hour)) for hour in range(1, 24)])
    score_forecasts(settings, start + timedelta(days=200))
    storage = open_storage(settings.storage)
    score = json.loads(storage.read(storage.list("scores")[-1]))[0]
    assert (score["forecasts"], score["observed"], score["expected"]) == (10, 0, pytest.approx(5.0))
    # Zechar et al. (2010), equation 2: P(none) = e^-5.
    assert score["number_test"] == [pytest.approx(1.0), pytest.approx(0.006738, abs=1e-6)]


def test_a_forecast_that_knew_gains_and_is_reliable() -> None:
    start = datetime.fromordinal(105_000).replace(tzinfo=UTC)
    rows = [known(start + timedelta(days=day), int(day % 10 < 4), horizon_days=1) for day in range(100)]
    world, region = scores_of(pa.Table.from_pylist(rows))
    assert world["gain"] > 0 and world["brier_skill"] > 0 and world["gain_low"] < world["gain"] < world["gain_high"]
    (bin_,) = world["reliability"]
    assert bin_["frequency"] == pytest.approx(0.4)
    assert region["gain"] == world["gain"] and "reliability" not in region


def test_coverage_is_the_share_of_windows_inside_the_interval() -> None:
    """A Poisson number of mean 4 lies from 1 to 8 with 90 % (tables: P(0) = 0.018, P(<= 8) = 0.979)."""
    counts, windows = np.array([0, 1, 3, 5, 8, 9, 10.0]), np.array([0, 1, 2, 2, 3, 4, 5])
    assert coverage(np.array([4, 4, 2, 2, 4, 4, 4.0]), counts, windows) == pytest.approx(3 / 6)


def test_monitoring_hears_of_coverage_and_of_the_champions_age(settings: Settings, warehouse: Warehouse) -> None:
    storage = open_storage(settings.storage)
    made_at = (DUE - timedelta(days=40)).isoformat()
    entry = place(storage, "m1", committed()[0], {"made_at": made_at}, DUE.isoformat())
    write_aliases(storage, {"champion": entry})
    warehouse.insert([forecast(), quake("q", 1)])
    with capture_logs() as told:
        score_forecasts(settings, DUE)
    figures = {row["metric"]: row["value"] for row in told if row["event"] == MEASURED}
    assert figures.keys() == {"information_gain", "reliability", "interval_coverage", "model_age"}
    assert figures["model_age"] == 40 and figures["interval_coverage"] == 1.0


def test_nothing_came_is_zero_everywhere() -> None:
    make: Callable[..., Any] = lambda cell: {"latitude": 0.0, "longitude": 0.0, "magnitude_min": 5.0, "cell": cell}
    assert observed([make("a"), make("b")], [], ISSUED, DUE).tolist() == [0, 0]
