"""Association: thresholds and the index that finds what can be within them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quake.association import THRESHOLDS, Index, separation, threshold
from quake.authority import authoritative
from quake.event import SeismicEvent
from quake.geo import destination

ORIGIN = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)


def at(seconds=0.0, latitude=0.0, longitude=0.0, magnitude=5.0, **more):
    time = ORIGIN + timedelta(seconds=seconds)
    where = {"latitude": latitude, "longitude": longitude, "magnitude": magnitude}
    return SeismicEvent(source="usgs", source_event_id="1", origin_time=time, updated_at=time, **where, **more)


def test_large_earthquakes_have_the_thresholds_of_the_product_distribution_layer():
    # usgs/pdl, DefaultAssociator.java: TIME_DIFF_MILLISECONDS = 16 * 1000, LOCATION_DIFF_KILOMETER = 100.
    assert (threshold(at(), at()).seconds, threshold(at(), at(magnitude=None)).kilometres) == (16.0, 100.0)


def test_thresholds_never_shrink_with_magnitude():
    ordered = sorted(THRESHOLDS, key=lambda row: row.magnitude_min)
    assert ordered == sorted(ordered, key=lambda row: (row.seconds, row.kilometres))


@pytest.mark.parametrize(
    ("other", "apart"), [(at(seconds=8), 0.5), (at(latitude=0.899322), 1.0), (at(magnitude=5.75), 0.5), (at(), 0.0)]
)
def test_separation_is_in_units_of_the_threshold(other, apart):
    # 100 km of a great circle are 0.899322 degrees on a sphere of 6371 km.
    assert separation(at(), other) == pytest.approx(apart, abs=1e-5)


SHARE = st.floats(0, 0.999)


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(0, 360), SHARE, SHARE, st.floats(0, 9))
def test_the_index_finds_all_that_is_within_a_threshold(latitude, longitude, bearing, far, late, magnitude):
    here = at(0, latitude, longitude, magnitude)
    limit = threshold(here, here)
    there = at(
        late * limit.seconds, *destination(latitude, longitude, bearing, far * limit.kilometres), magnitude=magnitude
    )
    assert separation(here, there) <= 1
    index = Index()
    index.put("there", there)
    assert list(index.near(here)) == ["there"]


def test_the_index_forgets_where_a_name_was():
    index = Index()
    index.put("name", at())
    index.put("name", at(seconds=600))
    assert not list(index.near(at())) and list(index.near(at(seconds=600))) == ["name"]
    index.remove("name")
    index.remove("name")
    assert not index.buckets and not index.places


def test_a_network_is_authoritative_at_home_only():
    assert authoritative(at(latitude=38.8, longitude=-122.8, network="nc"))
    assert not authoritative(at(latitude=38.8, longitude=140.0, network="nc"))
    assert not authoritative(at(latitude=38.8, longitude=-122.8, network="us"))
