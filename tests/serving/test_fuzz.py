"""No query makes the API fail: whatever is asked, the answer is data or a problem that says what was wrong."""

import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from benchmarks.serving_fuzz import faults, fuzz
from quake.schema import Alert, Assessment
from serving.alert_queries import AlertQuery
from serving.queries import AssessmentQuery, EventQuery

TEXT = st.text(max_size=30) | st.text(string.printable, max_size=30)
NUMBER = st.integers(-(10**20), 10**20) | st.floats() | st.sampled_from([0, 1, -1, 2**63 - 1, 2**63, 1e400])
TIME = st.datetimes().map(str) | st.sampled_from(
    ["0001-01-01T00:00:00Z", "9998-12-31T23:59:59-23:59", "2023-02-06", "now"]
)
BOX = st.lists(st.floats(-200, 200), min_size=3, max_size=5).map(lambda box: ",".join(map(str, box)))
VALUE = TEXT | NUMBER | TIME | BOX
PATHS = {"/v1/events": EventQuery, "/v1/assessments": AssessmentQuery, "/v1/alerts": AlertQuery}
ROWS = {"/v1/events": Assessment, "/v1/assessments": Assessment, "/v1/alerts": Alert}


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_fuzz_query_parameters_never_fail(settled, path, data):
    names = st.sampled_from([*PATHS[path].model_fields, "unknown"])
    asked = data.draw(st.dictionaries(names, VALUE, max_size=4))
    response = settled.http.get(path, params={name: str(value) for name, value in asked.items()})
    assert response.status_code in (200, 422), response.text
    if response.status_code == 200:
        assert set(response.json()) == {"items", "next"}
        assert all(set(row) == set(ROWS[path].__dataclass_fields__) for row in response.json()["items"])
    else:
        assert response.json()["errors"]


@settings(max_examples=150, deadline=None)
@given(since=TIME, box=st.tuples(st.floats(-180, 180), st.floats(-90, 0), st.floats(-180, 180), st.floats(0, 90)))
def test_fuzz_of_what_is_plausible(settled, since, box):
    response = settled.http.get("/v1/events", params={"since": since, "bbox": ",".join(map(str, box)), "limit": 5})
    assert response.status_code in (200, 422), response.text


@settings(max_examples=150, deadline=None)
@given(path=st.text(max_size=60))
def test_fuzz_paths_never_fail(settled, path):
    for prefix in ("/v1/events/", "/v1/alerts/", "/"):
        request = settled.http.build_request("GET", settled.url)
        raw = request.url.copy_with(raw_path=(prefix + "x").encode() + _quoted(path))
        assert settled.http.get(raw).status_code in (200, 404, 422)


def test_fuzz_of_queries_handshakes_frames_and_bytes(settled, run):
    """2,000 inputs; `python -m benchmarks.serving_fuzz` sends 100,000 and watches the memory."""
    told = run(fuzz(settled.url, 2000, random.Random(8)), 120)
    assert faults(told) == 0
    assert {what.split()[0] for what in told} == {"query", "frame", "handshake", "bytes"}
    assert told["query 422"] > 500 and told["frame taken"] == 400 and told["handshake error"] > 50
    assert settled.get("/v1/events")["items"]


def test_fuzz_a_handshake_that_is_too_long_is_answered(settled, run):
    """websockets reads no line of more than 8,192 bytes; the connection stayed open in silence."""

    async def too_long():
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{settled.stream}?x={'e' * 9000}", proxy=None, open_timeout=10)
        return refused.value.response

    response = run(too_long())
    assert response.status_code == 431 and b"8192 bytes" in response.body


def _quoted(path: str) -> bytes:
    return "".join(f"%{byte:02x}" for byte in path.encode("utf-8", "surrogatepass")).encode()
