"""`quake tune`: Optuna searches what the fit leaves open, on the validation span; every trial is a nested MLflow run.

Nothing of the test span is looked at, and nothing is registered: the best values are a proposal that `quake train` and
the gate would have to confirm.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import structlog

from batch.evaluate import replay
from batch.flow_steps import START, split_of
from batch.prepare import Split
from batch.train import load_quakes
from quake.adapters.storage import open_storage
from quake.model import ForecastModel
from quake.model_fit import fit
from quake.quakes import Quakes
from quake.score import bernoulli_gain
from quake.settings import Settings

if TYPE_CHECKING:
    import optuna
    from mlflow import MlflowClient

EXPERIMENT = "quake-tune"
SPACE: dict[str, tuple[float, float]] = {"a": (-0.3, 0.6), "p": (-0.15, 0.15), "log10_c": (-0.5, 0.5)}
"""What is added to the fitted law: the fit counts one main shock's aftershocks, the forecast lives with cascades."""

log = structlog.get_logger(__name__)


def tune(settings: Settings, now: datetime, trials: int = 20, seed: int = 1) -> dict[str, float]:
    """The best of so many trials: its values and gain over the plain fit on the validation span, nats a forecast."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    quakes, split = load_quakes(open_storage(settings.storage)), split_of(settings, now)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    study.enqueue_trial(dict.fromkeys(SPACE, 0.0))
    record = _recorder(settings, split, seed)
    study.optimize(_objective(gain_of(quakes, split)), n_trials=trials, callbacks=[lambda _, trial: record(trial)])
    found = {**study.best_params, "gain": float(study.best_value)}
    log.info("tuned", trials=trials, **found)
    return found


def adjusted(model: ForecastModel, values: Mapping[str, float]) -> ForecastModel:
    """The model with `SPACE`'s values added to its law."""
    law = model.reasenberg_jones
    changed = replace(law, a=law.a + values["a"], p=law.p + values["p"], c=law.c * 10 ** values["log10_c"])
    # Worlds are told apart by version: the changed law must not be answered by the plain one's.
    return replace(model, version=f"{model.version}-adjusted", reasenberg_jones=changed)


def gain_of(quakes: Quakes, split: Split) -> Callable[[Mapping[str, float]], float]:
    """A function from SPACE's values to their gain over the plain fit on the validation span, nats a forecast."""
    model = fit(quakes, START, split.train_end)
    span = split.spans()["validation"]

    def gain(values: Mapping[str, float]) -> float:
        played = replay((model, adjusted(model, values)), quakes, *span)
        plain, tried = played.probability.T
        return float(np.mean(bernoulli_gain(tried, played.observed > 0, plain)))

    return gain


def _objective(gain: Callable[[Mapping[str, float]], float]) -> "Callable[[optuna.Trial], float]":
    def objective(trial: "optuna.Trial") -> float:
        return gain({name: trial.suggest_float(name, low, high) for name, (low, high) in SPACE.items()})

    return objective


def _recorder(settings: Settings, split: Split, seed: int) -> "Callable[[optuna.trial.FrozenTrial], None]":
    """Logs each finished trial as a run under one parent run."""
    from mlflow import MlflowClient

    client = MlflowClient(settings.registry, settings.registry)
    found = client.get_experiment_by_name(EXPERIMENT)
    experiment = found.experiment_id if found else client.create_experiment(EXPERIMENT, f"{settings.storage}/mlflow")
    parent = client.create_run(experiment, run_name=f"tune to {split.train_end:%Y-%m-%d}").info.run_id
    _log(client, parent, {"seed": seed, "train_end": split.train_end, "validation_end": split.validation_end}, {})

    def record(trial: "optuna.trial.FrozenTrial") -> None:
        run = client.create_run(experiment, tags={"mlflow.parentRunId": parent}, run_name=f"trial {trial.number}")
        _log(client, run.info.run_id, trial.params, {"gain": trial.value})

    return record


def _log(client: "MlflowClient", run_id: str, values: Mapping[str, Any], metrics: Mapping[str, Any]) -> None:
    for name, value in values.items():
        client.log_param(run_id, name, value)
    for name, value in metrics.items():
        client.log_metric(run_id, name, value)
    client.set_terminated(run_id)
