"""The simulator against the laws it draws from, and the agencies' habits against what they claim."""

import math
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from numpy.random import default_rng

from quake.geo import destination, distance_km
from quake.simulator import World, displaced, magnitudes, simulate_earthquakes
from quake.simulator_reports import AGENCIES, Agency, SimulatedReport, simulate_reports

START = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def reports() -> list[SimulatedReport]:
    """About 11,000 reports of a month."""
    rng = default_rng(11)
    return simulate_reports(rng, simulate_earthquakes(rng, 30.0, World(rate_per_day=50.0)), START)


def test_branching_ratio_is_the_share_of_triggered_earthquakes() -> None:
    # With the waiting times cut off at 0.01 days' Omori law almost none falls past the end: n = triggered / all.
    world = World(rate_per_day=2000.0, c_days=1e-4, p=1.9, branching_ratio=0.5, productivity=0.5)
    earthquakes = simulate_earthquakes(default_rng(1), 20.0, world)
    assert np.mean(earthquakes.generation > 0) == pytest.approx(0.5, abs=0.02)


def test_magnitudes_follow_gutenberg_richter() -> None:
    drawn = magnitudes(default_rng(2), 100_000, World(b_value=1.0))
    # Aki (1965): b = log10(e) / (mean - mc), with half the bin of 0.01 taken off; truncation at 8.5 is far off.
    assert math.log10(math.e) / (drawn.mean() - 2.5) == pytest.approx(1.0, abs=0.02)
    assert 2.5 <= drawn.min() and drawn.max() <= 8.5


def test_waiting_times_follow_omori_utsu() -> None:
    world = World(rate_per_day=500.0, branching_ratio=0.6, productivity=0.3, c_days=0.01, p=1.5)
    earthquakes = simulate_earthquakes(default_rng(3), 40.0, world)
    from quake.simulator import _offspring

    parents = earthquakes.take(np.flatnonzero(earthquakes.days < 1.0))
    children = _offspring(default_rng(4), parents.take(np.repeat(0, 200_000)), 1e9, world)
    waiting = children.days - parents.days[0]
    for t in (0.01, 0.1, 1.0, 10.0):
        # Cumulative Omori-Utsu law: 1 - (1 + t / c)^(1 - p).
        assert np.mean(waiting < t) == pytest.approx(1 - (1 + t / 0.01) ** -0.5, abs=0.01)


def test_displaced_is_destination() -> None:
    rng = default_rng(5)
    latitude, longitude = rng.uniform(-90, 90, 300), rng.uniform(-180, 180, 300)
    bearing, distance = rng.uniform(0, 360, 300), rng.uniform(0, 3000, 300)
    to_latitude, to_longitude = displaced(latitude, longitude, np.radians(bearing), distance)
    expected = np.array([destination(*point) for point in zip(latitude, longitude, bearing, distance)]).T
    assert distance_km(to_latitude, to_longitude, *expected).max() < 1e-6


def test_determinism_of_the_seed() -> None:
    def world(seed: int) -> list[SimulatedReport]:
        rng = default_rng(seed)
        return simulate_reports(rng, simulate_earthquakes(rng, 5.0), START)

    assert world(7) == world(7)
    assert world(7) != world(8)


def test_a_world_that_would_explode_is_refused() -> None:
    with pytest.raises(ValueError, match="branching_ratio"):
        simulate_earthquakes(default_rng(1), 1.0, World(branching_ratio=1.0))


def test_earthquakes_cross_the_antimeridian_and_reach_the_poles() -> None:
    earthquakes = simulate_earthquakes(default_rng(9), 100.0)
    assert np.any(earthquakes.longitude > 179) and np.any(earthquakes.longitude < -179)
    assert earthquakes.latitude.max() > 89 and earthquakes.latitude.min() < -88
    assert np.all(np.diff(earthquakes.days) >= 0)


def test_reports_come_in_order_of_arrival_and_never_before_the_earthquake(reports: list[SimulatedReport]) -> None:
    assert [report.at for report in reports] == sorted(report.at for report in reports)
    assert all(report.at >= report.event.updated_at > report.event.origin_time for report in reports)


def test_adversarial_habits_all_occur(reports: list[SimulatedReport]) -> None:
    events = [report.event for report in reports]
    seen, overtaken, repeated, late = defaultdict(list), 0, 0, 0
    for report in reports:
        event = report.event
        earlier = seen[event.source, event.source_event_id]
        repeated += event in earlier
        overtaken += any(other.updated_at > event.updated_at for other in earlier)
        late += not earlier and report.at - event.origin_time > timedelta(days=1)
        earlier.append(event)
    share = {
        "repeated": repeated, "overtaken": overtaken, "late": late, "false": sum(report.quake < 0 for report in reports),
        "renamed": sum(len(event.aliases) > 1 for event in events),
        "withdrawn": sum(event.kind == "delete" for event in events),
        "no magnitude": sum(event.magnitude is None for event in events),
        "second agency": sum(event.source == AGENCIES[1].source for event in events),
    }  # fmt: skip
    assert {name: count for name, count in share.items() if count < 0.003 * len(reports)} == {}


def test_no_revision_exceeds_the_largest(reports: list[SimulatedReport]) -> None:
    told = defaultdict(list)
    for report in reports:
        if report.event.magnitude is not None:
            told[report.event.source, report.quake].append(report.event.magnitude)
    changes = [max(magnitudes_told) - min(magnitudes_told) for magnitudes_told in told.values()]
    assert 0.4 < max(changes) <= 0.6 + 1e-9


def test_a_false_earthquake_is_always_withdrawn_and_a_withdrawal_repeats_the_last_content() -> None:
    rng = default_rng(12)
    agency = Agency("simulate", "sa", false=0.5, withdrawn=0.3, repeated=0.0, delayed=0.0)
    versions = defaultdict(list)
    for report in simulate_reports(rng, simulate_earthquakes(rng, 10.0), START, [agency]):
        versions[report.quake].append(report.event)
    withdrawn = [told for told in versions.values() if told[-1].kind == "delete"]
    assert all(told[-1].kind == "delete" for quake, told in versions.items() if quake < 0)
    assert len(withdrawn) > 50
    for *_, before, last in withdrawn:
        assert (last.source_event_id, last.magnitude, last.latitude) == (
            before.source_event_id, before.magnitude, before.latitude,
        )  # fmt: skip


def test_a_new_id_names_the_old_one(reports: list[SimulatedReport]) -> None:
    truth = {(report.event.source, report.event.source_event_id): report.quake for report in reports}
    for report in reports:
        assert report.event.source_event_id in report.event.aliases
        for alias in report.event.aliases:
            # A report that was held up may be the only one under the old id and come later: it is then in truth too.
            assert truth.get((report.event.source, alias), report.quake) == report.quake
