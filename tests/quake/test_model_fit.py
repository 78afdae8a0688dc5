"""Fitting: known parameters are found again, and the future never leaks into the past."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from quake.catalog import DAY_S
from quake.model_fit import SEQUENCE_DAYS, Sequences, fit, fit_reasenberg_jones
from quake.quakes import MC, Quakes

START, END, LATER = (datetime(year, 1, 1, tzinfo=UTC) for year in (2000, 2010, 2012))


def _sequences(rng: np.random.Generator, a: float, b: float, c: float, p: float, count: int) -> Sequences:
    """Poisson draws by inverting the integral of Omori's law, written out here anew."""
    magnitude = 6 + rng.exponential(1 / np.log(10), count).clip(max=2.5)
    start, end = ((bound + c) ** (1 - p) for bound in SEQUENCE_DAYS)
    number = rng.poisson(10 ** (a + b * (magnitude - MC)) * (end - start) / (1 - p))
    days = (start + rng.random(number.sum()) * (end - start)) ** (1 / (1 - p)) - c
    return Sequences(magnitude, np.full(count, 1e-6), days, np.repeat(np.arange(count), number))


@pytest.mark.parametrize("truth", [(-1.67, 0.91, 0.05, 1.08), (-2.3, 1.0, 0.02, 0.95)])
def test_reasenberg_jones_is_found_again(truth: tuple[float, float, float, float]) -> None:
    found = fit_reasenberg_jones(_sequences(np.random.default_rng(5), *truth, 4000), truth[1])
    assert found.a == pytest.approx(truth[0], abs=0.03)
    assert found.p == pytest.approx(truth[3], abs=0.03)
    assert found.c == pytest.approx(truth[2], rel=0.25)


def test_leakage_the_fit_ignores_what_came_later(quakes: Quakes) -> None:
    known = quakes.between(START, END, 0.0)
    assert 0 < len(known) < len(quakes)
    full, early = fit(quakes, START, END), fit(known, START, END)
    assert full.reasenberg_jones == early.reasenberg_jones
    np.testing.assert_array_equal(full.background.rates, early.background.rates)
    shifted = fit(quakes, START, END - timedelta(days=700))
    assert shifted.reasenberg_jones != full.reasenberg_jones


def test_background_keeps_the_total_rate(quakes: Quakes) -> None:
    model = fit(quakes, START, END)
    years = (END - START).total_seconds() / DAY_S / 365.25
    assert model.background.rates.sum() == pytest.approx(len(quakes.between(START, END, MC)) / years, rel=1e-6)
