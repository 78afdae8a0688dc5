"""Every request has one trace id: the caller's or a new one, in the answer, in problems and in the log."""

import json
import re

import pytest
import structlog

from quake.adapters.log import configure
from serving.trace import trace_of

GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
"""The example of https://www.w3.org/TR/trace-context/#examples-of-http-traceparent-headers."""


def test_a_trace_goes_on_and_a_new_one_begins(settled):
    answered = settled.http.get("/v1", headers={"traceparent": GIVEN}).headers["traceparent"]
    assert re.fullmatch(r"00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01", answered) and answered != GIVEN
    fresh = {settled.http.get("/v1").headers["traceparent"] for _ in range(5)}
    assert len({trace.split("-")[1] for trace in fresh}) == 5


@pytest.mark.parametrize(
    "header",
    ["", "00-0-0-01", f"00-{'0' * 32}-b7ad6b7169203331-01", f"00-{'a' * 32}-{'0' * 16}-01", GIVEN.upper(),
     "ff" + GIVEN[2:], GIVEN + "-more", GIVEN + "\n"],
)  # fmt: skip
def test_what_is_no_traceparent_is_not_taken_over(header):
    if header.strip() == GIVEN:
        assert trace_of(header)[0] == GIVEN.split("-")[1]
    else:
        assert trace_of(header)[0] not in header and re.fullmatch("[0-9a-f]{32}", trace_of(header)[0])


def test_problems_and_log_lines_carry_the_trace_id(settled, capfd, monkeypatch):
    configure("api", as_json=True)
    monkeypatch.setattr("serving.reads.event", lambda *_: 1 / 0)
    failed = settled.http.get("/v1/events/q1", headers={"traceparent": GIVEN})
    missing = settled.http.get("/v1/nothing", headers={"traceparent": GIVEN})
    structlog.reset_defaults()
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if GIVEN.split("-")[1] in line]
    assert failed.status_code == 500 and failed.headers["content-type"] == "application/problem+json"
    assert failed.headers["traceparent"].split("-")[1] == GIVEN.split("-")[1]
    assert failed.json()["trace_id"] == missing.json()["trace_id"] == GIVEN.split("-")[1]
    assert [line["event"] for line in lines] == ["request failed", "request", "request"]
    assert "ZeroDivisionError" in lines[0]["error"] and "test_trace.py" in lines[0]["stack"]
    assert [line.get("status") for line in lines] == [None, 500, 404]
