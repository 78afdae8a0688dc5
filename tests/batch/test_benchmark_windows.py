"""Windows of the exceedance benchmark: what is counted where, and shares that follow the catalogue."""

from dataclasses import replace

import numpy as np
import pytest

from batch.benchmark_exceedance import compare
from batch.benchmark_windows import MAGNITUDES, disc_centres, followed, forecast_windows, outcomes, shares
from quake.etas_parameters import CALIFORNIA
from quake.running_ratio import RunningRatio

FRACTIONS = tuple((magnitude, 10 ** -(magnitude - 4.0)) for magnitude in (4.0, 5.0, 6.0))
MODEL = replace(CALIFORNIA, mc=4.0, fractions=FRACTIONS)


def test_outcomes_are_counted_by_magnitude_within_100_km() -> None:
    reports = np.array([[0.0, 0.0, 99.0, 4.0], [0.0, 0.0, 101.0, 6.5], [0.0, 60.0, 60.0, 5.5]])
    counted = dict(zip(MAGNITUDES, outcomes(reports, np.array([[0.0, 0.0], [500.0, 0.0]])).tolist()))
    assert counted == {4.0: [2, 0], 4.5: [1, 0], 5.0: [1, 0], 5.5: [1, 0], 6.0: [0, 0]}


def test_shares_follow_the_catalogue_and_know_only_what_came_before() -> None:
    """A hundred M 4, then all M 5: by the second start the last hundred are half M 5, the prior keeps 100 at 0.1."""
    days = np.arange(150.0)
    reports = np.column_stack([days, 0 * days, 0 * days, np.where(days < 100, 4.0, 5.0)])
    starts = np.array([100.0, 150.0])
    np.testing.assert_allclose(shares(reports, MODEL, starts, 5.0, 0)[:, 0], 0.1)
    recent = shares(reports, MODEL, starts, 5.0, 100)[:, 0]
    np.testing.assert_allclose(recent, [0.05, (50 + 10) / 200])
    np.testing.assert_allclose(shares(reports, MODEL, starts, 6.0, 100)[:, 0], recent / 10)


def test_counts_that_are_followed_know_only_windows_that_have_closed() -> None:
    """Twice as many as expected came in every window: the factor rises to two, across the border of two spans."""
    expected = np.full((60, 2), 5.0), np.full((40, 2), 5.0)
    observed = np.full((60, 2), 10), np.full((40, 2), 10)
    ratio = RunningRatio(prior=30, memory_days=365)
    first, second = followed(expected, observed, ratio, 7)
    assert first[0, 0] == 5 and first[1, 0] == pytest.approx(5 * (30 + 20) / (30 + 10))
    assert first[-1, 0] < second[0, 0] < second[-1, 0] < 10
    changed = observed[0], np.concatenate([observed[1][:20], 0 * observed[1][20:]])
    again = followed(expected, changed, ratio, 7)[1]
    np.testing.assert_array_equal(again[:21], second[:21])
    assert (again[21:] < second[21:]).all()


def test_a_forecast_sees_only_what_came_before_its_window() -> None:
    random = np.random.default_rng(1)
    reports = np.column_stack([np.sort(random.uniform(0, 60, 80)), random.normal(0, 60, (80, 2)), np.full(80, 4.2)])
    discs = disc_centres(reports)
    windows = forecast_windows(reports, MODEL, discs, (30.0, 60.0), 1)
    changed = reports.copy()
    changed[reports[:, 0] > 44, 3] = 6.5
    again = forecast_windows(changed, MODEL, discs, (30.0, 60.0), 1)
    np.testing.assert_array_equal(windows.expected[:3], again.expected[:3])
    assert (again.expected[3] > windows.expected[3]).any()
    assert windows.expected.shape == (4, len(discs)) and windows.starts[-1] == pytest.approx(51)


def test_windows_that_overlap_are_drawn_together() -> None:
    """Every window seven times over knows no more than once: intervals stay as wide as they were."""
    rng = np.random.default_rng(3)
    level = np.repeat(rng.gamma(0.5, 2.0, 60), 4)[:, None] * np.ones(3)
    observed, normal = rng.poisson(level), np.full(3, 0.8)
    once = compare(level, -np.expm1(-level), observed, normal, 1)
    often = [np.repeat(part, 7, 0) for part in (level, -np.expm1(-level), observed)]
    seven = compare(*often, normal, 1, overlapping=7)
    widths = [row["gain_per_event"]["high"] - row["gain_per_event"]["low"] for row in (once, seven)]
    assert widths[1] == pytest.approx(widths[0], rel=0.1)
    assert [row["ratio"] for row in seven["reliability"]] == [
        pytest.approx(row["ratio"]) for row in once["reliability"]
    ]
