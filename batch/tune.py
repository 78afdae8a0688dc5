"""`quake tune`: Optuna searches what the fit leaves open, on the validation span; every trial is a nested MLflow run.

Nothing of the test span is looked at, and nothing is registered: the best values are a proposal that a fit and the gate
would have to confirm.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import structlog
from tqdm import tqdm

from batch.evaluate import replay
from batch.flow_steps import START, split_of
from batch.prepare import Split
from batch.train import fitted, load_quakes
from batch.train_provenance import code_digest
from quake.adapters.storage import Storage, open_storage
from quake.etas_models import WorldParameters
from quake.etas_parameters import EtasParameters
from quake.model import ForecastModel
from quake.quakes import Quakes
from quake.score import Interval, bernoulli_gain, block_bootstrap
from quake.settings import Settings

if TYPE_CHECKING:
    import optuna
    from mlflow import MlflowClient

EXPERIMENT = "quake-tune"
SPACE: dict[str, tuple[float, float]] = {
    "log_productivity": (-0.4, 0.4),
    "a_time": (-0.3, 0.3),
    "log_background": (-1.0, 1.0),
    "log_d": (-0.7, 0.7),
}
"""What is added in every region to the space-time part: the fit makes the next earthquake likely, the forecast counts
those of a week within 100 km, cascades included."""
Gain = Callable[[Mapping[str, float]], Interval]

log = structlog.get_logger(__name__)


def tune(settings: Settings, now: datetime, trials: int = 20, seed: int = 1, progress: bool = True) -> dict[str, float]:
    """The best of so many trials: its values and gain over the plain fit on the validation span, nats a forecast."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage, split = open_storage(settings.storage), split_of(settings, now)
    gain = gain_of(storage, load_quakes(storage), split)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    study.enqueue_trial(dict.fromkeys(SPACE, 0.0))
    with tqdm(desc="tune", total=trials, unit="trial", disable=not progress) as shown:
        tell = [_recorder(settings, split, seed), lambda _: shown.update()]
        study.optimize(_objective(gain), n_trials=trials, callbacks=[lambda _, trial: [each(trial) for each in tell]])
    best = {name: study.best_trial.user_attrs[name] for name in ("gain", "gain_low", "gain_high")}
    found = {**study.best_params, **best}
    log.info("tuned", trials=trials, **found)
    return found


def adjusted(model: ForecastModel, values: Mapping[str, float]) -> ForecastModel:
    """The model with `SPACE`'s values added to every region. Raises ValueError for one without a space-time part."""
    if model.etas is None:
        raise ValueError(f"the model of {model.trained_to:%Y-%m-%d} has no space-time part that could be tuned")
    regions = {name: _moved(own, values) for name, own in model.etas.regions.items()}
    return replace(model, etas=WorldParameters(regions, _moved(model.etas.default, values)))


def _moved(own: EtasParameters, values: Mapping[str, float]) -> EtasParameters:
    productivity, background, size = (np.exp(values[f"log_{name}"]) for name in ("productivity", "background", "d"))
    return replace(
        own,
        weights=tuple(float(productivity * weight) for weight in own.weights),
        a_time=own.a_time + values["a_time"],
        background=float(background * own.background),
        d=float(size * own.d),
    )


def gain_of(storage: Storage, quakes: Quakes, split: Split) -> Gain:
    """A function from SPACE's values to their gain over the plain fit on the validation span, nats a forecast."""
    model, _ = fitted(storage, quakes, (START, split.train_end))
    span = split.spans()["validation"]
    plain = replay((model,), quakes, *span)

    def gain(values: Mapping[str, float]) -> Interval:
        tried = replay((adjusted(model, values),), quakes, *span)
        gains = bernoulli_gain(tried.probability[:, 0], plain.observed > 0, plain.probability[:, 0])
        return block_bootstrap(gains, np.random.default_rng(1))

    return gain


def _objective(gain: Gain) -> "Callable[[optuna.Trial], float]":
    def objective(trial: "optuna.Trial") -> float:
        found = gain({name: trial.suggest_float(name, low, high) for name, (low, high) in SPACE.items()})
        for name, value in zip(("gain", "gain_low", "gain_high"), asdict(found).values()):
            trial.set_user_attr(name, value)
        return found.value

    return objective


def _recorder(settings: Settings, split: Split, seed: int) -> "Callable[[optuna.trial.FrozenTrial], None]":
    """Logs each finished trial as a run under one parent run."""
    from mlflow import MlflowClient

    client = MlflowClient(settings.registry, settings.registry)
    found = client.get_experiment_by_name(EXPERIMENT)
    experiment = found.experiment_id if found else client.create_experiment(EXPERIMENT, f"{settings.storage}/mlflow")
    parent = client.create_run(experiment, run_name=f"tune to {split.train_end:%Y-%m-%d}").info.run_id
    spans = {"train_end": split.train_end, "validation_end": split.validation_end}
    _log(client, parent, {"seed": seed, "code_sha256": code_digest()} | spans, {})

    def record(trial: "optuna.trial.FrozenTrial") -> None:
        run = client.create_run(experiment, tags={"mlflow.parentRunId": parent}, run_name=f"trial {trial.number}")
        _log(client, run.info.run_id, trial.params, trial.user_attrs)

    return record


def _log(client: "MlflowClient", run_id: str, values: Mapping[str, Any], metrics: Mapping[str, Any]) -> None:
    for name, value in values.items():
        client.log_param(run_id, name, value)
    for name, value in metrics.items():
        client.log_metric(run_id, name, value)
    client.set_terminated(run_id)
