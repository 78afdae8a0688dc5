"""The drift watch: injected faults are found, aftershock sequences and snapshots change nothing."""

import json
from datetime import UTC, datetime, timedelta
from types import NoneType
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest

from quake.schema import Assessment, DriftAlarm
from streaming.drift import COMPLETENESS, DEPTH, MAGNITUDE, RATE, SILENCE, RegionWatch, Watch, alarm
from streaming.drift_sequence import Independence

START = datetime(2020, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SIMPLE = {str: "", int: 0, float: 0.0, bool: False, datetime: START}
BLANK = {
    name: None if NoneType in get_args(hint) else SIMPLE.get(hint, ())
    for name, hint in get_type_hints(Assessment).items()
}
BASE = BLANK | {"status": "active", "event_type": "earthquake", "region": "r", "source": "usgs", "depth_km": 10.0}

Rows = list[Assessment]


def quake(number: int, at: datetime, **given: Any) -> Assessment:
    own = {"quake_id": str(number), "assessed_at": at, "origin_time": at, "processed_sequence": number}
    return Assessment(**BASE | own | given)


def catalogue(days: float, a_day: float = 5.0, seed: int = 1, first: int = 0, start: datetime = START) -> Rows:
    """Independent earthquakes all over the world with b = 1 above M 4.5."""
    rng = np.random.default_rng(seed)
    seconds = np.sort(rng.uniform(0, days * 86_400, rng.poisson(days * a_day)))
    magnitude = np.round(4.5 + rng.exponential(0.434, len(seconds)).clip(max=3.5), 1)
    latitude = np.degrees(np.arcsin(rng.uniform(-1, 1, len(seconds))))
    longitude = rng.uniform(-180, 180, len(seconds))
    rows = zip(seconds.tolist(), magnitude.tolist(), latitude.tolist(), longitude.tolist())
    return [
        quake(first + n, start + timedelta(seconds=s), magnitude=m, latitude=lat, longitude=lon)
        for n, (s, m, lat, lon) in enumerate(rows)
    ]


def watched(watch: Watch, rows: Rows, until: datetime, start: datetime = START) -> list[DriftAlarm]:
    """Alarms of the rows with a tick an hour, to the end."""
    found, tick = [], start
    for row in rows:
        while tick <= row.assessed_at:
            found += watch.tick(tick, row.processed_sequence)
            tick += DAY / 24
        found += watch.update(row)
    while tick <= until:
        found += watch.tick(tick, 0)
        tick += DAY / 24
    return found


def changed(rows: Rows, after: datetime, **functions: Any) -> Rows:
    """The rows with columns changed from a time on."""
    base = {name: getattr(row, name) for row in rows[:1] for name in BASE}
    made = []
    for row in rows:
        own = {name: getattr(row, name) for name in base}
        if row.assessed_at >= after:
            own |= {name: change(own[name]) for name, change in functions.items()}
        made.append(Assessment(**own))
    return made


def test_nothing_is_wrong_for_two_years() -> None:
    rows = catalogue(730)
    assert len(rows) > 3000
    assert len(watched(Watch(), rows, START + 730 * DAY)) <= 2


def test_a_shift_of_all_magnitudes_is_found() -> None:
    """The shift of 0.2 between mb and Mw, half a standard deviation."""
    onset = START + 200 * DAY
    rows = changed(catalogue(260), onset, magnitude=lambda value: value + 0.2)
    found = watched(Watch(), rows, START + 260 * DAY)
    assert found[0].statistic == MAGNITUDE and onset < found[0].raised_at < onset + 30 * DAY
    assert found[0].expected == pytest.approx(4.93, abs=0.1)


def test_lost_completeness_is_found() -> None:
    onset = START + 200 * DAY
    rows = [row for row in catalogue(260) if row.assessed_at < onset or row.magnitude >= 5.0]
    found = watched(Watch(), rows, START + 260 * DAY)
    assert {alarm.statistic for alarm in found} <= {COMPLETENESS, RATE}
    assert onset < found[0].raised_at < onset + 10 * DAY


def test_flipped_depths_are_found_within_a_day() -> None:
    """On a feed as busy as the world's, 300 a day, of which 2 in 100 lie above sea level."""
    onset = START + 3 * DAY
    rows = catalogue(4, a_day=300)
    rows = [*rows[:50], *changed(rows[50:51], START, depth_km=lambda _: -1.0), *rows[51:]]
    found = watched(Watch(), changed(rows, onset, depth_km=lambda value: -value), START + 4 * DAY)
    depth = [alarm for alarm in found if alarm.statistic == DEPTH]
    assert depth and onset < depth[0].raised_at < onset + DAY / 4


def test_a_silent_feed_is_found_within_a_day_and_told_once() -> None:
    rows = catalogue(10, a_day=100)
    end = rows[-1].assessed_at
    found = watched(Watch(), rows, end + 5 * DAY)
    silent = [alarm for alarm in found if alarm.statistic == SILENCE]
    assert [alarm.region for alarm in silent] == ["usgs"]
    assert end < silent[0].raised_at < end + DAY


def test_one_of_two_feeds_falls_silent() -> None:
    rows = [row if row.processed_sequence % 2 else changed([row], START, source=lambda _: "emsc")[0]
            for row in catalogue(20, a_day=100)]  # fmt: skip
    onset = START + 10 * DAY
    rows = [row for row in rows if row.source == "usgs" or row.assessed_at < onset]
    silent = [alarm for alarm in watched(Watch(), rows, START + 20 * DAY) if alarm.statistic == SILENCE]
    assert [alarm.region for alarm in silent] == ["emsc"] and silent[0].raised_at < onset + DAY


def test_an_aftershock_sequence_is_no_drift() -> None:
    """A thousand aftershocks of an M 8 in ten days at one place, large ones first as in a real one: Ogata's gap."""
    rows, main = catalogue(260), START + 200 * DAY
    rng = np.random.default_rng(3)
    waits = np.sort(0.01 * (1001 ** rng.random(1000) - 1))
    sizes = np.maximum(4.5, 6.5 - np.log10(waits + 1e-3)) - 1.5 + rng.exponential(0.434, 1000)
    after = [
        quake(90_000 + n, main + wait * DAY, magnitude=round(float(min(size, 7.5)), 1), latitude=38.0 + 0.5 * place)
        for n, (wait, size, place) in enumerate(zip(waits.tolist(), sizes.tolist(), rng.normal(size=1000).tolist()))
    ]
    shock = quake(89_999, main, magnitude=8.0, latitude=38.0)
    both = sorted([*rows, shock, *after], key=lambda row: row.assessed_at)
    quiet, shaken = (watched(Watch(), these, START + 260 * DAY) for these in (rows, both))
    assert [alarm.statistic for alarm in shaken] == [alarm.statistic for alarm in quiet] == []


def test_slow_snapshot_and_rest_equal_the_whole() -> None:
    """Through JSON at every 400th report: the alarms are the same, to the last digit."""
    rows = changed(catalogue(300), START + 150 * DAY, magnitude=lambda value: value + 0.3)
    whole = [alarm for row in rows for alarm in _stepped(whole_watch, row)] if (whole_watch := Watch()) else []
    watch, parts = Watch(), []
    for number, row in enumerate(rows):
        if number % 400 == 399:
            watch = Watch.from_state(json.loads(json.dumps(watch.to_state())))
        parts += _stepped(watch, row)
    assert parts == whole and len(whole) >= 1
    assert watch.to_state() == whole_watch.to_state()


def _stepped(watch: Watch, row: Assessment) -> list[DriftAlarm]:
    return watch.tick(row.assessed_at, row.processed_sequence) + watch.update(row)


def test_revisions_of_an_earthquake_count_once() -> None:
    once, thrice = Watch(), Watch()
    for row in catalogue(100):
        once.update(row)
        for _ in range(3):
            thrice.update(row)
    assert once.to_state()["regions"] == thrice.to_state()["regions"]


def test_shadows_end_with_distance_and_time() -> None:
    """Wells and Coppersmith (1994): an M 7 ruptures 49 km, so its shadow reaches 118 km, for 95 days here."""
    watch = Independence()
    assert watch.take(0.0, 0.0, 0.0, 7.0)
    assert not watch.take(86_400.0, 1.0, 0.0, 5.0)
    assert watch.take(86_400.0, 0.0, 1.2, 5.0)
    assert not watch.take(94 * 86_400.0, 0.5, 0.0, 5.0)
    assert watch.take(120 * 86_400.0, 0.2, 0.0, 5.0)


def test_parity_regions_kept_apart_tell_the_same() -> None:
    """One watch of all regions, and one for each, as an engine with keyed state keeps them."""
    onset, end = START + 150 * DAY, START + 200 * DAY
    shifted = changed(catalogue(200), onset, magnitude=lambda value: value + 0.3)
    quiet = [changed([row], START, region=lambda _: "s")[0] for row in catalogue(200, seed=2, first=50_000)]
    both = sorted([*shifted, *quiet], key=lambda row: row.assessed_at)
    together, apart, regions = watched(Watch(), both, end), [], {"r": RegionWatch(), "s": RegionWatch()}
    for row in both:
        told = regions[row.region].update(row)
        apart += [(row.region, found, row.assessed_at, row.processed_sequence) for found in told]
    assert together and {("r", MAGNITUDE)} == {(found.region, found.statistic) for found in together}
    assert together == [alarm(name, found, at, number) for name, found, at, number in apart]


def test_many_regions_share_the_false_alarms() -> None:
    """The same shift convinces later when a thousand regions may err as seldom as one."""
    rows = changed(catalogue(260), START + 200 * DAY, magnitude=lambda value: value + 0.2)
    one, many = (watched(Watch(regions), rows, START + 260 * DAY)[0].raised_at for regions in (1, 1000))
    assert START + 200 * DAY < one < many


def test_a_challenger_is_not_listened_to() -> None:
    watch = Watch()
    for row in changed(catalogue(30), START, role=lambda _: "challenger"):
        assert watch.update(row) == []
    assert watch.to_state() == Watch().to_state()
