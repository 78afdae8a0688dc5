"""The regional catalogue against a plain scan."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quake.catalog import DAY_S, Catalog
from quake.features import FEATURES, Moment, features
from quake.geo import distance_km

NEAR = st.tuples(st.floats(-90, 90), st.floats(-180, 180), st.floats(2, 8), st.floats(0, 1e6))


@given(st.lists(NEAR, max_size=30), st.lists(st.integers(0, 29), max_size=10), NEAR)
def test_within_finds_what_a_scan_finds(quakes, removed, around):
    catalog, known = Catalog(), {}
    for number, (latitude, longitude, magnitude, origin) in enumerate(quakes):
        catalog.put(f"q{number % 20}", origin, latitude, longitude, magnitude)
        known[f"q{number % 20}"] = (latitude, longitude, magnitude, origin)
    for number in removed:
        catalog.remove(f"q{number}")
        known.pop(f"q{number}", None)
    for radius in (100.0, 3000.0):
        found = catalog.within(around[0], around[1], radius)
        scan = sorted(q[3] for q in known.values() if distance_km(*around[:2], *q[:2]) <= radius * 0.999)
        wide = sorted(q[3] for q in known.values() if distance_km(*around[:2], *q[:2]) <= radius * 1.02)
        assert set(scan) <= set(found.origin_s.tolist()) <= set(wide)
        assert found.origin_s.tolist() == sorted(found.origin_s)
    assert len(catalog) == len(known)


@given(st.lists(NEAR, max_size=300))
def test_arrays_hold_the_whole_state(quakes):
    catalog = Catalog()
    for number, (latitude, longitude, magnitude, origin) in enumerate(quakes):
        catalog.put(f"q{number}", origin, latitude, longitude, magnitude)
    again = Catalog.from_arrays(catalog.to_arrays())
    for name, column in catalog.to_arrays().items():
        assert np.array_equal(column, again.to_arrays()[name])
    again.put("new", 0.0, 0, 0, 5)
    assert "new" in again and len(again) == len(quakes) + 1


def test_a_revision_moves_one_event_across_the_date_line_and_pole():
    catalog = Catalog()
    catalog.put("a", 0.0, 89.99, 0, 5)
    catalog.put("b", 0.0, 10, 179.99, 5)
    assert len(catalog.within(89.99, 180, 10)) == 1 and len(catalog.within(10, -179.99, 10)) == 1
    catalog.put("b", 0.0, 50, 0, 5)
    assert len(catalog.within(10, -179.99, 10)) == 0 and len(catalog) == 2
    catalog.forget_before(1.0)
    assert len(catalog) == 0


def test_features_see_only_the_past():
    catalog = Catalog()
    moment = Moment(400 * DAY_S, 38.0, 37.0, 7.8, 17.0)
    for name, days_before, magnitude in (("a", 0.5, 4.0), ("b", 20, 5.5), ("c", 300, 6.0), ("d", -1, 9.0)):
        catalog.put(name, moment.at_s - days_before * DAY_S, 38.0, 37.0, magnitude)
    found = features(moment, catalog)
    assert found["rate_1d"] == 1 and found["rate_30d"] == pytest.approx(2 / 30)
    assert found["rate_365d"] == pytest.approx(3 / 365) and found["largest_30d"] == 5.5
    assert found["magnitude"] == 7.8 and found["depth_km"] == 17.0 and found["nearest_365d"] == 0
    assert np.isnan(features(moment, Catalog())["largest_30d"])
    assert list(found) == list(FEATURES)
