"""Who may come in: loopback without keys, keys, origins, rates, sizes."""

import hashlib
import json

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from quake.adapters.client import AlertStream
from quake.settings import Settings
from serving.__main__ import run_serving
from serving.buckets import Buckets
from serving.config import is_loopback

KEY = "a key nobody guesses"
DIGEST = hashlib.sha256(KEY.encode()).hexdigest()


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
     ("10.0.0.5", False), ("example.org", False)],
)  # fmt: skip
def test_loopback_is_told_from_the_world(host, loopback):
    assert is_loopback(host) is loopback


def test_refuses_the_world_without_keys(tmp_path):
    with pytest.raises(SystemExit, match="QUAKE_API_KEYS"):
        run_serving(Settings(data=tmp_path, api_host="0.0.0.0"))


def test_whom_a_proxy_on_this_machine_brings_is_not_on_this_machine(settled):
    """TLS is put in front by a proxy on loopback: without keys, all the world would be let in as its operator."""
    outside = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    body = {"reports": [{"latitude": 37.2, "longitude": 37.0, "magnitude": 7.8}]}
    assert settled.http.get("/v1/events", headers=outside).status_code == 200
    for path in ("/v1/assess", "/v1/query", "/v1/tickets"):
        assert settled.http.post(path, json=body, headers=outside).status_code == 401
    assert settled.http.get("/metrics", headers=outside).status_code == 401
    assert settled.http.get("/v1/events", headers=outside | {"Authorization": "Bearer any"}).status_code == 401
    assert settled.http.get("/metrics").status_code == 200


def test_key_is_needed_where_reading_is_not_public(world, run):
    server = world.serve(public_read=False, api_keys=(DIGEST,))
    assert server.http.get("/health/live").status_code == 200
    refused = server.http.get("/v1/events")
    assert refused.status_code == 401 and refused.headers["www-authenticate"] == "Bearer"
    assert server.http.get("/v1/events", headers={"Authorization": "Bearer another"}).status_code == 401
    assert server.http.get("/v1/events", headers={"Authorization": f"Bearer {KEY}"}).status_code == 200
    with pytest.raises(PermissionError):
        run(anext(aiter(AlertStream(server.stream))))


async def hello(url, origin):
    async with connect(url, proxy=None, origin=origin) as connection:
        return json.loads(await connection.recv())["type"]


def test_origin_decides_which_pages_may_listen(settled, run, caplog):
    assert run(hello(settled.stream, "http://127.0.0.1:8501")) == "hello"
    assert run(hello(settled.stream, settled.url)) == "hello"
    with pytest.raises(InvalidStatus) as refused:
        run(hello(settled.stream, "https://evil.example"))
    assert refused.value.response.status_code == 403 and not caplog.records
    answer = settled.http.get("/v1", headers={"Origin": "http://localhost:8501"})
    assert answer.headers["access-control-allow-origin"] == "http://localhost:8501"
    assert (
        "access-control-allow-origin" not in settled.http.get("/v1", headers={"Origin": "https://evil.example"}).headers
    )


def test_rate_is_limited_and_says_when_to_return(world):
    server = world.serve(rate_limit=3)
    answers = [server.http.get("/v1/alerts") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].json()["detail"].startswith("more than 3 requests a minute")
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 21
    assert server.http.get("/health/live").status_code == 200


def test_bucket_refills_with_time():
    buckets = Buckets()
    assert [buckets.take("a", 0.0, 60) for _ in range(60)] == [0.0] * 60
    assert buckets.take("a", 0.0, 60) == pytest.approx(1.0) and buckets.take("b", 0.0, 60) == 0.0
    assert buckets.take("a", 1.01, 60) == 0.0 and buckets.take("a", 1.01, 60) > 0.9


def test_body_that_is_too_large_is_refused(settled):
    assert settled.http.post("/v1/events", content=b"x" * 1_000_001).status_code == 413
    assert settled.http.post("/v1/events", content=iter([b"x"])).status_code == 411
    assert settled.http.post("/v1/events", content=b"x").status_code == 405


@pytest.mark.parametrize(
    ("query", "said"),
    [("last_seq=-1", "greater than or equal to 0"), ("min_mag=5", "no parameter min_mag"), ("min_level=pink", "'red'"),
     ("radius_km=10", "need a point"), ("bbox=a", "west,south,east,north")],
)  # fmt: skip
def test_stream_says_what_was_wrong(settled, run, query, said):
    async def refused():
        async with connect(f"{settled.stream}?{query}", proxy=None) as connection:
            error = json.loads(await connection.recv())
            await connection.wait_closed()
            return error, connection.close_code

    error, code = run(refused())
    assert code == 4400 and error["type"] == "error" and said in error["errors"][0]["expected"]


def test_stream_client_raises_what_it_cannot_cure(settled, run):
    with pytest.raises(ValueError, match="radius_km and min_mmi need a point"):
        run(anext(aiter(AlertStream(settled.stream, {"radius_km": 10}))))
