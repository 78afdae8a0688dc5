"""The search: nested runs in MLflow, the same seed finds the same, nothing of the test span is looked at."""

from datetime import UTC, datetime

import pytest

import batch.tune as module
from batch.tune import EXPERIMENT, SPACE, adjusted, tune
from quake.adapters.history import CATALOGUE, read_history, write_history
from quake.adapters.storage import open_storage
from quake.model import ForecastModel
from quake.seismicity import ReasenbergJones
from quake.settings import Settings

# MLflow 3.17 asks SQLAlchemy for a loader that is to go, Optuna marks parts as experimental; nothing we can answer.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning")

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _spans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "START", datetime(2000, 1, 1, tzinfo=UTC))
    monkeypatch.setattr("batch.flow_steps.FEATURES_FROM", datetime(2004, 1, 1, tzinfo=UTC))


def test_slow_trials_are_nested_runs_and_the_plain_fit_is_one_of_them(settings: Settings) -> None:
    from mlflow import MlflowClient

    found = tune(settings, NOW, trials=3, seed=2)
    assert found["gain"] >= 0 and found.keys() == {*SPACE, "gain"}
    client = MlflowClient(settings.registry, settings.registry)
    runs = client.search_runs([client.get_experiment_by_name(EXPERIMENT).experiment_id])
    (parent,) = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    trials = [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    assert len(trials) == 3 and parent.data.params["seed"] == "2"
    assert min(abs(run.data.metrics["gain"]) for run in trials) == 0
    assert max(run.data.metrics["gain"] for run in trials) == found["gain"]
    assert len({run.data.metrics["gain"] for run in trials}) == 3, "every trial is a model of its own"


def test_leakage_determinism_the_test_span_changes_nothing(settings: Settings, monkeypatch) -> None:
    """Without the newest year's earthquakes the same seed finds the same, to the last digit."""
    monkeypatch.setattr(module, "_recorder", lambda *_: lambda _: None)
    first = tune(settings, NOW, trials=3, seed=2)
    storage = open_storage(settings.storage)
    write_history(
        storage, CATALOGUE, read_history(storage, end=datetime(2009, 1, 1, tzinfo=UTC)), NOW.replace(2010), {}
    )
    assert tune(settings, NOW, trials=3, seed=2) == first


def test_values_are_added_to_the_fitted_law() -> None:
    law = ReasenbergJones(a=-2.0, b=1.0, c=0.1, p=1.1)
    found = adjusted(ForecastModel("m", law, None, NOW, NOW), {"a": 0.5, "p": -0.1, "log10_c": 1.0}).reasenberg_jones
    assert (found.a, found.b, found.c, found.p) == pytest.approx((-1.5, 1.0, 1.0, 1.0))
