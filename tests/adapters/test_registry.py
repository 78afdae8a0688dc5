"""Models by version and alias: the committed one first, later ones beside it, damage refused."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from quake.adapters.registry import Registry, committed, ensure_default, open_registry
from quake.adapters.registry.alias import ALIASES, CHALLENGER, Entry, find, load, place, read_aliases, write_aliases
from quake.adapters.snapshot import pack
from quake.adapters.storage import Storage, open_storage, sha256
from quake.model import ForecastModel, as_arrays
from quake.seismicity import ReasenbergJones
from quake.settings import Settings
from quake.smoothed import RateGrid

# MLflow 3.17 asks SQLAlchemy for a loader that is to go; nothing we can answer.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning")

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SPAN = datetime(1973, 1, 1, tzinfo=UTC), datetime(2018, 1, 1, tzinfo=UTC)


def _payload(a: float) -> bytes:
    return pack(as_arrays(ForecastModel("", ReasenbergJones(a), RateGrid(np.ones((4, 8)), 5.0, 1.0), *SPAN)))


@pytest.fixture(name="storage")
def _storage(tmp_path: Path) -> Storage:
    return open_storage(f"file://{tmp_path}")


@pytest.fixture(name="entry")
def _entry(storage: Storage) -> Entry:
    entry = place(storage, "m1-abc", _payload(-2.0), {}, NOW.isoformat())
    write_aliases(storage, {"champion": entry})
    return entry


def test_alias_file_is_enough_to_load(storage: Storage, entry: Entry) -> None:
    model = load(storage)
    assert (model.version, model.reasenberg_jones.a) == ("m1-abc", -2.0)
    assert entry.digest == sha256(_payload(-2.0))
    content = json.loads(storage.read(ALIASES))
    assert content["champion"].keys() == {"version", "path", "digest", "registered_at"}


def test_loading_never_imports_mlflow(storage: Storage, entry: Entry) -> None:
    program = (
        "import sys; from quake.adapters.registry.alias import load; from quake.adapters.storage import open_storage;"
        f"print(load(open_storage({storage.url!r})).version, 'mlflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [entry.version, "False"]


def test_other_bytes_under_the_name_are_refused(storage: Storage, entry: Entry) -> None:
    storage.write(entry.path, _payload(-1.0))
    with pytest.raises(ValueError, match="m1-abc.*digest"):
        load(storage)
    storage.delete(entry.path)
    with pytest.raises(FileNotFoundError):
        load(storage)


def test_missing_alias_names_those_there(storage: Storage, entry: Entry) -> None:
    with pytest.raises(LookupError, match=r"challenger.*champion"):
        load(storage, CHALLENGER)
    assert list(read_aliases(storage)) == ["champion"] and entry


def test_nonsense_is_not_placed(storage: Storage) -> None:
    with pytest.raises(ValueError, match="lacks"):
        place(storage, "m1-abc", pack({"x": np.ones(3)}), {}, NOW.isoformat())
    with pytest.raises(ValueError):
        Registry("sqlite:///never-opened.db", storage).register(b"PK\x03\x04 but no archive", {}, NOW)
    assert storage.list("") == []


def test_committed_model_is_whole_small_and_says_where_it_comes_from() -> None:
    payload, provenance = committed()
    assert len(payload) < 400_000
    assert provenance["command"].startswith(f"quake train --start 1973-01-01 --end {provenance['trained_to'][:10]}")
    assert provenance["trained_to"] < "2023-02-06"
    assert {"catalogue_sha256", "catalogue_package", "dataset_sha256", "code_sha256", "metrics"} <= provenance.keys()


def test_committed_model_knows_the_rings_of_fire(tmp_path: Path) -> None:
    """USGS, Earthquake Statistics: about 1,500 M >= 5 a year; Honshu is active, Brazil is not."""
    storage = open_storage(f"file://{tmp_path}")
    payload, provenance = committed()
    write_aliases(storage, {"champion": place(storage, "default-x", payload, provenance, NOW.isoformat())})
    model = load(storage)
    assert 1_300 < model.background.rates.sum() < 1_900
    honshu, brazil = (model.baseline_expected(*place_, 100, 365.25, 5.0) for place_ in ((38.3, 142.4), (-10, -50)))
    assert honshu > 3 and brazil < 0.05
    assert -3 < model.reasenberg_jones.a < -1.5 and 0.8 < model.reasenberg_jones.p < 1.3


@pytest.fixture(name="settings", scope="module")
def _settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """One MLflow database for the module: making its tables takes seconds."""
    yield Settings(data=tmp_path_factory.mktemp("registry"))


@pytest.fixture(name="registry")
def _registry(settings: Settings) -> Registry:
    ensure_default(settings, NOW)
    return open_registry(settings)


def test_first_start_registers_the_committed_model_once(settings: Settings) -> None:
    decision = ensure_default(settings, NOW)
    assert decision is not None
    assert (decision.decision, decision.previous_version, decision.decided_at) == ("promoted", None, NOW)
    assert decision.model_version == f"default-{sha256(committed()[0])[:6]}"
    assert decision.run_id and decision.dataset_hash == committed()[1]["dataset_sha256"]
    assert ensure_default(settings, NOW) is None
    assert load(open_storage(settings.storage)).version == decision.model_version
    assert open_registry(settings).champion() == decision.model_version


def test_same_bytes_are_one_version(registry: Registry) -> None:
    first = registry.register(_payload(-2.0), {"metrics": {"gain": 1.0}}, NOW)
    placed_at = find(registry.storage, first).registered_at
    assert registry.register(_payload(-2.0), {}, NOW.replace(year=2027)) == first
    assert find(registry.storage, first).registered_at == placed_at == NOW.isoformat()
    assert first.startswith("m") and first.endswith(sha256(_payload(-2.0))[:6])


def test_interrupted_registration_is_made_good(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(*_: object) -> None:
        raise ConnectionError("cut off")

    with monkeypatch.context() as patched:
        patched.setattr("mlflow.MlflowClient.set_model_version_tag", cut_off)
        with pytest.raises(ConnectionError):
            registry.register(_payload(-1.1), {}, NOW)
    assert registry.register(_payload(-1.1), {}, NOW).endswith(sha256(_payload(-1.1))[:6])


def test_challenger_is_promoted_and_rolled_back(registry: Registry) -> None:
    before = read_aliases(registry.storage)["champion"].version
    version = registry.register(_payload(-2.5), {"dataset_sha256": "d"}, NOW)
    registry.set_alias(CHALLENGER, version)
    assert load(registry.storage, CHALLENGER).reasenberg_jones.a == -2.5
    promoted = registry.promote(version, NOW, "better by 0.1")
    assert (promoted.model_version, promoted.previous_version, promoted.dataset_hash) == (version, before, "d")
    assert {alias: entry.version for alias, entry in read_aliases(registry.storage).items()} == {
        "champion": version,
        "previous": before,
    }
    with pytest.raises(ValueError, match="already"):
        registry.promote(version, NOW, "again")
    undone = registry.rollback(NOW, "worse after all")
    assert (undone.model_version, undone.previous_version, undone.decision) == (before, version, "rolled back")
    assert registry.champion() == before == load(registry.storage).version


def test_unknown_version_is_refused_and_nothing_changes(registry: Registry) -> None:
    before = registry.storage.read(ALIASES)
    with pytest.raises(LookupError, match="no model 'm99-zzz'; registered: .*default-"):
        registry.promote("m99-zzz", NOW, "")
    assert registry.storage.read(ALIASES) == before


def test_files_of_runs_stay_under_storage(registry: Registry) -> None:
    names = {Path(path).name for path in registry.storage.list("mlflow")}
    assert names == {"MLmodel", "model.npz", "provenance.json", "input_example.json", "requirements.txt"}


def test_rollback_without_a_previous_champion(storage: Storage) -> None:
    with pytest.raises(LookupError, match="no previous champion"):
        Registry("sqlite:///never-opened.db", storage).rollback(NOW, "")
