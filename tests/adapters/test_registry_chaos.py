"""What breaks while a model is registered, promoted or loaded: the champion keeps serving, the error says what."""

import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from structlog.testing import capture_logs

import quake.adapters.registry as module
from quake.adapters.registry import Registry
from quake.adapters.registry.alias import (
    CHALLENGER,
    CHAMPION,
    PREVIOUS,
    find,
    load,
    place,
    read_aliases,
    read_model,
    write_aliases,
)
from quake.adapters.registry.flavour import ANSWER, EXAMPLE, write_model
from quake.adapters.registry.tracking import RegistryError
from quake.adapters.snapshot import pack
from quake.adapters.storage import Storage, open_storage
from quake.model import ForecastModel, as_arrays
from quake.seismicity import ReasenbergJones
from quake.smoothed import RateGrid

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SPAN = datetime(1973, 1, 1, tzinfo=UTC), datetime(2018, 1, 1, tzinfo=UTC)
VERSIONS = {"oldest": -3.0, "old": -2.0, "new": -1.0}


def payload(a: float) -> bytes:
    return pack(as_arrays(ForecastModel("", ReasenbergJones(a), RateGrid(np.ones((4, 8)), 5.0, 1.0), *SPAN)))


class FakeTracking:
    """MLflow's aliases in memory; the calls that `broken` counts down to fail."""

    def __init__(self) -> None:
        self.aliases, self.known, self.broken = {}, set(VERSIONS), set()
        self.calls = 0

    def run_of(self, version: str) -> str:
        if version not in self.known:
            raise LookupError(f"MLflow has no model {version!r}")
        return f"run of {version}"

    def set_alias(self, alias: str, version: str | None) -> None:
        self.calls += 1
        if self.calls in self.broken:
            raise RegistryError("cut off")
        if version is None:
            del self.aliases[alias]
        else:
            self.run_of(version)
            self.aliases[alias] = version


@pytest.fixture(name="storage")
def _storage(tmp_path: Path) -> Storage:
    """`old` serves, `oldest` came before it, `new` waits."""
    storage = open_storage(f"file://{tmp_path}")
    entries = {name: place(storage, name, payload(a), {}, NOW.isoformat()) for name, a in VERSIONS.items()}
    write_aliases(storage, {CHAMPION: entries["old"], PREVIOUS: entries["oldest"], CHALLENGER: entries["new"]})
    return storage


@pytest.fixture(name="tracking")
def _tracking(storage: Storage) -> FakeTracking:
    tracking = FakeTracking()
    tracking.aliases = named(storage)
    return tracking


def named(storage: Storage) -> dict[str, str]:
    return {alias: entry.version for alias, entry in read_aliases(storage).items()}


def promoted(storage: Storage, tracking: Any) -> None:
    Registry("", storage, tracking).promote("new", NOW, "better")


AFTER = {CHAMPION: "new", PREVIOUS: "old"}


def test_promotion_moves_both_records(storage: Storage, tracking: FakeTracking) -> None:
    promoted(storage, tracking)
    assert tracking.aliases == named(storage) == AFTER


@pytest.mark.parametrize("call", [1, 2, 3])
def test_chaos_mlflow_fails_between_two_aliases(storage: Storage, tracking: FakeTracking, call: int) -> None:
    """Previous, champion, challenger: whichever call fails, both records are as before, and again it goes through."""
    before, tracking.broken = named(storage), {call}
    with pytest.raises(RegistryError, match="cut off"):
        promoted(storage, tracking)
    assert tracking.aliases == named(storage) == before and load(storage).version == "old"
    promoted(storage, tracking)
    assert tracking.aliases == named(storage) == AFTER


def test_chaos_storage_fails_after_mlflow(storage: Storage, tracking: FakeTracking, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = named(storage)
    with monkeypatch.context() as patched:
        patched.setattr(module, "write_aliases", full)
        with pytest.raises(OSError, match="No space left"):
            promoted(storage, tracking)
    assert tracking.aliases == named(storage) == before
    promoted(storage, tracking)
    assert tracking.aliases == named(storage) == AFTER


def test_chaos_what_cannot_be_put_back_is_said_and_mended_by_the_next(storage: Storage, tracking: FakeTracking) -> None:
    """MLflow goes away for good in the middle, as when the process is killed there: what serves is the file's."""
    tracking.broken = {3, 4}
    with pytest.raises(RegistryError) as caught:
        promoted(storage, tracking)
    assert "could not be put back" in caught.value.__notes__[0]
    assert load(storage).version == "old" and tracking.aliases[CHAMPION] == "new"
    promoted(storage, tracking)
    assert tracking.aliases == named(storage) == AFTER
    Registry("", storage, tracking).rollback(NOW, "worse")
    assert tracking.aliases[CHAMPION] == named(storage)[CHAMPION] == "old"


def test_chaos_a_previous_champion_that_mlflow_never_knew(storage: Storage, tracking: FakeTracking) -> None:
    tracking.known -= {"old"}
    before = dict(tracking.aliases)
    with pytest.raises(LookupError, match="'old'"):
        promoted(storage, tracking)
    assert tracking.aliases == named(storage) == before


@pytest.mark.parametrize(("damage", "error"), [(b"not a model", ValueError), (None, FileNotFoundError)])
def test_chaos_a_damaged_model_is_not_crowned(storage: Storage, tracking: FakeTracking, damage, error) -> None:
    path, before = find(storage, "new").path, named(storage)
    storage.delete(path)
    if damage:
        storage.write(path, damage)
    with capture_logs() as told, pytest.raises(error, match="model new: .*register it again or promote another"):
        promoted(storage, tracking)
    assert [(row["event"], row["log_level"], row["model_version"]) for row in told] == [
        ("model refused", "error", "new")
    ]
    assert tracking.aliases == named(storage) == before and tracking.calls == 0


@pytest.fixture(name="mute")
def _mute() -> Iterator[str]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_chaos_registry_down_fails_fast_and_the_champion_serves(storage: Storage, mute: str, monkeypatch) -> None:
    for name, value in (("MAX_RETRIES", "1"), ("TIMEOUT", "1")):
        monkeypatch.setenv(f"MLFLOW_HTTP_REQUEST_{name}", value)
    begun, before = time.monotonic(), named(storage)
    with capture_logs() as told, pytest.raises(RegistryError, match=f"{mute} failed .*what serves is unchanged"):
        Registry(mute, storage).promote("new", NOW, "better")
    assert ("registry failed", mute) in [(row["event"], row.get("url")) for row in told]
    assert named(storage) == before and load(storage).version == "old"
    assert time.monotonic() - begun < 60


# MLflow 3.17 warns of its own type hints when its loaders are imported; nothing we can answer.
@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred:UserWarning", "ignore::DeprecationWarning")
def test_mlflow_loads_the_model_and_its_example_fits(tmp_path: Path) -> None:
    """By MLflow's own loader, its signature enforced, without a registry."""
    import mlflow.pyfunc
    import pandas as pd

    write_model(tmp_path, "run", payload(-2.0), {"dataset_sha256": "d"})
    example = pd.DataFrame(**json.loads((tmp_path / "input_example.json").read_text("utf-8")))
    found = mlflow.pyfunc.load_model(str(tmp_path)).predict(example)
    model = read_model(payload(-2.0), "same")
    assert found[ANSWER].tolist() == [model.baseline_expected(*EXAMPLE.values())]
    assert "numpy==" in (tmp_path / "requirements.txt").read_text("utf-8")
