"""The system of record: every model as an MLflow run with an artifact, a signature and a registered version.

A model is our own arrays (`.npz`) and provenance (`.json`); nothing here is a pickle, and nothing runs when it loads.
"""

import json
import logging
import os
import tempfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quake.adapters.storage import sha256

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

NAME = "quake-forecast"
"""Of the registered model, and of the experiment its runs lie in."""
MODEL_VERSION, DIGEST = "model_version", "sha256"
"""Tags of an MLflow version: our own name of it, and the digest of its arrays."""


class Tracking:
    """An MLflow tracking server and registry at one URL; MLflow is imported at the first use."""

    def __init__(self, url: str, artifacts: str) -> None:
        """`artifacts` is the URL under which runs keep their files."""
        self._url, self._artifacts = url, artifacts

    def record(self, payload: bytes, provenance: Mapping[str, Any], name: str | None = None) -> tuple[str, str]:
        """Version and run id of these bytes, recorded now unless they were before. `name` replaces MLflow's number."""
        digest = sha256(payload)
        for found in self._versions():
            # Without our name a version is what an interrupted registration left: it is made again.
            if found.tags.get(DIGEST) == digest and MODEL_VERSION in found.tags:
                return found.tags[MODEL_VERSION], found.run_id
        run_id, source = self._run(payload, provenance)
        made = self._client.create_model_version(NAME, source, run_id, tags={DIGEST: digest})
        version = f"{name or f'm{made.version}'}-{digest[:6]}"
        self._client.set_model_version_tag(NAME, made.version, MODEL_VERSION, version)
        return version, run_id

    def set_alias(self, alias: str, version: str) -> str:
        """Points `alias` at our `version` and returns its run id. Raises LookupError when it was never recorded."""
        for found in self._versions():
            if found.tags.get(MODEL_VERSION) == version:
                self._client.set_registered_model_alias(NAME, alias, found.version)
                return found.run_id
        raise LookupError(f"MLflow at {self._url} has no model {version!r}")

    def drop_alias(self, alias: str) -> None:
        """Takes the alias away from whatever has it."""
        self._client.delete_registered_model_alias(NAME, alias)

    def version_of(self, alias: str) -> str | None:
        """Our version that has the alias, if any."""
        number = self._client.get_registered_model(NAME).aliases.get(alias)
        return self._client.get_model_version(NAME, number).tags[MODEL_VERSION] if number else None

    def _versions(self) -> "list[ModelVersion]":
        return self._client.search_model_versions(f"name='{NAME}'")

    def _run(self, payload: bytes, provenance: Mapping[str, Any]) -> tuple[str, str]:
        run = self._client.create_run(self._experiment)
        for key, value in provenance.get("metrics", {}).items():
            self._client.log_metric(run.info.run_id, key, value)
        for key, value in provenance.items():
            if isinstance(value, (str, int, float)):
                self._client.log_param(run.info.run_id, key, value)
        with tempfile.TemporaryDirectory() as folder:
            _write_model(Path(folder), run.info.run_id, payload, provenance)
            self._client.log_artifacts(run.info.run_id, folder, "model")
        self._client.set_terminated(run.info.run_id)
        return run.info.run_id, f"{run.info.artifact_uri}/model"

    @cached_property
    def _experiment(self) -> str:
        found = self._client.get_experiment_by_name(NAME)
        return found.experiment_id if found else self._client.create_experiment(NAME, self._artifacts)

    @cached_property
    def _client(self) -> "MlflowClient":
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        for noisy in ("alembic", "mlflow.store.db.utils", "mlflow.tracking"):
            logging.getLogger(noisy).setLevel(logging.WARNING)
        from mlflow import MlflowClient

        client = MlflowClient(self._url, self._url)
        if not client.search_registered_models(f"name='{NAME}'"):
            client.create_registered_model(NAME)
        return client


def _write_model(folder: Path, run_id: str, payload: bytes, provenance: Mapping[str, Any]) -> None:
    """The files of an MLflow model of our own flavour."""
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    inputs = ("latitude", "longitude", "radius_km", "horizon_days", "magnitude_min")
    signature = ModelSignature(
        Schema([ColSpec(DataType.double, name) for name in inputs]), Schema([ColSpec(DataType.double, "expected")])
    )
    flavors = {"quakestream": {"arrays": "model.npz", "loader": "quake.adapters.registry.alias"}}
    Model(run_id=run_id, artifact_path="model", signature=signature, flavors=flavors).save(str(folder / "MLmodel"))
    (folder / "model.npz").write_bytes(payload)
    (folder / "provenance.json").write_text(json.dumps(dict(provenance), indent=2), encoding="utf-8")
