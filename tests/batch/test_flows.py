"""The flows as plain functions: raw catalogue to decided promotion, what is unchanged is reused, drift starts a retrain."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import batch.flow_steps as module
from batch.flow_steps import chain, retrain, split_of
from batch.prepare import Split
from batch.profiling import PYTHON
from quake.adapters.registry import open_registry
from quake.adapters.registry.alias import CHAMPION, load, read_aliases
from quake.adapters.storage import open_storage
from quake.adapters.warehouse import open_warehouse
from quake.schema import DriftAlarm
from quake.settings import Settings

# MLflow 3.17 asks SQLAlchemy for a loader that is to go; nothing we can answer.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning")

NOW = datetime(2026, 1, 1, tzinfo=UTC)
START, END, LAST = (datetime(year, 1, 1, tzinfo=UTC) for year in (2000, 2008, 2010))


class Calls:
    """Runs steps and remembers their names: what Prefect would show."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, step: Any, *arguments: Any) -> Any:
        self.names.append(step.__name__)
        return step(*arguments)


@pytest.fixture(name="service")
def _service(settings: Settings, set_model: Any, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A service on the small history, its champion blind for aftershocks, its training span inside that history."""
    set_model("champion", "old", -9.0)
    monkeypatch.setattr(module, "START", START)
    monkeypatch.setattr(module, "FEATURES_FROM", datetime(2004, 1, 1, tzinfo=UTC))
    monkeypatch.setattr("batch.promotion.FORECASTS_MIN", 50)
    monkeypatch.setenv(PYTHON, "no-such-python")
    return settings


def alarm(settings: Settings, sequence: int, at: datetime) -> None:
    row = DriftAlarm(region="r", statistic="rate", processed_sequence=sequence, raised_at=at, value=1.0, expected=2.0)
    with closing(open_warehouse(settings.warehouse)) as warehouse:
        warehouse.insert([row])


def test_slow_chain_goes_from_catalogue_to_decision_and_reuses_what_is_unchanged(service, monkeypatch) -> None:
    """On the real MLflow: the blind champion, which it has never seen, gives way to what the chain has trained."""
    storage, registry = open_storage(service.storage), open_registry(service)
    blind = registry.register(storage.read(read_aliases(storage)[CHAMPION].path), {}, NOW, name="blind")
    registry.set_alias(CHAMPION, blind)
    calls = Calls()
    decision = chain(service, NOW, calls)
    assert calls.names == ["profile_if_installed", "split_of", "prepare", "train_once", "review"]
    assert decision.decision == "promoted" and decision.previous_version == blind
    assert load(storage).version == decision.model_version
    assert read_aliases(storage)["previous"].version == blind
    monkeypatch.setattr(module, "train", lambda *_, **__: pytest.fail("trained again from the same data"))
    assert chain(service, NOW + timedelta(hours=1)) is None


def test_drift_alone_promotes_nothing_and_is_answered_once(service, set_model, monkeypatch) -> None:
    """The retrained model is no better than a champion that knows the same: the alarm ends in a refusal on record."""
    monkeypatch.setattr(module, "train_once", lambda *_: set_model("challenger", "new", -9.0))
    assert retrain(service, NOW) is None
    alarm(service, 7, NOW - timedelta(hours=1))
    decision = retrain(service, NOW)
    assert (decision.decision, decision.model_version) == ("rejected", "new")
    assert load(open_storage(service.storage), CHAMPION).version == "old"
    assert retrain(service, NOW + timedelta(hours=1)) is None
    alarm(service, 8, NOW + timedelta(hours=2))
    assert retrain(service, NOW + timedelta(hours=3)).decision == "rejected"


def test_a_half_written_run_is_made_again(service, monkeypatch) -> None:
    """The note names a version that never reached storage: it is trained anew."""
    made = []
    monkeypatch.setattr(module, "train", lambda *_, **__: made.append(1) or type("T", (), {"version": "m9-dead"})())
    prepared = type("P", (), {"folder": "prepared/x"})()
    for _ in range(2):
        assert module.train_once(service, prepared, END, NOW) == "m9-dead"
    assert len(made) == 2


def test_the_split_holds_the_newest_year_back(settings: Settings) -> None:
    split = split_of(settings, NOW)
    assert (split.validation_end, split.end) == (LAST - timedelta(days=365), LAST)
    assert isinstance(split, Split) and split_of(settings, END).end == END


def test_without_history_the_error_says_what_to_run(tmp_path) -> None:
    with pytest.raises(ValueError, match="quake bootstrap"):
        chain(Settings(data=tmp_path), NOW)


def test_lineage_of_a_trained_model_is_noted(service, monkeypatch) -> None:
    monkeypatch.setattr(module, "train", lambda *_, **__: type("T", (), {"version": "m9-dead"})())
    module.train_once(service, type("P", (), {"folder": "prepared/x"})(), END, NOW)
    storage = open_storage(service.storage)
    (note,) = storage.list("flows")
    assert json.loads(storage.read(note)) == {"version": "m9-dead", "prepared": "prepared/x"}
