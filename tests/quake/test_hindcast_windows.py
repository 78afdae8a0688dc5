"""Forecasts made again: counted by hand, weighed by how they overlap, blind to the future, and scored."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from quake.calibration import Calibration, CalibrationTable
from quake.catalog import DAY_S
from quake.hindcast_windows import Windows, windows
from quake.model import ForecastModel
from quake.model_fit import fit
from quake.model_score import before_and_after, score
from quake.quakes import MC, Quakes
from quake.risk import HORIZONS_DAYS, MAGNITUDES

START, END, LATER = (datetime(year, 1, 1, tzinfo=UTC) for year in (2000, 2010, 2012))


@pytest.fixture(name="model", scope="module")
def _model(quakes: Quakes) -> ForecastModel:
    return fit(quakes, START, END)


@pytest.fixture(name="made", scope="module")
def _made(model: ForecastModel, quakes: Quakes) -> Windows:
    return windows(model, quakes, END, LATER)


def test_score_counts_what_followed_and_rewards_clustering(model: ForecastModel, made: Windows, quakes: Quakes) -> None:
    later = quakes.between(END, LATER, MC)
    found, test = score(model, made, later), quakes.between(END, LATER - timedelta(days=30), MC)
    observed = 0
    for time, latitude, longitude in zip(test.origin_s, test.latitude, test.longitude):
        lag = (later.origin_s - time - 1200) / DAY_S
        kilometres = np.hypot(later.latitude - latitude, later.longitude - longitude) * 111.2
        observed += int(((lag > 0) & (lag <= 7) & (kilometres <= 100)).sum())
    assert found.forecasts == len(test)
    assert found.observed == pytest.approx(observed, abs=2)  # The plane stands in for the sphere at the disc's edge.
    assert found.gain_per_forecast > 0 and found.spatial_gain_per_earthquake > 0
    assert found.calibration_gain == 0 and found.brier_skill == found.brier_skill_uncalibrated


def test_leakage_the_future_changes_no_forecast(model: ForecastModel, made: Windows, quakes: Quakes) -> None:
    end = datetime(2011, 1, 1, tzinfo=UTC)
    cut = windows(model, quakes.between(START, end, 0.0), END, end)
    same = made.between(END, end)
    assert 0 < len(cut) < len(made) and cut.after.any() and not cut.after.all()
    np.testing.assert_array_equal(cut.expected, same.expected)
    np.testing.assert_array_equal(cut.observed, same.observed)


def test_a_calibration_is_scored_beside_what_it_changes(model: ForecastModel, made: Windows, quakes: Quakes) -> None:
    """Odds made ten times too small by a curve: the scores say so."""
    curve = Calibration(((0.0, -np.log(10)),))
    bent = replace(model, calibration=CalibrationTable(HORIZONS_DAYS, MAGNITUDES, ((curve,) * 4,) * 3))
    found = score(bent, made, quakes.between(END, LATER, MC))
    assert found.calibration_gain_high < 0 and found.brier_skill < found.brier_skill_uncalibrated
    table = before_and_after(bent, made)
    for kind in ("after_earthquakes", "lattice"):
        before, after = (table[kind][when]["windows"] for when in ("before", "after"))
        assert [row["observed"] for row in before] == [row["observed"] for row in after]
        assert after[5]["mean_probability"] < before[5]["mean_probability"] / 2
