"""A small history with aftershocks, and models that know them or do not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from quake.adapters.history import CATALOGUE, SCHEMA, write_history
from quake.adapters.registry.alias import place, read_aliases, write_aliases
from quake.adapters.snapshot import pack
from quake.adapters.storage import open_storage
from quake.etas_models import WorldParameters
from quake.etas_parameters import CALIFORNIA
from quake.model import ForecastModel, as_arrays
from quake.regions import home_region
from quake.seismicity import ReasenbergJones
from quake.settings import Settings
from quake.smoothed import RateGrid

START, END, LAST = (datetime(year, 1, 1, tzinfo=UTC) for year in (2000, 2008, 2010))
NOW = datetime(2026, 1, 1, tzinfo=UTC)
RATES = np.full((18, 36), 1e-3)
RATES[9, 18] = 350.0
"""Earthquakes a year: the history lies in one cell of ten degrees."""

FORM = replace(
    CALIFORNIA,
    **{"mc": 5.0, "area_km2": 12.5e6, "mu": 0.2, "weights": (0.05,) * 10},
    fractions=((5.0, 1.0), (6.0, 0.1), (7.0, 0.01), (8.0, 0.001)),
)
"""A region's space-time part: nearly half of all earthquakes are triggered."""
HOME = home_region(5.0, 5.0)

SetModel = Callable[[str, str, float], None]


def shaken(count: int = 1500, seed: int = 7) -> pa.Table:
    """Pairs: a main shock anywhere in ten degrees, and one aftershock near by after a time that decays as 1 / t^1.5."""
    rng = np.random.default_rng(seed)
    delay = 0.5 * rng.random(count) ** -2
    hours = np.sort(rng.uniform(0, (LAST - START).total_seconds() / 3600 - 48, count))
    place_ = rng.uniform(0, 10, (count, 2))
    size = 5 + rng.exponential(0.434, count).clip(max=3)
    times = [START + timedelta(hours=hour) for hour in np.concatenate([hours, hours + np.minimum(delay, 48)])]
    columns = {
        "source": ["usgs"] * 2 * count,
        "source_event_id": [f"e{index}" for index in range(2 * count)],
        "origin_time": times,
        "latitude": np.concatenate([place_[:, 0], place_[:, 0] + 0.05]),
        "longitude": np.concatenate([place_[:, 1], place_[:, 1]]),
        "depth_km": [10.0] * 2 * count,
        "magnitude": np.concatenate([size, 5 + rng.exponential(0.434, count).clip(max=1)]),
        "magnitude_type": ["mb"] * 2 * count,
        "place": ["X"] * 2 * count,
    }
    return pa.table(columns, SCHEMA)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a service whose storage holds that history and nothing else."""
    made = Settings(data=tmp_path / "data")
    about = {"package": "made up 1.0", "sha256": "c0ffee"}
    write_history(open_storage(made.storage), CATALOGUE, shaken(), LAST, about)
    return made


@pytest.fixture
def space_time(monkeypatch: pytest.MonkeyPatch) -> WorldParameters:
    """What the repository ships, as if fitted to the years before 2003: one region, that of the history's middle."""
    world = WorldParameters({HOME: FORM}, FORM)
    about = {
        "span": ["2001-01-01", "2003-01-01"],
        "history_from": "2000-01-01",
        "complete_since": {HOME: "2001-01-01"},
        "settings": {HOME: "active"},
    }
    monkeypatch.setattr("batch.train_space_time.committed_space_time", lambda: (world, about))
    return world


def model(version: str, productivity: float) -> ForecastModel:
    """A model on the history's background whose main shocks have 10^productivity aftershocks, in its law's units."""
    return ForecastModel(version, ReasenbergJones(a=productivity), RateGrid(RATES, 5.0, 1.0), START, END)


@pytest.fixture
def set_model(settings: Settings) -> SetModel:
    """Puts a model where engines find it and gives it the alias; MLflow knows nothing of it."""
    storage = open_storage(settings.storage)

    def put(alias: str, version: str, productivity: float) -> None:
        payload = pack(as_arrays(model("", productivity)))
        entry = place(storage, version, payload, {"dataset_sha256": f"data of {version}"}, NOW.isoformat())
        write_aliases(storage, read_aliases(storage) | {alias: entry})

    return put
