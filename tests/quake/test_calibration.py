"""Calibration curves: against numpy's own interpolation, by their laws, and back from a plain record."""

import json

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from quake.calibration import Calibration, CalibrationTable, ordered, recent_fraction

BENT = Calibration(((-6.0, -6.5), (-3.0, -3.2), (0.0, -0.4)))


def logit(probability: np.ndarray | float) -> np.ndarray | float:
    return np.log(probability) - np.log1p(-probability)


def test_between_knots_it_is_a_line_on_the_logit() -> None:
    said = np.linspace(-6, 0, 41)
    meant = logit(BENT.apply(1 / (1 + np.exp(-said))))
    np.testing.assert_allclose(meant, np.interp(said, *np.array(BENT.knots).T), atol=1e-9)


def test_beyond_the_knots_the_odds_keep_the_last_knots_ratio() -> None:
    assert logit(BENT.apply(1e-5)) == pytest.approx(logit(1e-5) - 0.5)
    assert logit(BENT.apply(0.9)) == pytest.approx(logit(0.9) - 0.4)


def test_without_knots_to_bend_nothing_changes() -> None:
    probability = np.array([1e-9, 0.2, 0.999])
    np.testing.assert_allclose(Calibration().apply(probability), probability)


def test_counts_bend_on_the_logarithm() -> None:
    half = Calibration(((0.0, -np.log(2)),), "log")
    np.testing.assert_allclose(half.apply([[0.3], [40.0]]), [[0.15], [20.0]])


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0.01, 3), st.floats(0.01, 3)), min_size=1, max_size=6), st.floats(-9, 0))
def test_larger_stays_larger_and_probabilities_stay_probabilities(
    steps: list[tuple[float, float]], first: float
) -> None:
    knots = np.array([(first, first)] + steps).cumsum(0)
    probability = np.linspace(0, 1, 101)
    calibrated = Calibration(tuple(map(tuple, knots.tolist()))).apply(probability)
    assert (np.diff(calibrated) >= 0).all()
    assert 0 <= calibrated[0] and calibrated[-1] <= 1


def test_a_table_applies_each_cells_own_curve() -> None:
    cells = ((BENT, Calibration()), (Calibration(((0.0, 0.3),)), Calibration(((-2.0, -1.0), (1.0, 1.5)))))
    table = CalibrationTable((1, 7), (4.0, 5.0), cells)
    said = np.random.default_rng(1).uniform(0, 1, (5, 2, 2))
    calibrated = table.apply(said)
    for row in range(2):
        for column in range(2):
            np.testing.assert_allclose(calibrated[:, row, column], cells[row][column].apply(said[:, row, column]))
    assert table.of(7, 5.0) is cells[1][1]


def test_records_come_back() -> None:
    table = CalibrationTable((1, 7), (4.0,), ((BENT,), (Calibration(),)))
    assert CalibrationTable.from_record(json.loads(json.dumps(table.as_record()))) == table


@pytest.mark.parametrize("knots", [(), ((0.0, 0.0), (1.0, 0.0)), ((0.0, 0.0), (0.0, 1.0)), ((0.0, float("nan")),)])
def test_knots_that_do_not_rise_are_refused(knots: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ValueError, match="rise"):
        Calibration(knots)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="no link 'probit'; known: logit, log"):
        Calibration(link="probit")
    with pytest.raises(ValueError, match="2 rows of 1"):
        CalibrationTable((1, 7), (4.0,), ((BENT,),))
    with pytest.raises(ValueError, match="one link"):
        CalibrationTable((1, 7), (4.0,), ((BENT,), (Calibration(link="log"),)))


def test_recent_fraction_starts_from_the_prior_and_follows_the_catalogue() -> None:
    assert recent_fraction([], 5.0, 0.3) == pytest.approx(0.3)
    assert recent_fraction([4.5, 5.0, 5.4, 4.9], 5.0, 0.3, weight=4) == pytest.approx((2 + 1.2) / 8)
    assert recent_fraction([4.5] * 9900, 5.0, 0.3) == pytest.approx(0.003)


@given(st.lists(st.floats(0, 1), min_size=12, max_size=12))
def test_ordered_values_stay_where_they_are_in_order_already(values: list[float]) -> None:
    put_right = ordered(np.array(values).reshape(3, 4))
    assert (np.diff(put_right, axis=0) >= 0).all() and (np.diff(put_right, axis=1) <= 0).all()
    np.testing.assert_array_equal(ordered(put_right), put_right)
