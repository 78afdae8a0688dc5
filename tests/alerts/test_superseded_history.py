"""The superseded history of nc72852151 (29 versions, three agencies): one earthquake, a short alert history.

Golden: tests/alerts/golden/nc72852151.txt, as `python -m benchmarks.identity_superseded` prints it.
"""

import re
from pathlib import Path

import pytest

from benchmarks.identity_superseded import main, replay

GOLDEN = Path(__file__).parent / "golden" / "nc72852151.txt"


@pytest.fixture(scope="module")
def history(shared_data):
    return shared_data / "feeds" / "usgs_superseded_origin_history.csv"


def test_superseded_history_is_as_it_was(history, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["identity_superseded", str(history)])
    main()
    assert capsys.readouterr().out == GOLDEN.read_text(encoding="utf-8")


def test_superseded_versions_of_three_agencies_are_one_earthquake(history):
    lines = [line for line in replay(history) if line.startswith("+")]
    assert len(lines) == 29
    assert {line.split()[2] for line in lines} == {"nc", "at", "us"}
    assert len({name for line in lines for name in re.findall(r"q\d{8}-\w+", line)}) == 1


def test_superseded_history_alerts_at_most_twice_aloud(history):
    assert not [line for line in replay(history) if line.startswith("    ")]
    aloud = [line.split()[0] for line in replay(history, gain_min=5.0) if "(notify)" in line]
    assert aloud == ["ALERT", "CANCEL"]
