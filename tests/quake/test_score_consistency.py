"""S-, M- and N-tests: against every possible catalogue counted out, and against pycsep where it is installed."""

# pylint: disable=import-outside-toplevel  # pycsep is not among our dependencies

from itertools import product

import numpy as np
import pytest
from scipy.stats import multinomial

from quake.score import number_test
from quake.score_consistency import magnitude_test, spatial_test

EXPECTED = np.outer([0.2, 1.0, 2.5, 4.0, 0.1, 0.7], [3.0, 1.0, 0.3]) / 4.3
OBSERVED = np.array([[0, 0, 0], [1, 0, 0], [3, 0, 1], [2, 1, 0], [1, 0, 0], [0, 0, 0]])
PYCSEP = {"delta": (0.4768949549671132, 0.652973658060525), "zeta": 0.212695, "kappa": 0.49374}


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.mark.parametrize("test, axis", [(spatial_test, 1), (magnitude_test, 0)])
def test_the_quantile_is_that_of_all_catalogues_counted_out(test: object, axis: int) -> None:
    shares = EXPECTED.sum(axis) / EXPECTED.sum()
    seen, count = OBSERVED.sum(axis), OBSERVED.sum()
    every = np.array([cells for cells in product(range(count + 1), repeat=len(shares)) if sum(cells) == count])
    likely = multinomial(count, shares).pmf(every)
    at_most = likely[likely <= multinomial(count, shares).pmf(seen) * (1 + 1e-9)].sum()
    assert test(EXPECTED, OBSERVED, rng(), 40_000) == pytest.approx(at_most, abs=0.01)  # type: ignore[operator]


def test_a_catalogue_in_the_wrong_cell_fails_and_none_passes() -> None:
    wrong = np.zeros((6, 3), int)
    wrong[4, 0] = 6
    assert spatial_test(EXPECTED, wrong, rng()) < 0.01
    assert magnitude_test(EXPECTED, np.fliplr(OBSERVED), rng()) < 0.01
    assert spatial_test(EXPECTED, np.zeros((6, 3), int), rng()) == 1


def test_a_forecast_that_is_right_fails_once_in_twenty() -> None:
    random = rng()
    quantiles = [spatial_test(20 * EXPECTED, random.poisson(20 * EXPECTED), random, 200) for _ in range(400)]
    assert np.mean(np.array(quantiles) < 0.05) == pytest.approx(0.05, abs=0.03)


def test_a_forecast_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="not all 0"):
        spatial_test(np.zeros((2, 2)), np.ones((2, 2), int), rng())


def test_pycseps_figures() -> None:
    """As pycsep 0.8.0 gave them for this forecast and catalogue (200,000 simulations)."""
    assert number_test(EXPECTED.sum(), int(OBSERVED.sum())) == pytest.approx(PYCSEP["delta"], abs=1e-6)
    assert spatial_test(EXPECTED, OBSERVED, rng(), 40_000) == pytest.approx(PYCSEP["zeta"], abs=0.01)
    assert magnitude_test(EXPECTED, OBSERVED, rng(), 40_000) == pytest.approx(PYCSEP["kappa"], abs=0.01)


def test_pycsep_itself_agrees() -> None:
    pytest.importorskip("csep", reason="needs pycsep, which is not among the dependencies")
    forecast, catalog = _for_pycsep()
    from csep.core import poisson_evaluations

    number = poisson_evaluations.number_test(forecast, catalog)
    assert number_test(EXPECTED.sum(), int(OBSERVED.sum())) == pytest.approx(number.quantile, abs=1e-9)
    for ours, theirs in (
        (spatial_test, poisson_evaluations.spatial_test),
        (magnitude_test, poisson_evaluations.magnitude_test),
    ):
        quantile = theirs(forecast, catalog, num_simulations=20_000, seed=1).quantile
        assert ours(EXPECTED, OBSERVED, rng(), 40_000) == pytest.approx(quantile, abs=0.015)


def _for_pycsep() -> tuple[object, object]:
    """The forecast on six cells of one degree in a row and magnitude bins from 4, 5 and 6; the catalogue in it."""
    from csep.core.catalogs import CSEPCatalog
    from csep.core.forecasts import GriddedForecast
    from csep.core.regions import CartesianGrid2D

    region = CartesianGrid2D.from_origins(np.array([(float(cell), 0.0) for cell in range(6)]), dh=1.0)
    magnitudes = np.array([4.0, 5.0, 6.0])
    region.magnitudes = magnitudes
    forecast = GriddedForecast(data=EXPECTED, region=region, magnitudes=magnitudes, name="ours")
    rows, number = [], 0
    for cell, column in zip(*np.nonzero(OBSERVED)):
        for _ in range(OBSERVED[cell, column]):
            rows.append((str(number), number, 0.5, cell + 0.5, 10.0, magnitudes[column] + 0.5))
            number += 1
    return forecast, CSEPCatalog(data=rows, region=region, name="seen")
