"""The header says what the data is, and says so when it is not to be relied on."""

import pytest

from dashboard.badge import empty, header

GOOD = {
    "mode": "live", "hindsight": False, "feed_age_s": 12.0, "report_age_s": 50.0, "history_gap_days": 0.2,
    "counts": {"assessments": 1234, "alerts": 5, "dead_letters": 0},
}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "badges"),
    [
        ({}, ("LIVE",)),
        ({"mode": "replay", "report_age_s": None}, ("REPLAY",)),
        ({"mode": "replay", "hindsight": True}, ("REPLAY", "HINDSIGHT")),
        ({"mode": "simulate"}, ("SIMULATE",)),
        ({"feed_age_s": None}, ("WAITING",)),
        ({"feed_age_s": None, "mode": "replay"}, ("REPLAY", "WAITING")),
        ({"feed_age_s": 181.0}, ("STALE",)),
        ({"report_age_s": 3700.0}, ("STALE",)),
        ({"mode": "replay", "feed_age_s": 900.0}, ("REPLAY", "STALE")),
        ({"history_gap_days": 40.0}, ("LIVE", "STALE HISTORY")),
        ({"mode": "replay", "history_gap_days": 40.0}, ("REPLAY",)),
    ],
)
def test_badges(status: dict, badges: tuple[str, ...]) -> None:
    line = header(GOOD | status)
    assert line.badges == badges
    assert bool(line.problem) is any("STALE" in badge or badge == "WAITING" for badge in badges)


def test_an_api_that_is_away_is_said() -> None:
    assert header(None, "It cannot be reached.").badges == ("OFFLINE",)
    line = header(GOOD, "It cannot be reached.")
    assert line.problem.startswith("It cannot be reached.")
    assert line.counts == "1,234 assessments · 5 alerts · 0 unreadable messages kept"


def test_a_replay_shows_its_own_clock() -> None:
    past = {"feed_time": "2023-02-06T08:02:00Z"}
    assert header(GOOD | past | {"mode": "replay"}).clock == "the feed's clock: 2023-02-06 08:02 UTC"
    assert header(GOOD | past).clock == ""


def test_an_empty_map_says_why() -> None:
    assert "does not answer" in empty(None)
    assert "No earthquakes yet" in empty(GOOD | {"counts": {"assessments": 0}})
    assert "of this size" in empty(GOOD)
