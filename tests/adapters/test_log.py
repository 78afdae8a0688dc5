"""Log lines: the process, the event and its fields, as text or JSON."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from quake.adapters.log import configure


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_json_line_holds_the_fields(capsys: pytest.CaptureFixture[str]) -> None:
    configure("ingest", as_json=True)
    try:
        raise ValueError("no such place")
    except ValueError:
        structlog.get_logger("x").exception("dead letter", source="usgs")
    captured = capsys.readouterr()
    line = json.loads(captured.err)
    assert captured.out == ""
    assert (line["process"], line["event"], line["source"], line["level"]) == ("ingest", "dead letter", "usgs", "error")
    assert line["timestamp"].endswith("Z") and "ValueError: no such place" in line["exception"]


def test_text_names_the_process_and_level_hides(capsys: pytest.CaptureFixture[str]) -> None:
    configure("score", level=logging.WARNING)
    structlog.get_logger().info("too quiet")
    structlog.get_logger().warning("snapshot skipped", path="a")
    error = capsys.readouterr().err
    assert "too quiet" not in error
    assert "snapshot skipped" in error and "process=score" in error and "path=a" in error
