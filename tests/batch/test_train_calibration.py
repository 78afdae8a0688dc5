"""The served calibration: taught by M >= 5 and more, lent to M >= 4, found again where the truth is known."""

import numpy as np
import pytest

from batch.train_calibration import PRIOR, recalibration
from quake.calibration import CalibrationTable
from quake.hindcast_windows import Windows
from quake.risk import MAGNITUDES, uncalibrated

COUNT = 3_000


@pytest.fixture(name="made", scope="module")
def _made() -> Windows:
    """Places far apart that promise twice as many as come; M >= 4 is hardly listed."""
    random = np.random.default_rng(1)
    expected = np.exp(random.uniform(-6, 1, COUNT))[:, None, None] * np.outer([0.5, 1.0, 1.5], [10.0, 1.0, 0.1, 0.01])
    observed = random.poisson(expected / 2)
    observed[..., 0] = observed[..., 1]
    days = np.arange(COUNT) * 86400.0
    latitude, longitude = random.uniform(-60, 60, COUNT), random.uniform(-180, 180, COUNT)
    return Windows(np.zeros(COUNT, bool), days, latitude, longitude, np.stack([expected, expected], 1), observed)


@pytest.fixture(name="learned", scope="module")
def _learned(made: Windows) -> CalibrationTable:
    return recalibration(made)


def test_probabilities_are_pulled_to_what_came(made: Windows, learned: CalibrationTable) -> None:
    """Half came: all of it is believed but for the made-up events that agree with the forecast, and below the first
    knot, where a tenth of what came lies."""
    likely = uncalibrated(made.expected)[1]
    chances, said = learned.apply(likely)[:, :, 1].sum(0), likely[:, :, 1].sum(0)
    happened = (made.observed[:, :, 1] > 0).sum(0)
    np.testing.assert_allclose(chances, said * (happened + PRIOR) / (said + PRIOR), rtol=0.05)


def test_m4_borrows_what_m5_was_taught_and_m7_keeps_what_was_said(made: Windows, learned: CalibrationTable) -> None:
    assert learned.of(7, 4.0) == learned.of(7, 5.0) != learned.of(7, 6.0)
    likely = uncalibrated(made.expected)[1][:, 1, MAGNITUDES.index(7.0)]
    assert made.observed[:, 1, MAGNITUDES.index(7.0)].sum() < 100
    assert learned.of(7, 7.0).apply(likely).sum() == pytest.approx(likely.sum(), rel=0.25)
