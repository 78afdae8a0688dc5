"""The sentence people read. Golden: tests/alerts/golden/headlines.txt, one story a block, read by eye."""

from pathlib import Path

import pytest

from alerts.message import STANDING_WARNING, headline
from alerts.rules import decide, expire

GOLDEN = Path(__file__).parent / "golden" / "headlines.txt"


def stories(assessed):
    """Name -> draft, of every kind of message."""
    chain, alert = decide(assessed(alert_level="orange"), None)
    _, update = decide(assessed(2, alert_level="orange", magnitude=6.9, review_status="reviewed"), chain)
    _, cancel = decide(assessed(2, status="withdrawn"), chain)
    _, merged = decide(assessed(2, status="superseded", superseded_by="q20260301-zzzzzzzz"), chain)
    calm = {"alert_level": "none", "people_mmi6": 0, "forecast_level": 0, "review_status": "reviewed"}
    _, below = decide(assessed(2, magnitude=5.1, **calm), chain)
    _, expired = expire(chain, assessed(6 * 24 * 8).assessed_at, 999)
    sea = {"place": "", "latitude": -20.04, "longitude": -178.9, "people_mmi6": None, "alert_level": "green"}
    _, nowhere = decide(assessed(magnitude=None, baseline_probability=0.00002, probability=0.995, **sea), None)
    _, drill = decide(assessed(), None, drill=True)
    _, replay = decide(assessed(mode="replay", hindsight=True), None)
    return {
        "ALERT": alert,
        "UPDATE": update,
        "CANCEL, withdrawn": cancel,
        "CANCEL, merged": merged,
        "CANCEL, below the thresholds": below,
        "EXPIRED": expired,
        "ALERT without magnitude or place": nowhere,
        "ALERT, drill": drill,
        "ALERT, replay": replay,
    }


def test_headlines_are_as_written(assessed):
    text = "\n".join(f"{name}\n{headline(draft)}\n" for name, draft in stories(assessed).items())
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_every_message_carries_the_standing_warning(assessed):
    assert all(headline(draft).endswith(STANDING_WARNING) for draft in stories(assessed).values())


def test_the_baseline_stands_beside_every_probability(assessed):
    for name, draft in stories(assessed).items():
        assert (
            (" %" in headline(draft)) == ("in a normal week" in headline(draft)) == name.startswith(("ALERT", "UPDATE"))
        )


@pytest.mark.parametrize(("level", "status", "marked"), [("red", "automatic", True), ("red", "reviewed", False)])
def test_red_and_orange_say_when_nobody_has_looked(assessed, level, status, marked):
    _, draft = decide(assessed(alert_level=level, review_status=status), None)
    assert ("(automatic, not reviewed)" in headline(draft)) == marked
