"""`quake train` on a small catalogue: bytes, provenance, a challenger."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import batch.train as module
from batch.prepare import Split, prepare
from batch.train import HELD_BACK, Trained, load_quakes, train
from batch.train_calibration import recalibration
from quake import magnitude
from quake.adapters.history import CATALOGUE, SCHEMA, write_history
from quake.adapters.snapshot import unpack
from quake.adapters.storage import open_storage, sha256
from quake.hindcast_windows import windows
from quake.model import from_arrays
from quake.model_fit import fit
from quake.settings import Settings

START, END, LAST = (datetime(year, 1, 1, tzinfo=UTC) for year in (2000, 2008, 2010))
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _history(rng: np.random.Generator, count: int) -> pa.Table:
    """Pairs: a main shock anywhere in ten degrees, and one aftershock near by after a time that decays as 1 / t^1.5."""
    delay = 0.5 * rng.random(count) ** -2
    hours = np.sort(rng.uniform(0, (LAST - START).total_seconds() / 3600 - 48, count))
    place = rng.uniform(0, 10, (count, 2))
    size = 5 + rng.exponential(0.434, count).clip(max=3)
    times = [START + timedelta(hours=hour) for hour in np.concatenate([hours, hours + np.minimum(delay, 48)])]
    columns = {
        "source": ["usgs"] * 2 * count,
        "source_event_id": [f"e{index}" for index in range(2 * count)],
        "origin_time": times,
        "latitude": np.concatenate([place[:, 0], place[:, 0] + 0.05]),
        "longitude": np.concatenate([place[:, 1], place[:, 1]]),
        "depth_km": [10.0] * 2 * count,
        "magnitude": np.concatenate([size, 5 + rng.exponential(0.434, count).clip(max=1)]),
        "magnitude_type": ["mb"] * 2 * count,
        "place": ["X"] * 2 * count,
    }
    return pa.table(columns, SCHEMA)


@pytest.fixture(name="settings", scope="module")
def _settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(data=tmp_path_factory.mktemp("trained") / "data")
    rows = _history(np.random.default_rng(7), 900)
    about = {"package": "made up 1.0", "sha256": "c0ffee"}
    write_history(open_storage(settings.storage), CATALOGUE, rows, LAST, about)
    return settings


@pytest.fixture(name="trained", scope="module")
def _trained(settings: Settings) -> Trained:
    return train(settings, START, END, settings.data / "out" / "model.npz", register=False, now=NOW)


def test_trained_model_and_its_provenance_are_written(settings: Settings, trained: Trained) -> None:
    payload = (settings.data / "out" / "model.npz").read_bytes()
    assert json.loads((settings.data / "out" / "model.json").read_text()) == trained.provenance
    assert trained.provenance["sha256"] == sha256(payload)
    assert trained.provenance["catalogue_sha256"] == "c0ffee"
    assert trained.provenance["made_at"] == NOW.isoformat()
    assert trained.provenance["metrics"]["gain_per_forecast"] > 0
    assert trained.provenance["calibrated_from"] == (END - HELD_BACK).isoformat()
    assert trained.provenance["calibrated_on_forecasts"] > 100
    model = from_arrays(unpack(payload), "x")
    assert (model.trained_from, model.trained_to) == (START, END)
    assert model.reasenberg_jones == trained.model.reasenberg_jones
    assert trained.version is None


def test_leakage_each_part_has_seen_its_own_years_only(settings: Settings, trained: Trained) -> None:
    """The laws are those of a fit that ends where the held-back years begin, before the calibration of the same model."""
    quakes = load_quakes(open_storage(settings.storage))
    early = fit(quakes, START, END - HELD_BACK)
    assert early.reasenberg_jones == trained.model.reasenberg_jones
    np.testing.assert_array_equal(early.background.rates, trained.model.background.rates)
    known = quakes.between(START, END, 0.0)
    held_back = windows(early, known, END - HELD_BACK, END)
    assert recalibration(held_back) == trained.model.calibration


def test_a_prepared_catalogue_is_what_the_fit_reads(settings: Settings, trained: Trained) -> None:
    """Same model as from the history as it lies; the provenance leads to the set, and a changed set is refused."""
    prepared = prepare(settings, Split(datetime(2004, 1, 1, tzinfo=UTC), datetime(2006, 1, 1, tzinfo=UTC), END, LAST))
    read = train(settings, START, END, register=False, now=NOW, prepared=prepared)
    assert read.payload == trained.payload
    assert read.provenance["dataset_sha256"] == trained.provenance["dataset_sha256"]
    assert read.provenance["prepared"] == prepared.folder
    open_storage(settings.storage).write(f"{prepared.folder}/catalogue.parquet", b"other")
    with pytest.raises(ValueError, match="not what was prepared"):
        train(settings, START, END, register=False, now=NOW, prepared=prepared)


def test_the_registered_arrays_carry_the_magnitude_quantiles(trained: Trained) -> None:
    arrays = unpack(trained.payload)
    own = {name.removeprefix("magnitude_"): part for name, part in arrays.items() if name.startswith("magnitude_")}
    assert magnitude.as_arrays(magnitude.from_arrays(own)).keys() == own.keys()


def test_determinism_same_span_same_bytes(settings: Settings, trained: Trained) -> None:
    assert train(settings, START, END, register=False, now=NOW).payload == trained.payload


class FakeRegistry:
    """Keeps what it is told."""

    def __init__(self, champion: str | None) -> None:
        self._champion, self.aliases = champion, {}

    def register(self, payload: bytes, provenance: dict, registered_at: datetime, figures: dict[str, bytes]) -> str:
        assert provenance["sha256"] == sha256(payload) and registered_at == NOW
        assert (
            all(name.endswith(".png") and drawn.startswith(b"\x89PNG") for name, drawn in figures.items()) and figures
        )
        return "m2-abc"

    def champion(self) -> str | None:
        return self._champion

    def set_alias(self, alias: str, version: str) -> None:
        self.aliases[alias] = version


@pytest.mark.parametrize(("champion", "aliases"), [("m1-xyz", {"challenger": "m2-abc"}), ("m2-abc", {})])
def test_new_model_challenges_unless_it_is_the_champion(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, champion: str, aliases: dict[str, str]
) -> None:
    registry = FakeRegistry(champion)
    monkeypatch.setattr(module, "open_registry", lambda _: registry)
    assert train(settings, START, END, now=NOW).version == "m2-abc"
    assert registry.aliases == aliases


def test_span_outside_history_is_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="history spans 2000-01-"):
        train(settings, START, NOW, register=False)
    with pytest.raises(ValueError, match="quake bootstrap"):
        train(Settings(data=tmp_path / "empty"), START, END, register=False)
