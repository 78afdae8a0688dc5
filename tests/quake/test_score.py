"""Scores against published figures, closed forms and coverage by simulation."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.stats import poisson

from quake import score


def rng() -> np.random.Generator:
    return np.random.default_rng(4)


def test_poisson_scores_are_earthquakenpps() -> None:
    """EarthquakeNPP, ComCat_25: the even density over 959,823 km2 scores -13.7745 nats in space."""
    temporal, spatial = score.poisson_scores(55_441, 9_496.0, [0.1, 0.3], 959_822.9591782562)
    assert spatial == pytest.approx([-13.7745, -13.7745], abs=1e-4)
    assert temporal == pytest.approx(np.log(55_441 / 9_496) - 55_441 / 9_496 * np.array([0.1, 0.3]))


def test_temporal_score_of_a_known_rate() -> None:
    assert score.temporal_scores([np.e, 1.0], [0.5, 0.25]) == pytest.approx([0.5, -0.25])


def test_block_bootstrap_covers_the_mean_of_a_dependent_series() -> None:
    """An AR(1) series of mean 0: 95 % intervals hold it in about 19 of 20 series; single draws would in far fewer."""
    random, held, naive = rng(), 0, 0
    for _ in range(80):
        noise = random.normal(0, 1, 800)
        series = _autoregressive(noise, 0.8)
        block, single = (score.block_bootstrap(series, random, size, 200) for size in (40, 1))
        held += block.low <= 0 <= block.high
        naive += single.low <= 0 <= single.high
    assert 0.8 < held / 80 <= 1
    assert naive < held


def _autoregressive(noise: np.ndarray, memory: float) -> np.ndarray:
    series = np.zeros(len(noise))
    for index in range(1, len(noise)):
        series[index] = memory * series[index - 1] + noise[index]
    return series


def test_an_empty_series_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        score.block_bootstrap([], rng())


def test_ratio_of_equal_sums_is_one() -> None:
    values = rng().poisson(3, 400)
    ratio = score.ratio_bootstrap(values, np.full(400, values.mean()), rng(), block=5)
    assert ratio.low < 1 < ratio.high
    assert ratio.value == pytest.approx(1)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=5, max_size=40))
def test_brier_skill_of_perfection_and_of_the_baseline(rows: list[tuple[float, bool]]) -> None:
    baseline, outcomes = (np.array(column, float) for column in zip(*rows))
    if np.mean((baseline - outcomes) ** 2) < 1e-6:
        return
    assert score.brier_skill(outcomes, outcomes, baseline) == 1
    assert score.brier_skill(baseline, outcomes, baseline) == 0


def test_information_gain_of_a_window() -> None:
    """ln(0.2 / 0.1) when it happens, ln(0.8 / 0.9) when it does not."""
    assert score.bernoulli_gain([0.2, 0.2], [1, 0], [0.1, 0.1]) == pytest.approx([np.log(2), np.log(0.8 / 0.9)])


def test_reliability_of_a_calibrated_and_of_a_boastful_forecast() -> None:
    random = rng()
    probability = random.uniform(0, 0.5, 6_000)
    outcomes, windows = random.random(6_000) < probability, np.arange(6_000) // 20
    edges = [0, 0.1, 0.2, 0.3, 0.5]
    for row in score.reliability(probability, outcomes, windows, edges, random):
        assert row.ratio.low < 1.1 and row.ratio.high > 0.9
    boastful = score.reliability(np.minimum(1, probability * 2), outcomes, windows, [0, 0.5, 1], random)
    assert all(row.ratio.high < 0.6 for row in boastful)


def test_number_test_is_csep() -> None:
    """Zechar et al. (2010): delta_1 = 1 - F(n - 1), delta_2 = F(n) of the Poisson count."""
    least, most = score.number_test(10.0, 14)
    assert least == pytest.approx(1 - poisson.cdf(13, 10))
    assert most == pytest.approx(poisson.cdf(14, 10))


def test_number_test_of_clustered_counts_is_wider() -> None:
    assert score.number_test(10, 25)[0] < 0.025 < score.number_test(10, 25, variance=60)[0]
    with pytest.raises(ValueError, match="must be > 0"):
        score.number_test(0, 1)
