"""The fit of all regions: settings, levels to borrow, and the same answer twice; on simulated regions."""

import shlex
from dataclasses import replace
import numpy as np
import pytest
from numpy.typing import NDArray
from typer.main import get_command

from batch.benchmark_catalogue import day_of
from batch.train_world import app, command_of, per_region
from batch.world_catalogue import complete_since, completeness, completeness_by_span, region_settings, settings_of
from batch.world_fit import ENOUGH, LEAST_P_BG, busiest, fit_world, pooled_form
from quake.adapters.space_time import committed_space_time
from quake.catalog import DAY_S
from quake.etas import RegionState
from quake.etas_fit_world import SHARE_DAYS, SILENT, Sample, at_level, fit_own, log_level, recent_fractions
from quake.etas_parameters import CALIFORNIA
from quake.etas_simulate import simulate
from quake.quakes import Quakes

SPAN = (100.0, 1100.0)
FRACTIONS = ((5.0, 1.0), (6.0, 0.1), (7.0, 0.01))
FORM = replace(CALIFORNIA, mc=5.0, area_km2=12.5e6, mu=0.2, weights=(0.05,) * 10, fractions=FRACTIONS)
TAIL = {5.5: 1.0, 6.5: 0.1}


@pytest.fixture(scope="module", name="samples")
def _samples() -> list[Sample]:
    """A busy region, a silent one, and one of two earthquakes three days apart."""
    busy = simulate(RegionState(FORM), 0.0, 1100.0, np.random.default_rng(4))
    pair = np.array([[500.0, 0.0, 0.0, 5.2], [503.0, 1.0, 0.0, 5.1]])
    return [Sample(5.0, reports, SPAN[0]) for reports in (busy, np.zeros((0, 4)), pair)]


def test_every_region_gets_parameters_and_the_same_ones_twice(samples: list[Sample]) -> None:
    default, regions = fit_world(samples, ["active", "stable", "active"], SPAN, TAIL, 1)
    assert (default, regions) == fit_world(samples, ["active", "stable", "active"], SPAN, TAIL, 1)
    busy, silent, pair = regions
    assert default.mu == silent.mu == SILENT / 1000
    assert (silent.d, silent.c) == (busy.d, busy.c)
    assert busy.mu > 10 * silent.mu
    assert pair.mu < 0.01 < busy.mu
    assert {one.least_p_bg for one in (default, *regions)} == {LEAST_P_BG}
    assert default.ground_rate == silent.ground_rate == 0 < pair.ground_rate < busy.ground_rate


def test_the_worlds_form_finds_what_large_earthquakes_hide() -> None:
    """Each of a simulation hides the smaller ones of the next quarter of an hour; a start at none would stay there."""
    form = replace(FORM, fractions=tuple((5.0 + 0.1 * step, 10 ** (-0.1 * step)) for step in range(25)))
    shaken, hidden = simulate(RegionState(form), 0.0, 500.0, np.random.default_rng(4)), 0.01
    days, sizes = shaken[:, 0], shaken[:, 3]
    seen = [not (sizes[(days < day) & (days > day - hidden)] > size + 1e-9).any() for day, size in zip(days, sizes)]
    default, _ = fit_world([Sample(5.0, shaken[seen], SPAN[0])], None, (SPAN[0], 500.0), TAIL, 1)
    assert 0.3 * hidden < default.blind_days < 2 * hidden


def test_a_region_fitted_again_is_fitted_with_a_mu_that_stays(samples: list[Sample]) -> None:
    followed = replace(FORM, ground_rate=5.0)
    assert [fit_own(followed, one, SPAN[1]) for one in samples] == [fit_own(FORM, one, SPAN[1]) for one in samples]


def test_silence_at_both_ends_counts(samples: list[Sample]) -> None:
    """Two earthquakes in a thousand days are no busy region, however near each other."""
    fitted = fit_own(FORM, samples[2], SPAN[1])
    assert SILENT / 1000 <= fitted.mu < 3 / 1000


def test_a_level_is_put_on_and_read_off() -> None:
    moved = at_level(FORM, 0.7, -0.3)
    assert log_level(moved, FORM) == pytest.approx((0.7, -0.3))
    assert at_level(FORM, 0.0, 0.0) == replace(FORM, weights=pytest.approx(FORM.weights))


def test_a_setting_with_few_earthquakes_keeps_the_worlds_form(samples: list[Sample]) -> None:
    assert samples[0].count(SPAN[1]) >= ENOUGH > samples[2].count(SPAN[1]) == 2
    assert pooled_form(FORM, samples, SPAN[1], np.random.default_rng(1)) is FORM
    assert busiest(samples, 1) == [samples[0]]


def test_a_region_has_the_setting_of_most_of_its_earthquakes() -> None:
    """Nankai is a subduction zone, the Canadian Shield a stable continent (usgs-strec's polygons)."""
    assert settings_of(np.array([33.0, 58.0]), np.array([135.0, -95.0])).tolist() == ["subduction", "stable"]
    late = Quakes(*(np.array([column]) for column in (20_000.0 * DAY_S, 33.0, 135.0, 6.0, 20.0)))
    known, unknown = (region_settings(late, 200, until) for until in (20_001.0, 20_000.0))
    differing = {after for after, before in zip(known, unknown) if after != before}
    assert differing == {"subduction"}


