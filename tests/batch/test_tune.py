"""The search: nested runs in MLflow, the same seed finds the same, nothing of the test span is looked at."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

import batch.tune as module
from batch.tune import EXPERIMENT, SPACE, adjusted, tune
from quake.adapters.history import CATALOGUE, read_history, write_history
from quake.adapters.storage import open_storage
from quake.etas_models import WorldParameters
from quake.model import ForecastModel
from quake.seismicity import ReasenbergJones
from quake.settings import Settings

# MLflow 3.17 asks SQLAlchemy for a loader that is to go, Optuna marks parts as experimental; nothing we can answer.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning")

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _spans(monkeypatch: pytest.MonkeyPatch, space_time: WorldParameters) -> None:
    monkeypatch.setattr(module, "START", datetime(2000, 1, 1, tzinfo=UTC))
    monkeypatch.setattr("batch.flow_steps.FEATURES_FROM", datetime(2004, 1, 1, tzinfo=UTC))
    monkeypatch.setattr("batch.flow_steps.VALIDATION", timedelta(days=150))


def test_slow_trials_are_nested_runs_and_the_plain_fit_is_one_of_them(settings: Settings) -> None:
    from mlflow import MlflowClient

    found = tune(settings, NOW, trials=3, seed=2)
    assert found["gain"] >= 0 and found.keys() == {*SPACE, "gain", "gain_low", "gain_high"}
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


def test_values_are_added_in_every_region(space_time: WorldParameters) -> None:
    plain = ForecastModel("m", ReasenbergJones(a=-2.0), None, NOW, NOW, space_time)
    values = {"log_productivity": np.log(2), "a_time": -0.1, "log_background": np.log(3), "log_d": np.log(0.5)}
    found = adjusted(plain, values).etas
    for own, before in ((found.default, space_time.default), (*found.regions.values(), *space_time.regions.values())):
        assert own.weights == pytest.approx([2 * weight for weight in before.weights])
        assert own.a_time == pytest.approx(before.a_time - 0.1)
        assert (own.background, own.d) == pytest.approx((3 * before.background, before.d / 2))
    assert adjusted(plain, dict.fromkeys(SPACE, 0.0)).etas == space_time


def test_a_model_without_a_space_time_part_is_refused() -> None:
    with pytest.raises(ValueError, match="no space-time part"):
        adjusted(ForecastModel("m", ReasenbergJones(a=-2.0), None, NOW, NOW), dict.fromkeys(SPACE, 0.0))
