"""The FDSN event service against ObsPy's own client and QuakeML's own schema."""

import io
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.fdsn_query import FdsnQuery


@pytest.fixture(scope="module")
def client(settled):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from obspy.clients.fdsn import Client

        return Client(settled.url)


@pytest.fixture(scope="module")
def utc():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from obspy import UTCDateTime

        return UTCDateTime


def test_fdsn_obspy_client_discovers_the_service(client):
    assert {"starttime", "minmagnitude", "maxradius", "orderby"} <= set(client.services["event"])
    assert client.services["available_event_catalogs"] == {"quakestream"}
    assert client.services["available_event_contributors"] == {"usgs", "emsc"}


def test_fdsn_obspy_client_gets_events(client, utc):
    events = client.get_events(starttime=utc(2023, 2, 6), minmagnitude=7, orderby="time-asc")
    assert [event.resource_id.id.rpartition("/")[2] for event in events] == [
        f"q{n}" for n in (3, 7, 11, 15, 19, 23, 27)
    ]
    first = events[0]
    assert first.preferred_origin().time == utc("2023-02-06T01:20:34Z")
    assert (first.preferred_origin().latitude, first.preferred_origin().longitude) == (3.0, 30.0)
    assert first.preferred_origin().depth == 10_000.0
    assert first.preferred_magnitude().mag == 7.0 and first.preferred_magnitude().magnitude_type == "mww"
    assert first.event_descriptions[0].text == "26 km east of Nurdağı, Türkiye"


def test_fdsn_obspy_client_limits_and_places(client):
    near = client.get_events(latitude=10, longitude=30, maxradius=1.5, orderby="time-asc")
    assert len(near) == 3
    assert len(client.get_events(minlongitude=170, maxlongitude=-170)) == 1
    assert len(client.get_events(limit=5, offset=30)) == 2
    assert len(client.get_events(eventid="q4")) == 1


def test_fdsn_quakeml_is_valid(settled, assessment):
    """Against the RELAX NG and XML schema of QuakeML-BED 1.2 that ObsPy ships."""
    from obspy.io.quakeml.core import _validate

    from quake.schema import as_record
    from serving.fdsn_quakeml import quakeml

    served = settled.http.get("/fdsnws/event/1/query", params={"limit": 32}).content
    assert _validate(io.BytesIO(served))
    odd = assessment(
        1, depth_km=None, magnitude=None, magnitude_type=None, event_type="thump", place="a <b> & \x07 \ud800"
    )
    assert _validate(io.BytesIO(quakeml([as_record(odd)])))
    assert not _validate(io.BytesIO(served.replace(b"earthquake", b"earthquakes")))


def test_fdsn_text_has_the_specified_columns(settled):
    answer = settled.http.get("/fdsnws/event/1/query", params={"format": "text", "minmag": 7, "limit": 1})
    header, line = answer.text.splitlines()
    assert header.split("|")[:5] == ["#EventID", "Time", "Latitude", "Longitude", "Depth/km"]
    assert len(header.split("|")) == len(line.split("|")) == 14
    assert line.startswith(
        "q27|2023-02-06T01:44:34.000000|27.0|30.0|10.0|usgs|quakestream|usgs|us27|mww|7.0|usgs|26 km"
    )


def test_fdsn_geojson_reads_like_the_usgs(settled):
    answer = settled.get("/fdsnws/event/1/query", format="geojson", eventid="q2")
    (feature,) = answer["features"]
    assert feature["id"] == "q2" and feature["geometry"]["coordinates"] == [30.0, 2.0, 10.0]
    assert feature["properties"]["time"] == 1675646374000 and feature["properties"]["mag"] == 6.0


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"minmagnitude": "big"}, 400, "minmagnitude: Input should be a valid number"),
        ({"minmagnitud": "5"}, 400, "no parameter minmagnitud; known: starttime"),
        ({"starttime": "2024-01-01", "endtime": "2023-01-01"}, 400, "starttime must not be above endtime"),
        ({"includearrivals": "true"}, 400, "only preferred origins"),
        ({"minmagnitude": "9.9", "nodata": "404"}, 404, "no such events"),
        ({"minmagnitude": "9.9"}, 204, ""),
    ],
)
def test_fdsn_errors_are_plain_text(settled, asked, status, said):
    answer = settled.http.get("/fdsnws/event/1/query", params=asked)
    assert answer.status_code == status and said in answer.text


def test_fdsn_answer_that_would_be_too_large_is_refused(settled, monkeypatch):
    monkeypatch.setattr(FdsnQuery.model_fields["limit"], "default", 3)
    FdsnQuery.model_rebuild(force=True)
    try:
        assert settled.http.get("/fdsnws/event/1/query").status_code == 413
        assert settled.http.get("/fdsnws/event/1/query", params={"limit": 3}).status_code == 200
    finally:
        monkeypatch.undo()
        FdsnQuery.model_rebuild(force=True)


@settings(max_examples=100, deadline=None)
@given(asked=st.dictionaries(st.sampled_from([*FdsnQuery.model_fields, "lat"]), st.text(max_size=20), max_size=4))
def test_fdsn_fuzz_never_fails(settled, asked):
    assert settled.http.get("/fdsnws/event/1/query", params=asked).status_code in (200, 204, 400, 404)
