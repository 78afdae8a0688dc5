"""The system of record: every model as an MLflow run with an artifact, a signature and a registered version.

A model is our own arrays (`.npz`) and provenance (`.json`); nothing here is a pickle, and nothing runs when it loads.
"""

import logging
import os
import tempfile
from collections.abc import Callable, Mapping
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from quake.adapters.registry.flavour import write_model
from quake.adapters.storage import sha256

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

NAME = "quake-forecast"
"""Of the registered model, and of the experiment its runs lie in."""
MODEL_VERSION, DIGEST = "model_version", "sha256"
"""Tags of an MLflow version: our own name of it, and the digest of its arrays."""
PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
"""MLflow's own 7 retries of 120 s leave a command hanging for minutes; set in the environment, other values stay."""

log = structlog.get_logger(__name__)
Answer = TypeVar("Answer")


class RegistryError(ConnectionError):
    """MLflow did not do what was asked: it is down, or damaged. What serves is as it was."""


def _clear(method: Callable[..., Answer]) -> Callable[..., Answer]:
    """The method with whatever MLflow raises turned into a RegistryError that is logged, and so counted."""

    @wraps(method)
    def call(self: "Tracking", *given: Any) -> Answer:
        # Not before it is used: the first call imports it anyway.
        from mlflow.exceptions import MlflowException

        try:
            return method(self, *given)
        except (MlflowException, OSError) as error:
            reason = f"{type(error).__name__}: {error}".partition("\n")[0][:300]
            log.error("registry failed", asked=method.__name__, url=self.url, reason=reason)
            raise RegistryError(f"the registry at {self.url} failed ({reason}); what serves is unchanged") from error

    return call


class Tracking:
    """An MLflow tracking server and registry at one URL; MLflow is imported at the first use."""

    def __init__(self, url: str, artifacts: str) -> None:
        """`artifacts` is the URL under which runs keep their files."""
        self.url, self._artifacts = url, artifacts

    @_clear
    def record(
        self,
        payload: bytes,
        provenance: Mapping[str, Any],
        name: str | None = None,
        figures: Mapping[str, bytes] | None = None,
    ) -> tuple[str, str]:
        """Version and run id of these bytes, recorded now unless they were before. `name` replaces MLflow's number.

        `figures` are files by name that the run keeps beside the model.
        """
        digest = sha256(payload)
        for found in self._versions():
            # Without our name a version is what an interrupted registration left: it is made again.
            if found.tags.get(DIGEST) == digest and MODEL_VERSION in found.tags:
                return found.tags[MODEL_VERSION], found.run_id
        run_id, source = self._run(payload, provenance, figures or {})
        made = self._client.create_model_version(NAME, source, run_id, tags={DIGEST: digest})
        version = f"{name or f'm{made.version}'}-{digest[:6]}"
        self._client.set_model_version_tag(NAME, made.version, MODEL_VERSION, version)
        return version, run_id

    @_clear
    def run_of(self, version: str) -> str:
        """The run that made our `version`. Raises LookupError when it was never recorded."""
        return self._recorded(version).run_id

    @_clear
    def set_alias(self, alias: str, version: str | None) -> None:
        """Points `alias` at our `version`, or at nothing. Raises LookupError when the version was never recorded."""
        if version is None:
            self._client.delete_registered_model_alias(NAME, alias)
        else:
            self._client.set_registered_model_alias(NAME, alias, self._recorded(version).version)

    @_clear
    def version_of(self, alias: str) -> str | None:
        """Our version that has the alias, if any."""
        number = self._client.get_registered_model(NAME).aliases.get(alias)
        return self._client.get_model_version(NAME, number).tags[MODEL_VERSION] if number else None

    def _recorded(self, version: str) -> "ModelVersion":
        for found in self._versions():
            if found.tags.get(MODEL_VERSION) == version:
                return found
        raise LookupError(f"MLflow at {self.url} has no model {version!r}; register it again")

    def _versions(self) -> "list[ModelVersion]":
        return self._client.search_model_versions(f"name='{NAME}'")

    def _run(self, payload: bytes, provenance: Mapping[str, Any], figures: Mapping[str, bytes]) -> tuple[str, str]:
        run = self._client.create_run(self._experiment)
        try:
            self._fill(run.info.run_id, payload, provenance, figures)
        except Exception:
            # Whatever broke it: a run that is not whole says so, and the error goes on.
            self._client.set_terminated(run.info.run_id, "FAILED")
            raise
        self._client.set_terminated(run.info.run_id)
        return run.info.run_id, f"{run.info.artifact_uri}/model"

    def _fill(self, run_id: str, payload: bytes, provenance: Mapping[str, Any], figures: Mapping[str, bytes]) -> None:
        for key, value in provenance.get("metrics", {}).items():
            self._client.log_metric(run_id, key, value)
        for key, value in provenance.items():
            if isinstance(value, (str, int, float)):
                self._client.log_param(run_id, key, value)
        with tempfile.TemporaryDirectory() as folder:
            model, drawn = (Path(folder) / name for name in ("model", "figures"))
            model.mkdir()
            drawn.mkdir()
            write_model(model, run_id, payload, provenance)
            for name, content in figures.items():
                (drawn / name).write_bytes(content)
            self._client.log_artifacts(run_id, folder)

    @cached_property
    def _experiment(self) -> str:
        found = self._client.get_experiment_by_name(NAME)
        return found.experiment_id if found else self._client.create_experiment(NAME, self._artifacts)

    @cached_property
    def _client(self) -> "MlflowClient":
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        for noisy in ("alembic", "mlflow.store.db.utils", "mlflow.tracking"):
            logging.getLogger(noisy).setLevel(logging.WARNING)
        os.environ.update({name: value for name, value in PATIENCE.items() if name not in os.environ})
        from mlflow import MlflowClient

        client = MlflowClient(self.url, self.url)
        if not client.search_registered_models(f"name='{NAME}'"):
            client.create_registered_model(NAME)
        return client
