"""The count behind the rule that deep earthquakes trigger less."""

from datetime import UTC, datetime

import numpy as np
import pytest

from batch import world_catalogue
from benchmarks.forecast_depth import aftershocks
from benchmarks.forecast_depth_join import depths
from quake.catalog import DAY_S
from quake.quakes import Quakes

START_S = datetime(2000, 1, 1, tzinfo=UTC).timestamp()


def test_followers_are_counted_by_main_shock_less_what_is_usual() -> None:
    """A shallow M 6 with three followers where one came in 300 days, a deep one with none, an M 5.8 in its wake."""
    rows = [
        (-100.0, 0.0, 4.6, 10.0),
        (0.0, 0.0, 6.0, 10.0),
        (0.5, 20.0, 6.0, 600.0),
        (1.0, 0.1, 4.8, 10.0),
        (2.0, 0.1, 5.8, 10.0),
        (9.0, 0.2, 4.5, 10.0),
        (9.5, 5.0, 4.9, 10.0),
        (11.0, 0.1, 5.0, 10.0),
    ]
    days, latitude, magnitude, depth_km = np.array(rows).T
    found = aftershocks(Quakes(START_S + days * DAY_S, latitude, np.zeros(len(rows)), magnitude, depth_km))
    assert found.tolist() == [[10.0, 6.0, pytest.approx(3 - 10 / 300)], [600.0, 6.0, 0.0]]


def test_depths_are_those_of_the_same_earthquake() -> None:
    """Within a second and a tenth of a degree; another one at that second is not it."""
    columns = ([DAY_S, DAY_S, 2 * DAY_S], [10.0, 20.0, 10.0], [0.0, 0.0, 0.0], [5.0, 5.0, 5.0], [33.0, 600.0, 50.0])
    known = Quakes(*map(np.array, columns))
    seconds, places = np.array([1.0, 1.0, 2.0, 3.0]) * DAY_S + 0.3, np.array(
        [[20.05, 0.0], [9.95, 0], [11, 0], [10, 0]]
    )
    np.testing.assert_array_equal(depths(known, seconds, places), [600.0, 33.0, np.nan, np.nan])
