"""The background's level, which follows how much background comes: docs/decisions/0033."""

from dataclasses import replace

import numpy as np
import pytest

from quake.etas import RegionState
from quake.etas_counts import marks_of, simulate_counts
from quake.etas_fit import with_ground_rate
from quake.etas_parameters import CALIFORNIA
from quake.etas_risk import region_parts
from quake.etas_simulate import draw_place, simulate

FRACTIONS = tuple((3 + 0.5 * step, 10 ** (-0.5 * step)) for step in range(8))
MODEL = replace(CALIFORNIA, mc=3.0, mu=0.5, theta=0.0, weights=(0.03,) * 10, fractions=FRACTIONS)


def quiet(rate: float, days: float = 3000.0, seed: int = 1) -> np.ndarray:
    """Rows of days, x, y, magnitude of earthquakes that have nothing to do with each other, so many a day."""
    rng = np.random.default_rng(seed)
    count = round(rate * days)
    places = rng.uniform(-400, 400, (count, 2))
    return np.column_stack([np.sort(rng.uniform(0, days, count)), places, 3 + rng.exponential(0.2, count)])


def followed(reports: np.ndarray) -> RegionState:
    """The state after them of a model whose years had 0.5 a day."""
    model = with_ground_rate(MODEL, quiet(0.5, seed=2), (0.0, 3000.0))
    state = RegionState(model)
    state.observe_all(reports)
    return state


def test_half_as_much_background_is_half_the_rate() -> None:
    """After four times the memory, but for what fifty made-up earthquakes weigh."""
    assert followed(quiet(0.5)).background_rate == pytest.approx(MODEL.mu, rel=0.1)
    assert followed(quiet(0.25)).background_rate == pytest.approx(0.5 * MODEL.mu, rel=0.2)
    assert followed(quiet(1.0)).background_rate == pytest.approx(2 * MODEL.mu, rel=0.2)


def test_the_mean_is_asked_of_a_mu_that_stays() -> None:
    """So a model that has one gets the same again; later years do not count."""
    reports, model = quiet(1.0), replace(MODEL, ground_rate=9.0)
    found = with_ground_rate(model, reports, (0.0, 1500.0))
    p_bg = RegionState(MODEL).observe_all(reports)[reports[:, 0] <= 1500.0, 3]
    assert found == replace(MODEL, ground_rate=pytest.approx(p_bg.sum() / 1500.0))
    assert with_ground_rate(found, reports, (0.0, 1500.0)) == found


def test_aftershocks_hardly_move_it() -> None:
    """A main shock and five hundred more within ten days and kilometres, where fifty out of nothing would add a tenth."""
    rng, reports = np.random.default_rng(3), quiet(0.5)
    days = 3000 + np.sort(10 ** rng.uniform(-3, 1, 500))
    swarm = np.column_stack([days, 200 + rng.normal(0, 5, (500, 2)), 3 + rng.exponential(0.3, 500)])
    before = followed(reports).background_rate
    after = followed(np.vstack([reports, [[3000.0, 200.0, 200.0, 7.0]], swarm])).background_rate
    assert after == pytest.approx(before, rel=0.05)


def test_late_reports_count_from_their_origin_times() -> None:
    """A hundred of a year ago that come last: mu by its equation, from what each was worth at arrival."""
    reports = quiet(0.5)
    state = followed(np.vstack([np.delete(reports, slice(1200, 1300), axis=0), reports[1200:1300]]))
    days, p_bg = state.tree.event[: len(state), [0, 7]].T
    seen, span = p_bg @ np.exp((days - days.max()) / 730.5), days.max() - days[0]
    usual = state.parameters.ground_rate * 730.5 * -np.expm1(-span / 730.5)
    assert state.background_rate == pytest.approx(MODEL.mu * (50 + seen) / (50 + usual))


def test_without_a_rate_of_its_own_it_stays() -> None:
    state = RegionState(MODEL)
    assert set(state.observe_all(quiet(2.0))[:, 8]) == {MODEL.mu}
    assert state.background_rate == MODEL.mu


def test_forecasts_and_futures_know_no_other_rate() -> None:
    """The same state under parameters with a tenth of the mean rate says the same."""
    state = followed(quiet(0.25))
    other = RegionState.from_arrays(replace(state.parameters, mu=0.05), state.to_arrays())
    assert (other.rate(3010.0), other.intensity(1, 2, 3010.0)) == (state.rate(3010.0), state.intensity(1, 2, 3010.0))
    np.testing.assert_array_equal(region_parts(other, 0, 0, 3010.0), region_parts(state, 0, 0, 3010.0))
    rngs = (np.random.default_rng(1), np.random.default_rng(1))
    places = [[draw_place(one, 3010.0, rng) for _ in range(100)] for one, rng in zip((state, other), rngs)]
    assert places[0] == places[1]
    marks = marks_of(state)
    counts = [simulate_counts(one, marks, 3010.0, [30.0], [3.0], np.random.default_rng(1)) for one in (state, other)]
    np.testing.assert_array_equal(*counts)
    assert counts[0].mean() == pytest.approx(30 * state.background_rate, rel=0.6)


def test_the_model_itself_moves_its_level_by_little() -> None:
    """In a catalogue that the model drew, what is expected of the background is what comes: no way up or down."""
    reports = simulate(RegionState(MODEL), 0.0, 6000.0, np.random.default_rng(5))
    model = with_ground_rate(MODEL, reports[reports[:, 0] < 3000], (0.0, 3000.0))
    levels = RegionState(model).observe_all(reports)[:, 8]
    later = levels[reports[:, 0] > 3000] / MODEL.mu
    assert later.mean() == pytest.approx(1, abs=0.1)
    assert (np.abs(later - 1) < 0.3).all()
