"""`quake watch` prints what the stream sends, and stops when told."""

import pytest
import typer

from quake.adapters.watch import as_block, as_line, watch_command


def test_watch_prints_alerts_and_stops_at_count(settled, capsys):
    assert watch_command(settled.url, last_seq=20, count=3) == 3
    printed = capsys.readouterr().out
    assert "ALERT   YELLOW M 7.1  26 km east of Nurdağı, Türkiye" in printed
    assert "2023-02-06 01:38:34 UTC  q21.1  seq 21" in printed


def test_watch_stops_at_timeout_and_filters(settled, capsys):
    assert watch_command(settled.url, last_seq=0, min_magnitude=7.4, timeout=1.0) == 2
    assert capsys.readouterr().out.count("ALERT ") == 2


def test_watch_says_what_was_wrong_with_a_filter(settled):
    with pytest.raises(typer.BadParameter, match="'red'"):
        watch_command(settled.url, min_level="pink", timeout=5)


def test_watch_marks_what_is_not_real(alert):
    block = as_block(alert(1, drill=True, mode="replay", hindsight=True, magnitude=None))
    assert "EXERCISE REPLAY HINDSIGHT AUTOMATIC" in block and "M ?" in block
    assert '"drill":true' in as_line(alert(1, drill=True))
