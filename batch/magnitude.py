"""`quake train magnitude`: fit quantiles of the reviewed magnitude, judge them on later pairs, keep and log them."""

import hashlib
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import structlog
from numpy.typing import NDArray

from batch.magnitude_judge import Verdict, judge, predictions
from batch.magnitude_pairs import Pairs
from quake.adapters.magnitude_model import keep_magnitude_model
from quake.adapters.snapshot import pack
from quake.adapters.storage import open_storage, sha256
from quake.magnitude import (
    QUANTILES,
    EmpiricalInterval,
    LinearQuantiles,
    MagnitudeModel,
    as_arrays,
    features,
    group_of,
)
from quake.settings import Settings

if TYPE_CHECKING:
    from mlflow import MlflowClient

NAME = "quake-magnitude"
"""Of the MLflow experiment and its registered model."""
MIN_GROUP = 100
TRAIN_SHARE = 0.7
"""Of all pairs, the earlier part that is trained on; the later one judges."""
FOLDS = 5

log = structlog.get_logger(__name__)


def train_magnitude(
    settings: Settings, pairs: Pairs, seed: int = 1, now: datetime | None = None, register: bool = True
) -> tuple[MagnitudeModel, Verdict]:
    """Fits both models on the earlier pairs, lets the gate choose, writes the choice to storage, registers it."""
    earlier, later = pairs.split(TRAIN_SHARE)
    stays, challenger = fit_interval(earlier), fit_linear(earlier)
    verdict = judge(challenger, stays, later, len(pairs), np.random.default_rng(seed))
    model = challenger if verdict.promoted else fit_interval(pairs)
    payload = pack(as_arrays(model))
    provenance = {"sha256": sha256(payload)} | _provenance(pairs, verdict, now or datetime.now(UTC))
    keep_magnitude_model(open_storage(settings.storage), payload, provenance)
    if register:
        _register(settings, payload, provenance)
    log.info("magnitude model trained", **asdict(verdict))
    return model, verdict


def fit_interval(pairs: Pairs) -> EmpiricalInterval:
    """10 and 90 % quantiles of the change by `group_of`, where a group has at least `MIN_GROUP` pairs."""
    change = _changes(pairs)
    group = np.array([group_of(report) for report in pairs.reports])
    names = [name for name in sorted(set(group.tolist())) if (group == name).sum() >= MIN_GROUP]
    bounds = [np.quantile(change[group == name], [QUANTILES[0], QUANTILES[2]]) for name in names]
    low, high = np.array([*bounds, np.quantile(change, [QUANTILES[0], QUANTILES[2]])]).T
    return EmpiricalInterval((*names, "all"), low, high)


def fit_linear(pairs: Pairs) -> LinearQuantiles:
    """Linear quantile regression of the change, its interval widened until it covers 80 % of pairs left out of a fit.

    Conformalised quantile regression, Romano, Patterson and Candes (2019), NeurIPS 32, arXiv:1905.03222, with every
    pair left out once, a stretch of time at a time.
    """
    outside = []
    for fitted, held in pairs.folds(FOLDS):
        found = predictions(LinearQuantiles(_weights(fitted), 0.0), held)
        outside.append(np.maximum(found[:, 0] - held.reviewed, held.reviewed - found[:, 2]))
    return LinearQuantiles(_weights(pairs), float(np.quantile(np.concatenate(outside), QUANTILES[2] - QUANTILES[0])))


def _weights(pairs: Pairs) -> NDArray[np.float64]:
    from sklearn.linear_model import QuantileRegressor

    columns, changes = np.array([features(report) for report in pairs.reports]), _changes(pairs)
    models = (QuantileRegressor(quantile=q, alpha=1e-4, fit_intercept=False, solver="highs") for q in QUANTILES)
    return np.array([model.fit(columns, changes).coef_ for model in models])


def _changes(pairs: Pairs) -> NDArray[np.float64]:
    return pairs.reviewed - np.array([report.magnitude for report in pairs.reports])


def _provenance(pairs: Pairs, verdict: Verdict, now: datetime) -> dict[str, Any]:
    content = repr(list(zip(pairs.reports, pairs.reviewed.tolist())))
    return {"made_at": now.isoformat(), "dataset_sha256": hashlib.sha256(content.encode()).hexdigest()} | asdict(
        verdict
    )


def _register(settings: Settings, payload: bytes, provenance: dict[str, Any]) -> None:
    """An MLflow run with the arrays, and a version of the registered model under the alias `champion`."""
    from mlflow import MlflowClient

    client = MlflowClient(settings.registry, settings.registry)
    run = client.create_run(_experiment(client, settings)).info
    for name, value in provenance.items():
        (client.log_param if isinstance(value, (str, bool)) else client.log_metric)(run.run_id, name, value)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "magnitude.npz").write_bytes(payload)
        client.log_artifacts(run.run_id, folder, "model")
    client.set_terminated(run.run_id)
    tags = {"sha256": provenance["sha256"]}
    version = client.create_model_version(NAME, f"{run.artifact_uri}/model", run.run_id, tags=tags)
    client.set_registered_model_alias(NAME, "champion", version.version)


def _experiment(client: "MlflowClient", settings: Settings) -> str:
    if not client.search_registered_models(f"name='{NAME}'"):
        client.create_registered_model(NAME)
    found = client.get_experiment_by_name(NAME)
    return found.experiment_id if found else client.create_experiment(NAME, f"{settings.storage}/mlflow")
