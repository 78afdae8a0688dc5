"""The contract of every endpoint: shape, order, pages, ETags, errors."""

from itertools import pairwise
from pathlib import Path

import pytest

from quake.schema import Alert, Assessment, EventReport
from serving.config import CLOSE_CODES


def everything(settled, path, **asked):
    """All rows of all pages."""
    rows, cursor = [], None
    while True:
        page = settled.get(path, **asked, **({"cursor": cursor} if cursor else {}))
        rows += page["items"]
        cursor = page["next"]
        if cursor is None:
            return rows


def test_contract_service_description(settled):
    about = settled.get("/v1")
    assert about["mode"] == "live" and about["champion"] == {"model_version": "m1"} and about["epoch"] == "e1"
    assert about["stream_url"] == settled.stream
    assert "Not an early warning" in about["warning"]


def test_contract_status_counts(settled):
    status = settled.get("/v1/status")
    assert status["counts"] == {"event_reports": 60, "assessments": 42, "alerts": 25, "dead_letters": 0, "history": 0}
    assert status["feed_age_s"] is None and status["seq"] == 25


def test_contract_events_are_active_latest_and_newest_first(settled):
    rows = everything(settled, "/v1/events", limit=7)
    assert len(rows) == 31 and len({row["quake_id"] for row in rows}) == 31
    assert all(later["origin_time"] > earlier["origin_time"] for later, earlier in pairwise(rows))
    assert {row["revision"] for row in rows if int(row["quake_id"][1:]) <= 10} == {2}
    assert set(rows[0]) == set(Assessment.__dataclass_fields__)
    assert rows[0]["forecast"][0]["horizon_days"] == 7


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"min_magnitude": 7}, {3, 7, 11, 15, 19, 23, 27}),
        ({"since": "2023-02-06T01:45:34Z"}, {28, 29, 30, 32}),
        ({"until": "2023-02-06T01:20:00Z"}, {1, 2}),
        ({"until": "2023-02-06T02:20:00+01:00"}, {1, 2}),
        ({"bbox": "20,9.5,40,12.5"}, {10, 11, 12}),
        ({"bbox": "170,0,-170,80"}, {32}),
        ({"status": "withdrawn"}, {31}),
        ({"updated_since": "2023-02-06T03:23:34Z"}, {7, 8, 9, 10}),
        ({"as_of": "2023-02-06T01:24:34Z"}, {1, 2}),
    ],
)
def test_contract_event_filters(settled, asked, expected):
    assert {int(row["quake_id"][1:]) for row in everything(settled, "/v1/events", **asked)} == expected


def test_contract_one_event_and_its_reports(settled):
    assert settled.get("/v1/events/q3")["revision"] == 2
    assert settled.get("/v1/events/q31")["status"] == "withdrawn"
    reports = everything(settled, "/v1/events/q3/reports", limit=1)
    assert [row["source_revision"] for row in reports] == [1, 2]
    assert set(reports[0]) == set(EventReport.__dataclass_fields__)
    assert settled.get("/v1/events/q31/reports") == {"items": [], "next": None}


def test_contract_assessments_keep_the_past(settled):
    assert [row["revision"] for row in everything(settled, "/v1/assessments", quake_id="q3")] == [2, 1]
    before = settled.get("/v1/assessments", quake_id="q3", as_of="2023-02-06T02:00:00Z")["items"]
    assert [row["revision"] for row in before] == [1]
    rows = everything(settled, "/v1/assessments", limit=5)
    assert len(rows) == 42 and rows[0]["processed_sequence"] == 110
    assert everything(settled, "/v1/assessments", role="challenger") == []


def test_contract_magnitude_brackets_the_first_value(settled):
    """Before any training the first value stays, within the changes seen so far."""
    answer = settled.get("/v1/magnitude", magnitude=6.1, magnitude_type="mb", network="us", latitude=37, longitude=37)
    assert answer["low"] <= answer["median"] == answer["first_value"] == 6.1 <= answer["high"]
    assert answer["quantiles"] == [0.1, 0.5, 0.9] and answer["model"] == "first value stays"


