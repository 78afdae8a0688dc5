"""A catalogue as columns: days, masks, and a digest that names what lies before a day."""

import numpy as np

from quake.catalog import DAY_S
from quake.quakes import Quakes


def catalogue(*days: float) -> Quakes:
    count = len(days)
    return Quakes(DAY_S * np.array(days), *(np.full(count, value) for value in (35.0, 140.0, 5.0, 10.0)))


def test_days_are_seconds_over_86400() -> None:
    np.testing.assert_array_equal(catalogue(0.0, 1.5, 20_000.25).days, [0.0, 1.5, 20_000.25])


def test_a_digest_knows_what_came_before_the_day_and_nothing_later() -> None:
    """What a file of parameters says it was fitted to must not change when the catalogue grows."""
    assert catalogue(1.0, 2.0).digest(3.0) == catalogue(1.0, 2.0, 3.0, 4.0).digest(3.0)
    assert catalogue(1.0, 2.0).digest(3.0) != catalogue(1.0, 2.5).digest(3.0)
    deeper = catalogue(1.0, 2.0)
    deeper.depth_km[1] = 600.0
    assert deeper.digest(3.0) != catalogue(1.0, 2.0).digest(3.0)
    assert deeper.digest(2.0) == catalogue(1.0).digest(9.0)
