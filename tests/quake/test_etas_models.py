"""The world's record, and what a region's own catalogue changes in the shared form."""

import json
from dataclasses import replace

import numpy as np
import pytest

from quake.etas import RegionState
from quake.etas_depth import usual_depth
from quake.etas_fit_world import SHARED_ROUNDS, STEPS, Sample, fit_own, fit_shared
from quake.etas_models import as_record, from_record
from quake.etas_parameters import CALIFORNIA
from quake.etas_simulate import simulate

SHARED = replace(CALIFORNIA, theta=0.0, area_km2=250_000.0)
SINCE, UNTIL = 30.0, 250.0


@pytest.fixture(scope="module", name="sample")
def _sample() -> Sample:
    """A region with three times the background rate and twice the background weight of the shared form."""
    truth = replace(SHARED, mu=3 * SHARED.mu, background=2 * SHARED.background)
    return Sample(2.5, simulate(RegionState(truth), 0.0, 250.0, np.random.default_rng(21)), SINCE)


def test_the_record_survives_json() -> None:
    regions = {"r007": replace(SHARED, mc=4.5, mu=0.5, background=9.0, weights=tuple(w / 2 for w in SHARED.weights))}
    assert from_record(json.loads(json.dumps(as_record(SHARED, regions)))) == (regions, SHARED)


def test_a_region_expects_as_many_as_came(sample: Sample) -> None:
    fitted = fit_own(SHARED, sample, UNTIL)
    arrivals = RegionState(fitted).observe_all(sample.reports)
    inside = sample.reports[:, 0] > SINCE
    assert arrivals[inside, 1].sum() == pytest.approx(inside.sum(), rel=0.05)
    assert fitted.mu > 1.5 * SHARED.mu
    assert fitted.d == SHARED.d


def test_a_regions_usual_depth_is_that_of_the_earthquakes_the_fit_counts(sample: Sample) -> None:
    deep, depth_km = replace(SHARED, deep_time=0.1, deep_space=0.1), np.linspace(0, 300, len(sample.reports))
    known = Sample(2.5, np.column_stack([sample.reports, depth_km]), SINCE)
    fitted = fit_own(deep, known, UNTIL)
    assert fitted.usual_depth_km == pytest.approx(usual_depth(deep, depth_km[known.inside(UNTIL)]))
    assert 60 < fitted.usual_depth_km < 100


def test_leakage_what_comes_after_the_fit_changes_nothing(sample: Sample) -> None:
    later = np.vstack([sample.reports, [[260.0, 0.0, 0.0, 7.0]]])
    assert fit_own(SHARED, Sample(2.5, later, SINCE), UNTIL) == fit_own(SHARED, sample, UNTIL)


def test_a_silent_region_keeps_the_shared_form() -> None:
    silent = fit_own(SHARED, Sample(5.0, np.zeros((0, 4)), SINCE), UNTIL)
    assert (silent.mc, silent.background) == (5.0, SHARED.background)
    assert 0 < silent.mu < 0.01


def test_the_shared_form_is_better_than_its_start(sample: Sample) -> None:
    start, steps = replace(SHARED, d=2.0, mu=1.0), []
    fitted = fit_shared(start, [sample, sample], UNTIL, 100, np.random.default_rng(1), progress=lambda: steps.append(1))
    assert 2 <= len(steps) <= SHARED_ROUNDS * STEPS
    before, after = (RegionState(model).observe_all(sample.reports)[:, 2].mean() for model in (start, fitted))
    assert after > before
