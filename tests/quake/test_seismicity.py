"""Classical statistics against published formulas, closed forms and seeded samples."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.integrate import quad

from quake import seismicity

SEED = 7


def gutenberg_richter(count: int, b: float, mc: float, delta_m: float = 0.0) -> np.ndarray:
    """Magnitudes that follow the law exactly, as a seeded sample, rounded like an agency's."""
    magnitudes = mc - delta_m / 2 + np.random.default_rng(SEED).exponential(1 / (b * np.log(10)), count)
    return np.round(magnitudes / delta_m) * delta_m if delta_m else magnitudes


def test_b_value_is_akis_reciprocal_mean() -> None:
    """Aki (1965): b = log10(e) / (mean - mc); mean 3.4343 over mc 3 gives exactly 1."""
    excess = 1 / np.log(10)
    assert seismicity.b_value([3.0, 3.0 + 2 * excess], 3.0).b_value == pytest.approx(1.0)


def test_b_value_of_rounded_magnitudes_is_tinti_and_mulargias() -> None:
    """Tinti and Mulargia (1987): magnitudes 2.0 and 2.2 in bins of 0.1: beta = ln(1 + 0.1 / 0.1) / 0.1 = 6.931."""
    assert seismicity.b_value([2.0, 2.2], 2.0, 0.1).b_value * np.log(10) == pytest.approx(np.log(2) / 0.1)


@pytest.mark.parametrize("b", [0.7, 1.0, 1.3])
@pytest.mark.parametrize("estimator", [seismicity.b_value, seismicity.b_value_utsu])
def test_b_value_finds_the_law_the_sample_was_drawn_from(b: float, estimator) -> None:
    estimate = estimator(gutenberg_richter(40_000, b, 2.0, 0.1), 2.0, 0.1)
    assert abs(estimate.b_value - b) < 4 * estimate.standard_error
    assert estimate.standard_error == pytest.approx(b / np.sqrt(40_000), rel=0.1)


def test_b_positive_survives_the_gap_that_fools_the_classic_estimator() -> None:
    """van der Elst (2021): after each large shock the small ones are missed; differences do not care."""
    seen, threshold = [], 2.0
    for magnitude in gutenberg_richter(60_000, 1.0, 2.0):
        threshold = max(2.0, threshold - 0.01)
        if magnitude >= threshold:
            seen.append(magnitude)
            threshold = max(threshold, magnitude - 0.2)
    assert seismicity.b_value(seen, 2.0).b_value < 0.85
    assert seismicity.b_positive(seen).b_value == pytest.approx(1.0, abs=0.04)


def test_b_positive_of_rounded_magnitudes() -> None:
    assert seismicity.b_positive(gutenberg_richter(60_000, 1.0, 2.0, 0.1), 0.1).b_value == pytest.approx(1.0, abs=0.03)


def test_b_value_says_what_it_needs() -> None:
    with pytest.raises(ValueError, match="two or more magnitudes"):
        seismicity.b_value([3.0, 3.0], 3.0)


ESTIMATORS = [
    seismicity.mc_maximum_curvature,
    seismicity.mc_goodness_of_fit,
    seismicity.mc_b_value_stability,
]


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_mc_is_found_where_the_network_stops_seeing(estimator) -> None:
    """Half are seen at 1.6, nearly all at 2.0; goodness of fit is known to settle early (Woessner and Wiemer, 2005)."""
    rng = np.random.default_rng(SEED)
    magnitudes = gutenberg_richter(60_000, 1.0, 0.0)
    detected = magnitudes[rng.random(len(magnitudes)) < 1 / (1 + np.exp(-(magnitudes - 1.6) / 0.08))]
    assert 1.6 - 1e-9 <= estimator(np.round(detected, 1)) <= 2.2


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_mc_of_too_few_magnitudes_is_refused(estimator) -> None:
    with pytest.raises(ValueError, match="at least 50"):
        estimator([3.0] * 10)


@given(st.floats(0.7, 1.5), st.floats(1e-3, 0.5), st.floats(0, 30), st.floats(0.01, 300))
def test_omori_count_is_the_integral_of_the_rate(p: float, c: float, start: float, length: float) -> None:
    expected = quad(seismicity.omori_rate, start, start + length, args=(2.0, c, p), limit=200)[0]
    assert seismicity.omori_count(start, start + length, 2.0, c, p) == pytest.approx(expected, rel=1e-5)


def test_omoris_own_law_is_a_logarithm() -> None:
    """p = 1: k ln((t2 + c) / (t1 + c))."""
    assert seismicity.omori_count(0, 9.9, 3.0, 0.1, 1.0) == pytest.approx(3 * np.log(100))


def test_omori_window_must_run_forward() -> None:
    with pytest.raises(ValueError, match="start <= end"):
        seismicity.omori_count(2, 1, 1, 0.1, 1.1)


def test_reasenberg_jones_generic_california() -> None:
    """Equation 1 of Reasenberg and Jones (1989) with their generic parameters, integrated numerically: a week after M7."""
    expected = quad(lambda t: 10 ** (-1.67 + 0.91 * (7 - 5)) * (t + 0.05) ** -1.08, 0, 7)[0]
    assert seismicity.reasenberg_jones_count(7, 5, 0, 7) == pytest.approx(expected)
    assert expected == pytest.approx(7.34, abs=0.01)


@given(st.floats(4, 9), st.floats(2, 8), st.floats(0.1, 2))
def test_reasenberg_jones_grows_with_the_main_shock(main: float, smallest: float, step: float) -> None:
    count = seismicity.reasenberg_jones_count
    assert count(main + step, smallest, 0, 7) > count(main, smallest, 0, 7) > count(main, smallest + step, 0, 7)


def test_poisson_probability() -> None:
    assert seismicity.poisson_probability([0, np.log(2), 1e-12]) == pytest.approx([0, 0.5, 1e-12], rel=1e-9)
