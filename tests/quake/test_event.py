"""The report and its message form."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quake.event import SeismicEvent, Tick, decode, encode, stamped

NOW = datetime(2023, 2, 6, 1, 17, 34, tzinfo=UTC)
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
MAYBE = lambda low, high: st.none() | st.floats(low, high)  # pylint: disable=unnecessary-lambda-assignment
EVENTS = st.builds(
    SeismicEvent,
    source=st.sampled_from(["usgs", "emsc"]),
    source_event_id=st.text(min_size=1, max_size=20),
    kind=st.sampled_from(["create", "update", "delete"]),
    origin_time=TIMES,
    updated_at=TIMES,
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    depth_km=MAYBE(-20, 1000),
    magnitude=MAYBE(-5, 10),
    aliases=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    place=st.text(max_size=20),
    nst=st.none() | st.integers(0, 1000),
    sequence=st.integers(0, 2**53),
    ingested_at=st.none() | TIMES,
)
REPORT = SeismicEvent(
    source="usgs", source_event_id="us6000jllz", origin_time=NOW, updated_at=NOW, latitude=37.2, longitude=37.0
)


@given(EVENTS)
def test_reports_survive_the_wire(event):
    assert decode(encode(event)) == event


def test_ticks_survive_the_wire():
    assert decode(encode(Tick(sequence=7, at=NOW))) == Tick(sequence=7, at=NOW)


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xff", b"[]", b"null", b'{"type": "rumour"}', b'{"type": "tick"}', b'{"type": "report", "mag": 5}']
    + [encode(REPORT).replace(b"37.2", b"97.2"), encode(REPORT).replace(b"37.2", b'"north"')],
)
def test_anything_else_is_refused_with_a_reason(payload):
    with pytest.raises(ValueError, match="."):
        decode(payload)


def test_content_is_what_the_agency_says_of_the_earthquake():
    later = stamped(replace(REPORT, updated_at=NOW.replace(hour=5), kind="update"), 9, NOW)
    assert later.content_hash == REPORT.content_hash
    assert replace(REPORT, magnitude=7.8).content_hash != REPORT.content_hash
    assert replace(REPORT, kind="delete").content_hash != REPORT.content_hash


@pytest.mark.parametrize("field, value", [("latitude", 91.0), ("longitude", 181.0), ("magnitude", 11.0)])
@pytest.mark.parametrize("also", [{}, {"depth_km": 10.0}])
def test_impossible_reports_are_refused(field, value, also):
    with pytest.raises(ValueError, match=str(value)):
        replace(REPORT, **also, **{field: value})


def test_naive_times_are_refused():
    with pytest.raises(ValueError, match="aware UTC"):
        replace(REPORT, origin_time=datetime(2023, 2, 6))