def test_contract_alerts_both_ways(settled):
    newest = everything(settled, "/v1/alerts", limit=10)
    oldest = everything(settled, "/v1/alerts", limit=10, after_seq=20)
    assert [row["seq"] for row in newest] == list(range(25, 0, -1))
    assert [row["seq"] for row in oldest] == [21, 22, 23, 24, 25]
    assert set(newest[0]) == set(Alert.__dataclass_fields__)
    assert [row["seq"] for row in everything(settled, "/v1/alerts", quake_id="q4")] == [4]
    assert settled.get("/v1/alerts/q4.1")["seq"] == 4


def test_contract_alert_filters_are_the_streams(settled):
    rows = everything(settled, "/v1/alerts", min_magnitude=7, limit=2)
    assert [row["seq"] for row in rows] == [25, 24, 23, 22, 21, 20]
    rows = everything(settled, "/v1/alerts", min_magnitude=7, limit=2, after_seq=22)
    assert [row["seq"] for row in rows] == [23, 24, 25]


def test_contract_etag_saves_the_body(settled):
    first = settled.http.get("/v1/events", params={"limit": 2})
    again = settled.http.get("/v1/events", params={"limit": 2}, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
    other = settled.http.get("/v1/events", params={"limit": 3}, headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/v1/events?limit=5000", 422, "query.limit: Input should be less than or equal to 1000"),
        ("/v1/events?min_mag=5", 422, "no parameter min_mag; known: limit, cursor, since"),
        ("/v1/events?since=2023", 422, "an ISO 8601 time is needed, such as"),
        ("/v1/events?since=-4.2e-23", 422, "an ISO 8601 time is needed, such as"),
        ("/v1/events?since=9999-12-31T23:59:59-12:00", 422, "a year from 2 to 9998"),
        ("/v1/events?bbox=1,2,3", 422, "west,south,east,north"),
        ("/v1/events?cursor=bm9uc2Vuc2U", 422, "query.cursor: pass `next` of the page before"),
        ("/v1/events/nobody", 404, "no earthquake 'nobody'"),
        ("/v1/events/nobody/reports", 404, "no earthquake 'nobody'"),
        ("/v1/events/%00", 422, "path.quake_id"),
        ("/v1/alerts/nothing.1", 404, "no alert 'nothing.1'"),
        ("/v1/alerts?latitude=3", 422, "a point needs both latitude and longitude"),
        ("/v1/alerts?min_level=purple", 422, "query.min_level"),
        ("/v2/events", 404, "Not Found"),
    ],
)
def test_contract_errors_say_what_would_be_right(settled, path, status, said):
    response = settled.http.get(path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status and said in problem["detail"]


def test_contract_openapi_names_units_and_examples(settled):
    document = settled.get("/openapi.json")
    depth = document["components"]["schemas"]["Assessment"]["properties"]["depth_km"]
    assert depth["description"] == "Kilometres, positive down" and depth["examples"] == [10.0]
    assert "Gapless within" in document["components"]["schemas"]["Alert"]["properties"]["seq"]["description"]
    assert {parameter["name"] for parameter in document["paths"]["/v1/events"]["get"]["parameters"]} >= {
        "bbox",
        "as_of",
    }
    assert "Problem" in document["components"]["schemas"]


def test_contract_metrics_count_requests(settled):
    settled.get("/v1/events/q1")
    text = settled.http.get("/metrics").text
    assert 'quake_requests_total{route="/v1/events/{quake_id}",status="200"}' in text
    assert "quake_alert_log_seq 25.0" in text


def test_contract_docs_name_every_path_and_close_code(settled):
    page = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    assert [path for path in settled.get("/openapi.json")["paths"] if f"{path}`" not in page] == []
    assert [code for code in CLOSE_CODES if f"| {code} |" not in page] == []
