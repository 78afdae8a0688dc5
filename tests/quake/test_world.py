"""Regional catalogues out of history and live reports."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from quake.aftershocks import MEMORY_DAYS
from quake.event import SeismicEvent
from quake.regions import hearing_regions, home_region
from quake.world import no_history
from quake.world_catalog import CatalogWorld

EVENT = SeismicEvent(
    source="usgs",
    source_event_id="us7000abcd",
    aliases=("us7000abcd", "ci123"),
    origin_time=datetime(2023, 2, 6, tzinfo=UTC),
    updated_at=datetime(2023, 2, 6, tzinfo=UTC),
    latitude=35.0,
    longitude=-118.0,
    magnitude=6.0,
)
HOME = home_region(35, -118)
HISTORY = {
    "ids": np.array(["ci123", "ci124"]),
    "origin_s": np.array([EVENT.origin_time.timestamp() - 5, 0.0]),
    "latitude": np.array([35.01, 35.02]),
    "longitude": np.array([-118.0, -118.0]),
    "magnitude": np.array([5.9, 4.0]),
}


def near(world: CatalogWorld, region: str = HOME) -> list[float]:
    return world.region(region).within(35.0, -118.0, 50).magnitude.tolist()


@pytest.mark.parametrize("asked_before", [True, False])
def test_a_live_report_stands_for_its_row_of_history(asked_before):
    world = CatalogWorld(HISTORY, None)
    if asked_before:
        assert near(world) == [4.0, 5.9]
    world.put("q1", EVENT)
    assert near(world) == [4.0, 6.0]
    world.put("q1", replace(EVENT, magnitude=6.2))
    assert near(world) == [4.0, 6.2]
    world.remove("q1")
    assert near(world) == [4.0]


def test_every_region_in_hearing_distance_hears_of_it():
    world = CatalogWorld(no_history(), None)
    world.put("q1", EVENT)
    for region in hearing_regions(35, -118, 6.0):
        assert near(world, region) == [6.0]
    world.put("q1", replace(EVENT, latitude=-35.0))
    assert not near(world) and len(world.region(home_region(-35, -118))) == 1


@pytest.mark.parametrize("changed", [{"magnitude": None}, {"event_type": "quarry blast"}])
def test_blasts_and_unknown_magnitudes_do_not_count(changed):
    world = CatalogWorld(no_history(), None)
    world.put("q1", EVENT)
    world.put("q1", replace(EVENT, **changed))
    assert not near(world)


def test_arrays_hold_the_live_part():
    world = CatalogWorld(HISTORY, None)
    world.put("q1", EVENT)
    world.put("q2", replace(EVENT, source_event_id="x", aliases=(), magnitude=5.0))
    again = CatalogWorld(HISTORY, None)
    again.restore(world.to_arrays(), {})
    assert near(again) == near(world) == [4.0, 6.0, 5.0]
    again.forget(EVENT.origin_time + timedelta(days=MEMORY_DAYS, seconds=1))
    assert near(again) == [4.0]
