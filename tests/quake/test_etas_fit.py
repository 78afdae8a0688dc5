"""Fits: gradients against differences, parameters found again in a simulated catalogue, the published oracle."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import approx_fprime

from quake.etas import RegionState
from quake.etas_fit import fit, magnitude_fractions, pairs_of
from quake.etas_fit_space import negative_log_likelihood, vector_of
from quake.etas_fit_time import decay_of, fit_time, rate_log_likelihood, time_sample
from quake.etas_oracle import PublishedEtas, exact_scores
from quake.etas_parameters import CALIFORNIA, ENDLESS
from quake.etas_simulate import simulate

MODEL = replace(CALIFORNIA, mc=2.5, area_km2=250_000.0, mu=3.0, theta=0.0)


@pytest.fixture(scope="module", name="continued")
def _continued() -> np.ndarray:
    return simulate(RegionState(MODEL), 0.0, 300.0, np.random.default_rng(11))


def test_gradient_of_the_place_density(continued: np.ndarray) -> None:
    reports, model = np.column_stack([continued[:400], np.tile([0.0, 70.0, 200.0, 10.0], 100)]), replace(
        MODEL, deep_time=0.1, deep_space=0.3
    )
    pairs = [pairs_of(model, reports, RegionState(model).observe_all(reports), np.arange(150, 400, 7))]
    vector = vector_of(MODEL) + 0.1
    slope = negative_log_likelihood(vector, pairs, MODEL)[1]
    numeric = approx_fprime(vector, lambda place: negative_log_likelihood(place, pairs, MODEL)[0], 1e-6)
    np.testing.assert_allclose(slope, numeric, rtol=1e-3, atol=1e-3)


def test_gradient_of_the_rate(continued: np.ndarray) -> None:
    reports, depth_km = continued[:400], np.random.default_rng(7).uniform(0, 150, 400)
    p_bg = RegionState(MODEL).observe_all(reports)[:, 3]
    sample = time_sample(MODEL, np.column_stack([reports, depth_km]), p_bg)
    span, vector = (reports[99, 0], reports[-1, 0]), np.concatenate([[0.3], decay_of(MODEL)])
    vector[-1] = np.log(0.3)
    slope = rate_log_likelihood(vector, sample, span)[1]
    numeric = approx_fprime(vector, lambda place: rate_log_likelihood(place, sample, span)[0], 1e-7)
    np.testing.assert_allclose(slope, numeric, rtol=1e-3, atol=1e-2)


def test_the_pairs_likelihood_is_what_the_stream_serves(continued: np.ndarray) -> None:
    reports, targets = np.column_stack([continued[:600], np.tile([0.0, 70.0, 200.0], 200)]), np.arange(300, 600)
    model = replace(MODEL, deep_time=0.1, deep_space=0.3)
    arrivals = RegionState(model).observe_all(reports)
    value = -negative_log_likelihood(vector_of(model), [pairs_of(model, reports, arrivals, targets)], model)[0]
    assert value / 300 == pytest.approx(arrivals[targets, 2].mean(), abs=0.005)


def test_a_fit_expects_as_many_as_came(continued: np.ndarray) -> None:
    """At the maximum in mu and weights the rate's integral equals the count: a property of the likelihood."""
    span = (30.0, 300.0)
    p_bg = RegionState(MODEL).observe_all(continued)[:, 3]
    fitted = fit_time(MODEL, continued, p_bg, span)
    arrivals = RegionState(fitted).observe_all(continued)
    inside = continued[:, 0] > span[0]
    assert arrivals[inside, 1].sum() == pytest.approx(inside.sum(), rel=0.02)


def test_a_fit_is_better_than_its_start_and_deterministic(continued: np.ndarray) -> None:
    start = replace(MODEL, d=1.0, background=5.0, mu=1.0)
    fits = [
        fit(start, continued, (30.0, 250.0), np.random.default_rng(1), rounds=((4e4, 8), (2e5, 15))) for _ in range(2)
    ]
    before, after = (RegionState(model).observe_all(continued) for model in (start, fits[0]))
    held_back = continued[:, 0] > 250.0
    assert fits[0] == fits[1]
    assert after[held_back, 2].mean() > before[held_back, 2].mean() + 0.1


@pytest.mark.parametrize(("reach", "kept"), [(3000.0, 3000.0), (1.5, ENDLESS)])
def test_kernels_end_unless_that_costs_much(continued: np.ndarray, reach: float, kept: float) -> None:
    """The catalogue's own end stays; one within the core, beyond which aftershocks go on, is dropped."""
    start = replace(MODEL, reach=reach)
    assert fit(start, continued, (30.0, 250.0), np.random.default_rng(1), rounds=((4e4, 4),)).reach == kept


def test_a_fit_of_too_few_is_refused(continued: np.ndarray) -> None:
    with pytest.raises(ValueError, match="at least 200"):
        fit(MODEL, continued[:100], (0.0, 300.0), np.random.default_rng(1))


def test_fractions_are_counted_then_fall_with_b_of_one() -> None:
    fractions = dict(magnitude_fractions(np.repeat([3.0, 4.0, 5.0], [60, 30, 10]), 3.0))
    assert (fractions[3.0], fractions[3.5], fractions[4.0]) == (1.0, 0.4, 0.4)
    assert fractions[5.0] == pytest.approx(0.04)
    assert dict(magnitude_fractions(np.array([]), 8.0, {8.0: 0.5, 8.1: 0.1}))[8.1] == pytest.approx(0.2)


PUBLISHED = PublishedEtas(
    mc=2.5, area_km2=1e6, mu=5e-7, k0=2e-3, a=1.5, c=1.6e-3, omega=-0.06, tau=5000.0, d=0.16, gamma=1.0, rho=0.55
)


def test_oracle_is_the_published_formula_integrated(continued: np.ndarray) -> None:
    """Mizrahi et al. (2021), equations 1 to 3, term by term, the rate integrated by scipy."""
    reports = continued[:12]
    excess, last = reports[:, 3] - 2.5, reports[-1]

    def rate(now: float, x: float | None, y: float) -> float:
        age, spread = now - reports[:11, 0], 0.16 * np.exp(excess[:11])
        decay = 2e-3 * np.exp(1.5 * excess[:11]) * (age + 1.6e-3) ** -0.94 * np.exp(-age / 5000)
        if x is None:
            return 0.5 + float((decay * np.pi / 0.55 * spread**-0.55).sum())
        return 5e-7 + float((decay * (((reports[:11, 1:3] - [x, y]) ** 2).sum(1) + spread) ** -1.55).sum())

    score = exact_scores(PUBLISHED, reports, 11)[0]
    integral = quad(rate, reports[10, 0], last[0], args=(None, 0), points=[reports[10, 0] + 0.01])[0]
    assert score[0] == pytest.approx(rate(last[0], None, 0))
    assert score[1] == pytest.approx(integral, rel=1e-3)
    assert np.exp(score[2]) * score[0] == pytest.approx(rate(last[0], last[1], last[2]))


def test_published_parameters_are_read(shared_data) -> None:
    record = json.loads((shared_data / "benchmark" / "ComCat_25_ETAS_fitted_parameters.json").read_text())
    model = PublishedEtas.from_published(record)
    assert (model.mc, model.area_km2) == (2.5, pytest.approx(959_823, rel=1e-6))
    assert (model.k0, model.d) == (pytest.approx(10**-2.6755424), pytest.approx(10**-0.7953246))
