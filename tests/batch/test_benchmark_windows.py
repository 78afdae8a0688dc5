"""Windows of the exceedance benchmark: what is counted where, and shares that follow the catalogue."""

from dataclasses import replace

import numpy as np
import pytest

from batch.benchmark_curves import RECALIBRATED_DAYS, Counted, Curves, Recalibrated
from batch.benchmark_exceedance import compare
from batch.benchmark_windows import MAGNITUDES, disc_centres, forecast_windows, outcomes, shares
from quake.etas_parameters import CALIFORNIA
from quake.etas_risk import probability

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


def test_a_year_is_calibrated_by_windows_that_closed_before_it() -> None:
    """Twice as many as expected come in the test: its first year does not know, later ones do, none knows its own."""
    rng, starts = np.random.default_rng(2), np.arange(0.0, 4 * 365.0, 7.0)
    said = rng.uniform(0.5, 3.0, (len(starts), 4))
    held_back, tested = (Counted(starts, said, said, rng.poisson(level * said)) for level in (1, 2))
    counts, chances = Recalibrated(held_back, tested, 7.0).apply(tested)
    plain = Curves.fitted(held_back).apply(tested)
    years = [(starts // RECALIBRATED_DAYS).astype(int) == year for year in range(4)]
    np.testing.assert_array_equal(counts[years[0]], plain[0][years[0]])
    np.testing.assert_array_equal(chances[years[0]], plain[1][years[0]])
    levels = [counts[year].sum() / said[year].sum() for year in years]
    assert levels[0] < 1.1 and (np.diff(levels) > 0.05).all() and levels[3] < 2
    other = replace(tested, observed=np.where(years[2][:, None], 0, tested.observed))
    again = Recalibrated(held_back, other, 7.0).apply(tested)[0]
    np.testing.assert_array_equal(again[starts < 3 * RECALIBRATED_DAYS], counts[starts < 3 * RECALIBRATED_DAYS])
    assert again[years[3]].sum() < counts[years[3]].sum()


def test_firsts_are_calibrated_for_chances_and_counts_for_numbers() -> None:
    rng, starts = np.random.default_rng(4), np.arange(200.0)
    said = rng.uniform(0.1, 1.0, (200, 5))
    plain = Counted(starts, said, said, rng.poisson(said))
    fewer = replace(plain, firsts=said / 2)
    np.testing.assert_array_equal(Curves.fitted(plain).apply(fewer)[0], Curves.fitted(plain).apply(plain)[0])
    assert (Curves.fitted(plain).apply(fewer)[1] < Curves.fitted(plain).apply(plain)[1]).all()
    learned = Curves.fitted(fewer).apply(fewer)[1].sum()
    assert learned > 1.1 * probability(fewer.firsts).sum(), "too few were promised, and the curve knows"


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
    assert (windows.known < windows.expected).all() and (windows.known > 0.2 * windows.expected).all()


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
