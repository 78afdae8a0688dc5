"""A small world of main shocks and aftershocks."""

from datetime import UTC, datetime

import numpy as np
import pytest

from quake.catalog import DAY_S
from quake.quakes import MC, Quakes

START, LATER = (datetime(year, 1, 1, tzinfo=UTC) for year in (2000, 2012))


def _catalogue(rng: np.random.Generator) -> Quakes:
    """Twelve years of background around (0, 20), and after each main shock aftershocks within 30 km."""
    span = (LATER - START).total_seconds()
    main = rng.random(600) * span + START.timestamp()
    place = rng.uniform(-8, 8, (600, 2))
    size = MC + rng.exponential(1 / np.log(10), 600).clip(max=2.2)
    number = rng.poisson(0.4 * 10 ** (size - 5.8))
    after = np.repeat(main, number) + DAY_S * 0.05 * (rng.random(number.sum()) ** -2.0)
    where = np.repeat(place, number, axis=0) + rng.normal(0, 0.1, (number.sum(), 2))
    origin_s, where = np.concatenate([main, after]), np.concatenate([place, where])
    magnitude = np.concatenate([size, MC + rng.exponential(1 / np.log(10), number.sum()).clip(max=1)])
    order = np.argsort(origin_s)
    order = order[origin_s[order] < LATER.timestamp()]
    return Quakes(origin_s[order], where[order, 0], where[order, 1] + 20, magnitude[order], np.full(len(order), 10.0))


@pytest.fixture(name="quakes", scope="session")
def _quakes() -> Quakes:
    return _catalogue(np.random.default_rng(3))
