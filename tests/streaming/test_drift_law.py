"""The law of magnitudes: learned, then held against a shifted and a cut-off one."""

import numpy as np
import pytest

from streaming.drift_law import CUT_OFF, DOWN, UP, MagnitudeLaw

DAY_S = 86_400.0


def told(law: MagnitudeLaw, days: np.ndarray, magnitudes: np.ndarray) -> list[tuple[float, str]]:
    """Day and fault of each alarm."""
    rows = zip((DAY_S * days).tolist(), magnitudes.tolist())
    return [(at_s / DAY_S, found[0]) for at_s, size in rows if (found := law.update(at_s, size)) is not None]


def drawn(count: int, a_day: float = 2.0, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Poisson times in days and magnitudes with b = 1 above 4.5, rounded."""
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.exponential(1 / a_day, count)), np.round(4.45 + rng.exponential(0.434, count), 1)


@pytest.mark.parametrize(("moved", "fault"), [(0.2, UP), (-0.2, DOWN)])
def test_a_shift_is_told_by_its_direction(moved: float, fault: str) -> None:
    days, sizes = drawn(900, seed=5)
    found = told(MagnitudeLaw(), days, np.where(np.arange(900) < 600, sizes, sizes + moved))
    assert found[0][1] == fault and days[600] < found[0][0] < days[670]


def test_lost_completeness_is_a_cut_off_law() -> None:
    days, sizes = drawn(900, seed=5)
    kept = (np.arange(900) < 600) | (sizes >= 5.0)
    found = told(MagnitudeLaw(), days[kept], sizes[kept])
    assert found[0][1] == CUT_OFF and days[600] < found[0][0] < days[600] + 15


def test_a_quiet_law_errs_less_than_once_a_year() -> None:
    days, sizes = drawn(730 * 8, seed=4)
    assert len(told(MagnitudeLaw(), days, sizes)) <= 8


def test_waiting_changes_nothing_until_it_tells_and_then_once() -> None:
    """Ten a day that stop: by a Poisson count, a silence of t days is evidence of 10 (1 - kept) t nats for a cut-off."""
    law, (days, sizes) = MagnitudeLaw(), drawn(300, a_day=10)
    assert not told(law, days, sizes)
    last, before = DAY_S * float(days[-1]), law.to_state()
    assert law.wait(last + 3600) is None and law.to_state() == before
    fault, cut, mode = law.wait(last + 5 * DAY_S)
    assert (fault, mode) == (CUT_OFF, pytest.approx(4.5, abs=0.11)) and cut == pytest.approx(mode + 0.4)
    assert law.wait(last + 6 * DAY_S) is None


def test_determinism_state_and_rest_equal_the_whole() -> None:
    days, sizes = drawn(700, seed=3)
    sizes[400:] += 0.3
    whole, first = MagnitudeLaw(), MagnitudeLaw()
    expected = told(whole, days, sizes)
    found = told(first, days[:415], sizes[:415])
    second = MagnitudeLaw.from_state(first.to_state())
    assert found + told(second, days[415:], sizes[415:]) == expected and expected
    assert second.to_state() == whole.to_state()


def test_a_fault_soon_after_a_false_alarm_is_found_as_fast() -> None:
    """The law of before stays until a second alarm: nothing is learned from the fault itself."""
    days, sizes = drawn(1200, seed=5)
    kept = (np.arange(1200) < 600) | (sizes >= 5.0)
    calm, doubted = MagnitudeLaw(), MagnitudeLaw()
    for law in (calm, doubted):
        assert not told(law, days[:600], sizes[:600])
    doubted.doubt(DAY_S * float(days[599]))
    found = [told(law, days[600:][kept[600:]], sizes[600:][kept[600:]])[0] for law in (calm, doubted)]
    assert [fault for _, fault in found] == [CUT_OFF, CUT_OFF]
    assert found[1][0] <= found[0][0] + 2 and found[1][0] < days[600] + 15


def test_a_second_alarm_makes_the_new_law_the_usual() -> None:
    """Completeness that stays lost is told twice, then no more."""
    days, sizes = drawn(3000, seed=6)
    kept = (np.arange(3000) < 600) | (sizes >= 5.0)
    found = told(MagnitudeLaw(), days[kept], sizes[kept])
    assert [fault for _, fault in found[:2]] == [CUT_OFF, CUT_OFF] and len(found) <= 3
    assert found[1][0] < days[600] + 60
