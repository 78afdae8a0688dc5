"""Forecasts after main shocks know nothing later, and count what came in their day and disc."""

from dataclasses import replace

import numpy as np

from benchmarks.forecast_mainshock import forecasts
from quake.catalog import DAY_S
from quake.etas_models import WorldParameters
from quake.etas_parameters import CALIFORNIA
from quake.quakes import Quakes

WORLD = WorldParameters(
    {}, replace(CALIFORNIA, mc=5.0, mu=0.1, theta=0.0, fractions=((5.0, 1.0), (6.0, 0.1), (7.0, 0.01)))
)


def told(*rows: tuple[float, float, float, float]) -> list[tuple[str, float, float, int]]:
    """Of days, latitude, magnitude, depth in km of each earthquake, all at 140 degrees east."""
    days, latitude, magnitude, depth_km = np.array(rows).T
    quakes = Quakes(days * DAY_S, latitude, np.full(len(days), 140.0), magnitude, depth_km)
    return list(forecasts(WORLD, quakes, 0.0, 100.0))


def test_what_comes_later_is_counted_and_not_known() -> None:
    """Of followers the one in time and near; neither deep nor lesser earthquakes nor those of other days are asked."""
    main = (10.0, 36.0, 8.0, 20.0)
    (alone,) = told(main)
    others = (10.5, 36.1, 6.0, 20.0), (10.6, 38.0, 6.0, 20.0), (12.0, 36.0, 6.0, 20.0), (50.0, 36.0, 8.0, 90.0)
    (followed,) = told(main, *others, (200.0, 36.0, 8.0, 20.0))
    assert (alone[0], alone[1], alone[3], followed[3]) == ("1970-01-11", 8.0, 0, 1)
    assert followed[2] == alone[2] > 1.0
    (known,) = told((9.9, 36.0, 7.0, 20.0), main)
    assert known[2] > alone[2]
