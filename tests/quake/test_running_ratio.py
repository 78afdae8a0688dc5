"""The running ratio: its algebra, what it learns, and that it knows nothing of the future."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quake.running_ratio import RunningRatio

counts = st.lists(st.tuples(st.floats(0.01, 50), st.integers(0, 80)), min_size=1, max_size=30)


def test_it_starts_at_one_and_forgets() -> None:
    ratio = RunningRatio(prior=10, memory_days=100)
    assert ratio.value == 1
    learned = ratio.closed(40, 20, 7)
    assert learned.value == pytest.approx(30 / 50)
    later = learned.closed(0, 0, 100)
    assert later.value == pytest.approx((10 + 20 / np.e) / (10 + 40 / np.e))


def test_a_wrong_level_is_found_within_a_few_memories() -> None:
    """Half as many as forecast for ten years, then twice as many."""
    random, expected = np.random.default_rng(1), np.full(1040, 5.0)
    observed = random.poisson(expected * np.where(np.arange(1040) < 520, 0.5, 2.0))
    known = RunningRatio(prior=30, memory_days=365).along(expected, observed, 7)
    assert known[519] == pytest.approx(0.5, rel=0.2) and known[-1] == pytest.approx(2.0, rel=0.2)


@given(counts, st.floats(0, 2))
def test_it_lies_between_one_and_the_extremes_seen(pairs: list[tuple[float, int]], spread: float) -> None:
    expected, observed = zip(*pairs)
    known = RunningRatio(20, 200, spread).along(expected, observed, 7)
    seen = [came / said for said, came in pairs]
    assert (known >= min(1, *seen, 1) - 1e-9).all() and (known <= max(1, *seen, 1) + 1e-9).all()


@given(counts, st.integers(0, 29))
def test_leakage_a_window_is_known_only_after_it_has_closed(pairs: list[tuple[float, int]], changed: int) -> None:
    changed %= len(pairs)
    expected, observed = (np.array(column, float) for column in zip(*pairs))
    ratio = RunningRatio(20, 200)
    before = ratio.along(expected, observed, 7)
    observed[changed] += 100
    after = ratio.along(expected, observed, 7)
    np.testing.assert_array_equal(before[: changed + 1], after[: changed + 1])
    assert (after[changed + 1 :] > before[changed + 1 :]).all()


def test_a_flood_weighs_no_more_than_its_spread_allows() -> None:
    plain, wary = (RunningRatio(20, 200, spread).closed(500, 100, 7).value for spread in (0.0, 0.2))
    assert plain < 0.25 and wary > 0.8
