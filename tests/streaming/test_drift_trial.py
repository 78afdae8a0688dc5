"""What is usual after an alarm: what was, unless the earthquakes since say otherwise."""

import json

import numpy as np
import pytest

from streaming.drift_law import CUT_OFF, UP
from streaming.drift_trial import TRIAL, Usual
from tests.streaming.test_drift_law import drawn, told

DAYS, SIZES = drawn(3000, seed=6)
ONSET = 600


def lost(since: float = 5.0) -> tuple[np.ndarray, np.ndarray]:
    """From ONSET on nothing below a magnitude is reported."""
    kept = (np.arange(len(DAYS)) < ONSET) | (SIZES >= since)
    return DAYS[kept], SIZES[kept]


@pytest.mark.parametrize("after", [1, 20, 50])
def test_a_fault_soon_after_a_false_alarm_is_found_as_fast(after: int) -> None:
    """Nothing is learned from the fault itself: a law that starts anew would have taken it for usual."""
    days, sizes = lost()
    found = []
    for false_alarm in (False, True):
        usual = Usual()
        assert not told(usual, days[: ONSET - after], sizes[: ONSET - after])
        if false_alarm:
            usual.doubt()
        found.append(told(usual, days[ONSET - after :], sizes[ONSET - after :])[0])
    assert [fault for _, fault in found] == [CUT_OFF, CUT_OFF]
    assert found[1][0] <= found[0][0] + 2


def test_what_has_changed_becomes_usual() -> None:
    """Completeness that stays lost is told at once, once or twice more at most while it is learned, then no more."""
    found = told(Usual(), *lost())
    assert found[0][1] == CUT_OFF and DAYS[ONSET] < found[0][0] < DAYS[ONSET] + 15
    assert len(found) <= 4 and found[-1][0] < DAYS[ONSET] + 150


def test_a_false_alarm_changes_nothing_in_the_end() -> None:
    """After the trial the law is the one that has never doubted."""
    calm, doubted = Usual(), Usual()
    told(calm, DAYS[:ONSET], SIZES[:ONSET])
    told(doubted, DAYS[:ONSET], SIZES[:ONSET])
    doubted.doubt()
    rest = slice(ONSET, ONSET + TRIAL + 5)
    assert not told(calm, DAYS[rest], SIZES[rest]) and not told(doubted, DAYS[rest], SIZES[rest])
    first, second = (usual.to_state() for usual in (calm, doubted))
    assert first["weights"] == second["weights"] and first["seen"] == second["seen"] and second["young"] is None


def test_determinism_state_in_a_trial_and_rest_equal_the_whole() -> None:
    shifted = np.where(np.arange(len(DAYS)) < ONSET, SIZES, SIZES + 0.2)
    whole, first = Usual(), Usual()
    expected = told(whole, DAYS, shifted)
    split = int(np.searchsorted(DAYS, expected[0][0])) + 20
    found = told(first, DAYS[:split], shifted[:split])
    assert first.to_state()["young"] is not None
    second = Usual.from_state(json.loads(json.dumps(first.to_state())))
    assert found + told(second, DAYS[split:], shifted[split:]) == expected and expected[0][1] == UP
    assert second.to_state() == whole.to_state()
