"""The world of space-time states: history below, revisions above, snapshots between."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from quake.etas_models import WorldParameters, as_record, from_record
from quake.etas_parameters import CALIFORNIA
from quake.event import SeismicEvent
from quake.live import COLUMNS, Entry
from quake.regions import hearing_regions
from quake.world import warmed
from quake.world_etas import EtasWorld

PARAMETERS = WorldParameters({}, replace(CALIFORNIA, mc=4.0, mu=0.5, deep_time=0.1, deep_space=0.1))
START = datetime(2020, 1, 1, tzinfo=UTC)
PLACE = 35.0, -118.0
DAYS = 30


def history(count: int = 60, days: float = DAYS) -> dict[str, np.ndarray]:
    """Earthquakes around PLACE in the days before START, oldest first; a bigger one far away at the end."""
    rng = np.random.default_rng(5)
    offset = np.sort(rng.uniform(-days, 0, count))
    return {
        "ids": np.array([f"h{number}" for number in range(count)]),
        "origin_s": START.timestamp() + offset * 86_400,
        "latitude": PLACE[0] + rng.normal(0, 0.3, count),
        "longitude": PLACE[1] + rng.normal(0, 0.3, count),
        "magnitude": 4.0 + rng.exponential(0.4, count),
        "depth_km": rng.uniform(0, 200, count),
    }


def row(past: dict[str, np.ndarray], number: int, *names: str) -> Entry:
    """A row of history as a live report would bring it."""
    columns = (float(past[name][number]) for name in COLUMNS)
    return Entry(*columns, names or (str(past["ids"][number]),))


def shock(minutes: float, magnitude: float, *names: str) -> Entry:
    """A live earthquake at PLACE."""
    return Entry((START + timedelta(minutes=minutes)).timestamp(), *PLACE, magnitude, 10.0, names or ("live",))


def said(world: EtasWorld, at: datetime = START + timedelta(days=1)) -> np.ndarray:
    """What the world expects at PLACE."""
    return world.expected(*PLACE, at)


def kept(world: EtasWorld) -> dict[str, dict[str, np.ndarray]]:
    """The states as a snapshot holds them."""
    return {region: world.region_arrays(region) for region in world.marks()}


def test_a_main_shock_raises_what_is_expected_and_a_withdrawal_lowers_it():
    world = EtasWorld(history(), PARAMETERS)
    before = said(world)
    world.enter("q", shock(5, 7.0))
    large = said(world)
    assert (large > 1.2 * before).all()
    world.enter("q", shock(5, 6.0))
    assert (said(world) > before).all() and (said(world) < large).all()
    world.remove("q")
    np.testing.assert_allclose(said(world), before, rtol=1e-3)


def test_a_solution_that_moves_in_depth_alone_moves_the_forecast():
    """From 10 to 600 km, where it triggers a tenth: what it adds falls to that of one that was deep at once."""
    moved, deep = (EtasWorld(history(), PARAMETERS) for _ in range(2))
    before = said(moved)
    moved.enter("q", shock(5, 7.0))
    shallow = said(moved)
    for world in (moved, deep):
        world.enter("q", replace(shock(5, 7.0), depth_km=600.0))
    np.testing.assert_allclose(said(moved), said(deep), rtol=1e-3)
    assert (said(moved) - before < 0.3 * (shallow - before)).all()


def test_parity_a_report_without_a_depth_is_taken_as_shallow():
    where = {"latitude": PLACE[0], "longitude": PLACE[1], "magnitude": 6.0}
    event = SeismicEvent(source="usgs", source_event_id="live", origin_time=START, updated_at=START, **where)
    unknown, shallow = (EtasWorld(history(), PARAMETERS) for _ in range(2))
    unknown.put("q", event)
    shallow.put("q", replace(event, depth_km=20.0))
    assert (said(unknown) == said(shallow)).all() and unknown.live["q"].depth_km == 0.0


def test_the_same_solution_again_changes_nothing():
    world = EtasWorld(history(), PARAMETERS)
    world.enter("q", shock(5, 6.5))
    marks = world.marks()
    world.enter("q", shock(5, 6.5))
    assert world.marks() == marks


@pytest.mark.parametrize("asked_before", [True, False])
def test_a_live_report_stands_for_its_row_of_history(asked_before):
    past = history()
    world = EtasWorld(past, PARAMETERS)
    plain = said(world)
    if not asked_before:
        world = EtasWorld(past, PARAMETERS)
    world.enter("q", row(past, -1))
    np.testing.assert_allclose(said(world), plain, rtol=1e-3)
    world.remove("q")
    assert (said(world) < plain).all()


def test_when_a_region_is_asked_does_not_matter():
    """Begun before the first live report or by it: the same to the last digit."""
    early, late = (EtasWorld(history(), PARAMETERS) for _ in range(2))
    said(early)
    for world in (early, late):
        world.enter("q", shock(5, 6.5))
    assert (said(early) == said(late)).all()


@pytest.mark.parametrize("names", [("live",), ("live", "h59")])
def test_resume_from_arrays_equals_never_having_stopped(names):
    whole, past = EtasWorld(history(), PARAMETERS), history()
    whole.enter("q1", shock(5, 6.5, *names))
    again = EtasWorld(past, PARAMETERS)
    again.restore(whole.to_arrays(), kept(whole))
    for world in (whole, again):
        world.enter("q1", shock(5, 6.7, *names))
        world.enter("q2", shock(9, 4.5, "other"))
    assert (said(whole) == said(again)).all()
    assert whole.marks() == again.marks()


def test_history_learnt_since_the_snapshot_is_taken_in_once():
    past = history()
    short = {name: column[:50] for name, column in past.items()}
    world = EtasWorld(short, PARAMETERS)
    world.enter("q", row(past, 55, "h55", "other"))
    grown = EtasWorld(past, PARAMETERS)
    grown.restore(world.to_arrays(), kept(world))
    whole = EtasWorld(past, PARAMETERS)
    said(whole)
    assert {r: len(s) for r, s in grown.etas.states.items()} == {r: len(whole.etas.state(r)) for r in grown.etas.states}
    np.testing.assert_allclose(said(grown), said(whole), rtol=1e-3)


def test_other_parameters_make_the_states_anew():
    world = EtasWorld(history(), PARAMETERS)
    world.enter("q", shock(5, 6.5))
    other = WorldParameters({}, replace(PARAMETERS.default, a_time=0.8))
    fresh, moved = EtasWorld(history(), other), EtasWorld(history(), other)
    moved.restore(world.to_arrays(), {})
    fresh.enter("q", shock(5, 6.5))
    assert (said(moved) == said(fresh)).all() and (said(moved) != said(world)).any()


@dataclass(frozen=True)
class OnlySpaceTime:
    """Of a model the part that makes its world."""

    etas: WorldParameters = PARAMETERS


def test_a_new_champions_world_does_not_hang_on_the_order_of_the_reports():
    """A region may hear of an earthquake late, when it has grown: its worker must make the same state as one that knew."""
    live = {f"q{number}": shock(60 * number, 4.5 + 0.4 * number) for number in range(4)}
    worlds = []
    for heard in (live, dict(reversed(live.items()))):
        before, later = EtasWorld(history(), PARAMETERS), EtasWorld(history(), PARAMETERS)
        for quake_id, entry in heard.items():
            before.enter(quake_id, entry)
        later.follow(before, "2020-01-01")
        worlds += [later, warmed(OnlySpaceTime(), history(), before.live, [])]
    for world in worlds:
        np.testing.assert_array_equal(said(world), said(worlds[0]))


def test_a_worker_of_one_region_gives_that_regions_share():
    whole = EtasWorld(history(), PARAMETERS)
    whole.enter("q", shock(5, 6.5))
    at, regions = START + timedelta(days=1), whole.regions_at(*PLACE)
    assert len(regions) > 1
    for region in regions:
        one = EtasWorld(history(), PARAMETERS, frozenset([region]))
        one.enter("q", shock(5, 6.5))
        assert set(one.etas.states) == {region}
        assert (one.share(region, *PLACE, at) == whole.share(region, *PLACE, at)).all()


def test_old_live_earthquakes_stay_in_the_states_but_can_not_be_revised():
    world = EtasWorld(history(), PARAMETERS)
    world.enter("q", shock(5, 6.5))
    expected = said(world)
    world.forget(START + timedelta(days=401))
    assert not world.live and (said(world) == expected).all()


def test_every_region_in_hearing_distance_hears_of_it():
    world = EtasWorld({name: column[:0] for name, column in history().items()}, PARAMETERS)
    world.enter("q", shock(5, 6.5))
    assert sorted(world.etas.states) == sorted(hearing_regions(*PLACE, 6.5))


def test_parameters_have_a_digest_of_their_values():
    again = from_record(as_record(PARAMETERS.default, PARAMETERS.regions))
    assert again.digest == PARAMETERS.digest
    assert WorldParameters({}, replace(PARAMETERS.default, mu=0.6)).digest != PARAMETERS.digest
