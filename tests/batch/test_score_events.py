"""What was said right after earthquakes: one row each, gains by region, a challenger beside the champion."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from types import NoneType
from typing import Any, get_args, get_type_hints

import pytest

from batch.score_events import event_scores, followed, shadow
from quake.adapters.warehouse import Warehouse, open_warehouse
from quake.schema import Assessment
from quake.settings import Settings

NOW = datetime(2026, 6, 1, tzinfo=UTC)
START = NOW - timedelta(days=200)
SIMPLE = {str: "x", int: 0, float: 0.0, bool: False, datetime: START}
BLANK = {
    name: None if NoneType in get_args(hint) else SIMPLE.get(hint, ())
    for name, hint in get_type_hints(Assessment).items()
}


@pytest.fixture(name="warehouse")
def _warehouse(tmp_path) -> Iterator[Warehouse]:
    with closing(open_warehouse(Settings(data=tmp_path).warehouse)) as opened:
        yield opened


def said(quake_id: str, days: float, **given: Any) -> Assessment:
    """An M 5.5 off Japan, told of ten minutes later."""
    at = START + timedelta(days=days)
    base = {"quake_id": quake_id, "revision": 1, "role": "champion", "model_version": "old", "status": "active"}
    base |= {"event_type": "earthquake", "origin_time": at, "assessed_at": at + timedelta(minutes=10), "region": "r180"}
    base |= {"magnitude": 5.5, "latitude": 38.0, "longitude": 142.0, "probability": 0.4, "baseline_probability": 0.1}
    return Assessment(**BLANK | base | given)


def test_followers_are_counted_after_the_telling_near_by_and_for_a_week(warehouse: Warehouse) -> None:
    rows = [said("main", 0), said("early", 0.005), said("after", 1), said("far", 2, latitude=20.0), said("late", 7.5)]
    warehouse.insert([*rows, said("small", 3, magnitude=4.9), said("blast", 3, event_type="explosion")])
    counts = {row["quake_id"]: row["observed"] for row in followed(warehouse, NOW)}
    assert counts == {"main": 1, "early": 1, "after": 1, "far": 0, "late": 0, "small": 1}


def test_the_first_word_counts_and_only_when_the_catalogue_has_settled(warehouse: Warehouse) -> None:
    warehouse.insert([said("a", 0, magnitude=None), said("a", 1, revision=2, probability=0.2)])
    warehouse.insert([said("a", 2, revision=3, probability=0.9), said("b", 200 - 37, region="r1")])
    assert [(row["quake_id"], row["probability"]) for row in followed(warehouse, NOW)] == [("a", 0.2)]
    assert {row["quake_id"] for row in followed(warehouse, NOW + timedelta(days=1))} == {"a", "b"}


def test_gains_are_told_by_role_and_region_without_a_number_test(warehouse: Warehouse) -> None:
    """0.4 where it happened and 0.1 was normal: ln 4; where it did not: ln(0.6 / 0.9)."""
    warehouse.insert([said("a", 0), said("b", 1, region="r181"), said("c", 100)])
    scores = {(row["role"], row["region"]): row for row in event_scores(warehouse, NOW)}
    assert scores.keys() == {("champion", "world"), ("champion", "r180"), ("champion", "r181")}
    assert scores["champion", "r181"]["gain"] == pytest.approx(-0.405465, abs=1e-6)
    assert scores["champion", "world"]["gain"] == pytest.approx((1.386294 - 2 * 0.405465) / 3, abs=1e-6)
    assert scores["champion", "world"]["followed"] == 1 and "number_test" not in scores["champion", "world"]


def test_a_challenger_is_paired_with_what_the_champion_said_of_the_same_report(warehouse: Warehouse) -> None:
    other = {"role": "challenger", "model_version": "new", "probability": 0.2}
    warehouse.insert([said(name, days) for name, days in (("a", 0), ("b", 1), ("c", 2))])
    warehouse.insert([said("b", 1, **other), said("c", 2, **other), said("alone", 3, **other)])
    warehouse.insert([said("c", 2, **other | {"model_version": "newer"}, revision=2)])
    found = shadow(warehouse, NOW, "new", "old")
    assert found.forecasts == 2
    # b is followed by c; after c comes "alone", which only the challenger has told of.
    assert found.gain.value == pytest.approx((-0.693147 + 0.287682) / 2, abs=1e-6)
    assert shadow(warehouse, NOW, "new", "older") is None
