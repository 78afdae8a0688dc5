"""Fits: gradients against differences, parameters found again in a simulated catalogue, the published oracle."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import approx_fprime

from quake.etas import RegionState
from quake.etas_fit import fit, magnitude_fractions, pairs_of, with_ground_rate
from quake.etas_fit_level import own_level
from quake.etas_fit_space import negative_log_likelihood, vector_of
from quake.etas_fit_time import decay_of, fit_time, with_decay
from quake.etas_fit_world import Sample, fit_decay
from quake.etas_oracle import PublishedEtas, exact_scores
from quake.etas_parameters import CALIFORNIA, ENDLESS, EtasParameters
from quake.etas_rate_likelihood import RATES, Times, rate_log_likelihood, times_of
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


@pytest.fixture(name="times")
def _times(continued: np.ndarray) -> Times:
    """Of 400 earthquakes of all depths."""
    reports, depth_km = continued[:400], np.random.default_rng(7).uniform(0, 150, 400)
    p_bg = RegionState(MODEL).observe_all(reports)[:, 3]
    return times_of(MODEL, np.column_stack([reports, depth_km]), p_bg, reports[99, 0])


@pytest.mark.parametrize("blind_days", [0.0, 0.02])
def test_gradient_of_the_rate(times: Times, blind_days: float) -> None:
    model = replace(MODEL, deep_time=0.3, a_theta=0.1, blind_days=blind_days)
    span, vector = (times.days[99], times.days[-1] + 1), np.concatenate([[0.3], decay_of(model)])
    slope = rate_log_likelihood(vector, times, span)[1]
    numeric = approx_fprime(vector, lambda place: rate_log_likelihood(place, times, span)[0], 1e-7)
    np.testing.assert_allclose(slope, numeric, rtol=1e-3, atol=1e-2)


def test_the_likelihood_is_that_of_what_is_seen(times: Times) -> None:
    """Hainzl (2022): of R a day and S(m) of them larger R e^(-blind R S(m)) are seen, (1 - e^(-blind R)) / blind of all;
    term by term, the integral by scipy."""
    model, blind = replace(MODEL, theta=-0.2, a_theta=0.1, deep_time=0.3, blind_days=0.02), 0.02
    exponents, weights = np.array([model.a_time, -0.2, 0.1, np.log(0.3)]), np.array(model.weights)
    pushes = np.exp(times.marks @ exponents)

    def rate(day: float) -> float:
        ages = (day - times.days)[times.days < day]
        return 2.0 + float(pushes[: len(ages)] @ np.exp(-np.outer(ages, RATES)) @ (weights * RATES))

    span, value = (times.days[99], times.days[139]), 0.0
    for first, last, larger in zip(times.days[99:139], times.days[100:140], times.larger[100:140]):
        value += np.log(rate(last)) - blind * rate(last) * larger
        value -= quad(lambda day: -np.expm1(-blind * rate(day)) / blind, first, last, epsabs=1e-9, limit=400)[0]
    vector = np.concatenate([[np.log(2.0)], decay_of(model)])
    assert rate_log_likelihood(vector, times, span)[0] == pytest.approx(value, abs=0.01)


VARIED = replace(
    MODEL, mu=1.0, theta=-0.2, a_theta=0.1, a_time=1.5, weights=(0.0, 0.0, 0.02, 0.02, *(0.03,) * 5, 0.0), least_p_bg=0.0,
    fractions=tuple((2.5 + 0.1 * step, 10 ** (-0.1 * step)) for step in range(40)),
)  # fmt: skip
START = replace(VARIED, a_theta=0.0, blind_days=0.003)


@pytest.fixture(scope="module", name="varied")
def _varied() -> np.ndarray:
    """Four years whose earthquakes out of nothing grow more productive with size than the others."""
    return simulate(RegionState(VARIED), 0.0, 1500.0, np.random.default_rng(12))


def test_only_what_the_span_reports_says_how_many_are_larger() -> None:
    """Before the catalogue was complete the small ones are missing; equals hide nothing from each other."""
    sizes = np.array([7.0, 7.0, 3.0, 4.0, 4.0, 5.0])
    reports = np.column_stack([np.arange(6.0), np.zeros((6, 2)), sizes])
    np.testing.assert_allclose(times_of(MODEL, reports, np.ones(6), 1.5).larger, [0, 0, 0.75, 0.25, 0.25, 0])


def test_what_is_hidden_is_found_again(varied: np.ndarray) -> None:
    """None in a catalogue that has them all; about as long as it was, and less often too short, where each earthquake
    hides the smaller ones of the next minutes. A productivity that grows with size and p_bg is found too."""
    hidden, days, sizes = 0.004, varied[:, 0], varied[:, 3]
    seen = [not (sizes[(days < day) & (days > day - hidden)] > size + 1e-9).any() for day, size in zip(days, sizes)]
    assert 0.7 < np.mean(seen) < 0.9
    whole, rest = (fit_decay(START, [Sample(2.5, part, 30.0)], 1500.0)[0] for part in (varied, varied[seen]))
    assert whole.blind_days < 0.05 * hidden
    assert 0.5 * hidden < rest.blind_days < 3 * hidden
    assert (whole.a_theta, whole.theta) == (pytest.approx(VARIED.a_theta, abs=0.05), pytest.approx(-0.2, abs=0.1))


def test_a_level_is_that_of_greatest_likelihood(times: Times) -> None:
    """No mu and scale nearby are likelier, the scale's prior counted; so much as in `rate_log_likelihood`."""
    span, decay = (times.days[99], times.days[-1] + 1), decay_of(replace(MODEL, blind_days=0.02))

    def value(mu: float, scale: float) -> float:
        moved = np.concatenate([[np.log(mu)], decay[:10] + np.log(scale), decay[10:]])
        return rate_log_likelihood(moved, times, span)[0] - 2 * np.log(scale) ** 2

    mu, scale = own_level(decay, times, span)
    for near in (0.99, 1.01):
        assert value(mu, scale) > max(value(near * mu, scale), value(mu, near * scale))


def test_a_decay_is_written_as_it_is_read() -> None:
    model = replace(MODEL, a_theta=0.1, blind_days=0.01, deep_time=0.3)
    assert with_decay(MODEL, decay_of(model)) == replace(model, **approximately(model))
    assert with_decay(MODEL, decay_of(MODEL)).blind_days == 0


def approximately(model: EtasParameters) -> dict[str, Any]:
    """What goes through a logarithm."""
    return {name: pytest.approx(getattr(model, name)) for name in ("weights", "deep_time", "blind_days")}


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
    assert (fitted.a_theta, fitted.blind_days) == (MODEL.a_theta, MODEL.blind_days)
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
    assert fits[0] == fits[1] == with_ground_rate(fits[0], continued[continued[:, 0] <= 250.0], (30.0, 250.0))
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
