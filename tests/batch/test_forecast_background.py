"""What following the background wins: nothing where it stays, something where half as much comes."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.forecast_background import won
from quake.etas_fit import with_ground_rate
from quake.etas_parameters import CALIFORNIA

MODEL = replace(CALIFORNIA, mc=3.0, mu=0.5, theta=0.0, weights=(0.01,) * 10)


def changing(later: float) -> np.ndarray:
    """Rows of days, x, y, magnitude: 0.5 earthquakes a day for 3,000 days, then so many for as long."""
    rng = np.random.default_rng(1)
    days = np.concatenate([np.sort(rng.uniform(0, 3000, 1500)), np.sort(rng.uniform(3000, 6000, round(3000 * later)))])
    return np.column_stack([days, rng.uniform(-400, 400, (len(days), 2)), 3 + rng.exponential(0.2, len(days))])


@pytest.mark.parametrize(("later", "least", "most"), [(0.5, -0.01, 0.01), (0.25, 0.1, 0.307), (1.0, 0.1, 0.193)])
def test_following_pays_where_the_background_changes(later: float, least: float, most: float) -> None:
    """Were the change known at once: 1 - ln 2 = 0.307 nats an event for half as much, ln 2 - 1/2 = 0.193 for twice."""
    reports = changing(later)
    model = with_ground_rate(MODEL, reports[reports[:, 0] < 3000], (0.0, 3000.0))
    gains = won(model, reports, (3000.0, 6000.0))
    assert least < gains[:, 0].mean() < most
    assert gains[-1, 2] == pytest.approx(2 * later, rel=0.25)
    assert not won(MODEL, reports, (3000.0, 6000.0))[:, :2].any()