def test_a_file_says_of_each_region_its_own_first_day_and_setting() -> None:
    samples = [Sample(5.0, np.zeros((0, 4)), day_of(date, "")) for date in ("1990-01-01", "2013-05-03")]
    assert per_region(samples, ["active", "stable"]) == {
        "complete_since": {"r000": "1990-01-01", "r001": "2013-05-03"},
        "settings": {"r000": "active", "r001": "stable"},
    }
    assert not per_region(samples, None)["settings"]


@pytest.mark.parametrize("by_setting", [True, False])
def test_a_file_names_the_command_that_wrote_it(by_setting: bool) -> None:
    """Every option that changes the file is in it, by a name that the command knows."""
    program, *words = shlex.split(command_of("2018-01-01", 7, by_setting)["command"])
    assert [program, *words[:3]] == ["python", "-m", "batch.train_world", "fit"]
    context = get_command(app).commands["fit"].make_context("fit", [*words[3:], "--out", "file"])
    given = {"train_end": "2018-01-01", "seed": 7, "by_setting": by_setting}
    assert {name: context.params[name] for name in given} == given


def test_the_committed_file_names_the_command_that_wrote_it() -> None:
    about = committed_space_time()[1]
    program, *words = shlex.split(about["command"])
    assert [program, *words[:3]] == ["python", "-m", "batch.train_world", "fit"]
    get_command(app).commands["fit"].make_context("fit", [*words[3:], "--out", "file"])


def test_completeness_of_few_is_the_default() -> None:
    assert completeness(np.full(10, 6.0)) == 5.0


def gutenberg_richter(count: int, mc: float, seed: int) -> NDArray[np.float64]:
    """Magnitudes of b = 1, of which those below `mc` are missing but for one in ten, to a tenth."""
    rng = np.random.default_rng(seed)
    sizes = np.round(4.0 + rng.exponential(1 / np.log(10), 20 * count), 1)
    return sizes[(sizes >= mc - 1e-6) | (rng.random(len(sizes)) < 0.1)][:count]


def improving(early: int, late: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ten years that are complete from 5.0 on, then ten from 4.4, of so many earthquakes: days and magnitudes."""
    magnitudes = np.concatenate([gutenberg_richter(early, 5.0, 1), gutenberg_richter(late, 4.4, 2)])
    return np.concatenate([np.linspace(0.0, 3652.0, early), np.linspace(3652.5, 7304.0, late)]), magnitudes


def test_completeness_is_asked_anew_every_five_years() -> None:
    spans = completeness_by_span(*improving(800, 2000), (0.0, 7305.0))
    assert [since for since, _ in spans] == [5479.0, 3652.0, 1826.0, 0.0]
    assert [mc for _, mc in spans] == pytest.approx([4.4, 4.4, 5.0, 5.0], abs=0.11)


def test_few_earthquakes_make_longer_spans() -> None:
    days, magnitudes = np.linspace(0.0, 7304.0, 520), gutenberg_richter(520, 4.5, 3)
    assert [since for since, _ in completeness_by_span(days, magnitudes, (0.0, 7305.0))] == [3652.0, 0.0]
    assert completeness_by_span(days[:5], magnitudes[:5], (0.0, 7305.0)) == [(0.0, 5.0)]
    assert completeness_by_span(days[:0], magnitudes[:0], (0.0, 7305.0)) == [(0.0, 5.0)]


def test_the_smallest_mc_that_leaves_a_quarter_to_learn_from() -> None:
    """Ten complete years from 4.4 on, unless twenty from 5.0 on hold more than four times as many."""
    for late, mc, since in ((2000, 4.4, 3652.0), (700, 4.4, 3652.0), (220, 5.0, 0.0)):
        found = complete_since(*improving(2500, late), (0.0, 7305.0))
        assert found == (pytest.approx(mc, abs=0.11), since), late


def test_shares_are_those_of_the_last_years() -> None:
    """A scale that changes: half of all earthquakes reached 5.5 before the last five years, a tenth since."""
    days = np.arange(10_000.0)
    sizes = np.where(days < 10_000 - SHARE_DAYS, np.where(days % 2 < 1, 5.5, 5.0), np.where(days % 10 < 1, 5.5, 5.0))
    sample = Sample(5.0, np.column_stack([days, np.zeros((10_000, 2)), sizes]), 0.0)
    assert dict(recent_fractions(sample, 10_000.0, {}))[5.5] == pytest.approx(0.1, rel=0.01)
    later = Sample(5.0, np.vstack([sample.reports, [[10_001.0, 0.0, 0.0, 8.0]]]), 0.0)
    assert recent_fractions(later, 10_000.0, {}) == recent_fractions(sample, 10_000.0, {})


def test_a_catalogue_that_got_worse_is_complete_from_where_it_is_worst() -> None:
    """The newest ten years begin at 5.0, the ten before at 4.4: nothing since any day is complete below 5.0."""
    days, magnitudes = improving(800, 2000)
    assert complete_since(7305.0 - days[::-1], magnitudes[::-1], (0.0, 7305.0)) == (pytest.approx(5.0, abs=0.11), 0.0)


def test_what_came_before_a_region_is_complete_is_not_counted(samples: list[Sample]) -> None:
    busy = samples[0].reports
    assert Sample(5.0, busy, 500.0).count(1100.0) == (busy[:, 0] > 500.0).sum() < samples[0].count(1100.0)
    history = Sample(5.0, busy[busy[:, 0] < 500.0], 500.0)
    assert fit_own(FORM, history, 1100.0) == replace(FORM, mu=SILENT / 600)
