"""The API understands every example that its page in docs/ shows."""

import shlex
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
SHOWN = "http://127.0.0.1:8000"


def examples():
    """The arguments of each `curl` of the section, in order."""
    section = PAGE.read_text("utf-8").split("## By example")[1].split("What was wrong")[0].replace("\\\n", " ")
    lines = [line.strip() for line in section.splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("curl ")]


def test_there_are_examples():
    assert len(examples()) == 9


@pytest.mark.parametrize("words", examples(), ids=lambda words: next(word for word in words if SHOWN in word))
def test_the_example_is_understood(settled, words):
    """503 and 404 say that this small world has no forecast: not that the question was wrong."""
    url = next(word for word in words if SHOWN in word).removeprefix(SHOWN)
    method, body = ("POST", words[words.index("-d") + 1]) if "-d" in words else ("GET", None)
    with settled.http.stream(method, url, content=body, headers={"Content-Type": "application/json"}) as answer:
        assert answer.status_code in ((200, 404, 503) if "/v1/forecast" in url else (200,)), answer.read()
        if "-N" in words:
            assert next(answer.iter_lines()) == "event: hello"
