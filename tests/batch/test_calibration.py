"""Fitted calibration curves find the truth they were simulated from, and stay modest on little data."""

import numpy as np
import pytest

from batch.calibration import fit_counts, fit_probabilities, fit_table
from quake.calibration import Calibration

TRUTH = Calibration(((-8.0, -7.0), (-2.0, -2.5), (3.0, 1.0)))


def sample(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Many small forecasts and few large ones, so that about as many come true at each logit."""
    random = np.random.default_rng(2)
    said = 1 / (1 + np.exp(5 - random.exponential(1.0, count)))
    return said, random.random(count) < TRUTH.apply(said)


def test_a_bent_truth_is_found() -> None:
    said, happened = sample(100_000)
    found = fit_probabilities(said, happened, pieces=4)
    places = np.array([0.01, 0.03, 0.1, 0.2])
    np.testing.assert_allclose(found.apply(places), TRUTH.apply(places), rtol=0.15)
    assert found.apply(said).mean() == pytest.approx(happened.mean(), rel=0.02)


def test_one_piece_is_platts_line() -> None:
    assert len(fit_probabilities(*sample(20_000), pieces=1).knots) == 3


def test_forecasts_smaller_than_nearly_all_that_came_true_stay_as_they_are() -> None:
    """Little is known of them: what a few surprises teach further up must not be stretched to quiet places."""
    said, happened = sample(20_000)
    found, few = fit_probabilities(said, happened), np.quantile(np.log(said / (1 - said))[happened], [0.1, 0.9])
    (agreed, _), (first, meant), *_, (last, _) = found.knots
    assert (first, last) == pytest.approx(few) and meant > first > agreed
    quiet = np.exp(agreed - np.array([8.0, 2.0, 0.01]))
    np.testing.assert_allclose(found.apply(quiet), quiet, rtol=1e-3)
    assert (np.diff(found.apply(np.exp(np.linspace(agreed - 2, first, 50)))) > 0).all()


def test_counts_twice_too_high_are_halved() -> None:
    random = np.random.default_rng(3)
    expected = np.exp(random.exponential(1.0, 100_000) - 4)
    found = fit_counts(expected, random.poisson(expected / 2))
    np.testing.assert_allclose(found.apply([0.05, 1.0, 10.0]), [0.025, 0.5, 5.0], rtol=0.1)


def test_few_events_move_little_and_many_a_lot() -> None:
    """Ten events where twenty were promised, against a prior of a hundred that agree: 110 in 120."""
    said = np.full(1000, 0.02)
    found = fit_probabilities(said, np.arange(1000) < 10)
    assert float(found.apply(0.02)) == pytest.approx(0.02 * 110 / 120, rel=0.01)
    assert float(fit_counts(np.full(100, 0.1), np.zeros(100)).apply(0.1)) == pytest.approx(0.1 * 100 / 110, rel=0.01)
    many = np.full(1_000_000, 0.02)
    assert float(fit_probabilities(many, np.arange(1_000_000) % 100 == 0).apply(0.02)) == pytest.approx(0.01, rel=0.02)


def test_forecasts_that_are_all_the_same_are_shifted() -> None:
    assert len(fit_counts(np.full(1000, 0.3), np.random.default_rng(1).poisson(0.6, 1000)).knots) == 1


def test_a_falling_piece_is_left_out() -> None:
    """Outcomes that fall with the forecast can not be followed: a calibration never turns forecasts round."""
    random = np.random.default_rng(4)
    said = random.uniform(0.05, 0.95, 5_000)
    found = fit_probabilities(said, random.random(5_000) < 1 - said)
    assert (np.diff(found.apply(np.linspace(0.01, 0.99, 50))) > 0).all()


def test_a_table_holds_a_curve_for_each_horizon_and_magnitude() -> None:
    random = np.random.default_rng(5)
    expected = np.exp(random.uniform(-6, 0, (4_000, 2, 1)))
    counts = random.poisson(expected * np.array([[0.5], [2.0]]))
    table = fit_table(expected, counts, (1, 7), (4.0,), fit_counts)
    np.testing.assert_allclose(table.apply(np.full((2, 1), 0.5)), [[0.25], [1.0]], rtol=0.2)
    assert fit_table(-np.expm1(-expected), counts, (1, 7), (4.0,)).of(7, 4.0).apply(0.2) > 0.25
    with pytest.raises(ValueError, match="needs"):
        fit_table(expected, counts, (1, 7), (4.0, 5.0))
