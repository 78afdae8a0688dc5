"""The fit of all regions: settings, levels to borrow, and the same answer twice; on simulated regions."""

from dataclasses import replace

import numpy as np
import pytest

from batch.world_catalogue import Quakes, completeness, region_settings, settings_of
from batch.world_fit import ENOUGH, busiest, fit_world, inside, pooled_form
from quake.etas import RegionState
from quake.etas_fit_world import SILENT, Sample, at_level, fit_own, log_level
from quake.etas_parameters import CALIFORNIA
from quake.etas_simulate import simulate

SPAN = (100.0, 1100.0)
FRACTIONS = ((5.0, 1.0), (6.0, 0.1), (7.0, 0.01))
FORM = replace(CALIFORNIA, mc=5.0, area_km2=12.5e6, mu=0.2, weights=(0.05,) * 10, fractions=FRACTIONS)
TAIL = {5.5: 1.0, 6.5: 0.1}


@pytest.fixture(scope="module", name="samples")
def _samples() -> list[Sample]:
    """A busy region, a silent one, and one of two earthquakes three days apart."""
    busy = simulate(RegionState(FORM), 0.0, 1100.0, np.random.default_rng(4))
    pair = np.array([[500.0, 0.0, 0.0, 5.2], [503.0, 1.0, 0.0, 5.1]])
    return [Sample(5.0, busy), Sample(5.0, np.zeros((0, 4))), Sample(5.0, pair)]


def test_every_region_gets_parameters_and_the_same_ones_twice(samples: list[Sample]) -> None:
    default, regions = fit_world(samples, ["active", "stable", "active"], SPAN, TAIL, 1)
    assert (default, regions) == fit_world(samples, ["active", "stable", "active"], SPAN, TAIL, 1)
    busy, silent, pair = regions
    assert default.mu == silent.mu == SILENT / 1000
    assert (silent.d, silent.c) == (busy.d, busy.c)
    assert busy.mu > 10 * silent.mu
    assert pair.mu < 0.01 < busy.mu


def test_silence_at_both_ends_counts(samples: list[Sample]) -> None:
    """Two earthquakes in a thousand days are no busy region, however near each other."""
    fitted = fit_own(FORM, samples[2], SPAN)
    assert SILENT / 1000 <= fitted.mu < 3 / 1000


def test_a_level_is_put_on_and_read_off() -> None:
    moved = at_level(FORM, 0.7, -0.3)
    assert log_level(moved, FORM) == pytest.approx((0.7, -0.3))
    assert at_level(FORM, 0.0, 0.0) == replace(FORM, weights=pytest.approx(FORM.weights))


def test_a_setting_with_few_earthquakes_keeps_the_worlds_form(samples: list[Sample]) -> None:
    assert inside(samples[0], SPAN) >= ENOUGH > inside(samples[2], SPAN) == 2
    assert pooled_form(FORM, samples, SPAN, np.random.default_rng(1)) is FORM
    assert busiest(samples, 1) == [samples[0]]


def test_a_region_has_the_setting_of_most_of_its_earthquakes() -> None:
    """Nankai is a subduction zone, the Canadian Shield a stable continent (usgs-strec's polygons)."""
    assert settings_of(np.array([33.0, 58.0]), np.array([135.0, -95.0])).tolist() == ["subduction", "stable"]
    late = Quakes(*(np.array([column]) for column in (20_000.0, 33.0, 135.0, 6.0)))
    known, unknown = (region_settings(late, 200, until) for until in (20_001.0, 20_000.0))
    differing = {after for after, before in zip(known, unknown) if after != before}
    assert differing == {"subduction"}


def test_completeness_of_few_is_the_default() -> None:
    assert completeness(np.full(10, 6.0)) == 5.0
