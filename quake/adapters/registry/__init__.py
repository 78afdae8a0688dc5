"""Models by version and alias: MLflow is the record, the alias file in storage is what engines read.

Importing this, and loading through `alias`, never imports MLflow.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from quake.adapters.registry.alias import (
    CHALLENGER,
    CHAMPION,
    PREVIOUS,
    Entry,
    find,
    place,
    placed,
    provenance_of,
    read_aliases,
    read_model,
    write_aliases,
)
from quake.adapters.registry.tracking import Tracking
from quake.adapters.storage import Storage, open_storage, sha256
from quake.schema import ModelDecision
from quake.settings import Settings


class Registry:
    """Registers, promotes and rolls back; every change goes to MLflow first, then to the alias file."""

    def __init__(self, url: str, storage: Storage) -> None:
        self.storage = storage
        self._tracking = Tracking(url, f"{storage.url}/mlflow")

    def register(
        self, payload: bytes, provenance: Mapping[str, Any], registered_at: datetime, name: str | None = None
    ) -> str:
        """The version of a model's bytes, registered now unless they were before: `m3-1f2e3d`, or `NAME-1f2e3d`.

        Raises ValueError when the bytes are no model.
        """
        read_model(payload, "unregistered")
        version, _ = self._tracking.record(payload, provenance, name)
        if not placed(self.storage, version):
            place(self.storage, version, payload, provenance, registered_at.isoformat())
        return version

    def set_alias(self, alias: str, version: str) -> None:
        """Points one alias at a registered version. Raises LookupError when there is no such version."""
        entry = find(self.storage, version)
        self._tracking.set_alias(alias, version)
        write_aliases(self.storage, read_aliases(self.storage) | {alias: entry})

    def champion(self) -> str | None:
        """The version that MLflow calls champion; None before the first."""
        return self._tracking.version_of(CHAMPION)

    def promote(self, version: str, decided_at: datetime, reason: str) -> ModelDecision:
        """Makes a registered version champion and returns the row that says so; the old one becomes `previous`.

        Raises LookupError when there is no such version, ValueError when it is champion already.
        """
        before = read_aliases(self.storage).get(CHAMPION)
        if before and before.version == version:
            raise ValueError(f"model {version} is champion already")
        return self._crown(find(self.storage, version), "promoted", decided_at, reason)

    def rollback(self, decided_at: datetime, reason: str) -> ModelDecision:
        """Makes the previous champion champion again and returns the row. Raises LookupError when there is none."""
        previous = read_aliases(self.storage).get(PREVIOUS)
        if previous is None:
            raise LookupError("no previous champion to roll back to")
        return self._crown(previous, "rolled back", decided_at, reason)

    def _crown(self, entry: Entry, decision: str, decided_at: datetime, reason: str) -> ModelDecision:
        entries = read_aliases(self.storage)
        before = entries.get(CHAMPION)
        run_id = self._tracking.set_alias(CHAMPION, entry.version)
        if before:
            self._tracking.set_alias(PREVIOUS, before.version)
            entries[PREVIOUS] = before
        if CHALLENGER in entries and entries[CHALLENGER].version == entry.version:
            self._tracking.drop_alias(CHALLENGER)
            del entries[CHALLENGER]
        write_aliases(self.storage, entries | {CHAMPION: entry})
        return ModelDecision(
            model_version=entry.version,
            decided_at=decided_at,
            decision=decision,
            previous_version=before.version if before else None,
            reason=reason,
            gain=None,
            gain_low=None,
            gain_high=None,
            run_id=run_id,
            dataset_hash=provenance_of(self.storage, entry.version).get("dataset_sha256", ""),
        )


def open_registry(settings: Settings) -> Registry:
    """The registry at `settings.registry`, with its files in `settings.storage`."""
    return Registry(settings.registry, open_storage(settings.storage))


def ensure_default(settings: Settings, now: datetime | None = None) -> ModelDecision | None:
    """Makes the committed model champion at the first start; returns the row to write, None when there is a champion.

    Raises ValueError when the committed file is not the one its provenance describes.
    """
    storage = open_storage(settings.storage)
    if CHAMPION in read_aliases(storage):
        return None
    payload, provenance = committed()
    registry, now = Registry(settings.registry, storage), now or datetime.now(UTC)
    version = registry.register(payload, provenance, now, name="default")
    return registry.promote(version, now, "first start: the committed model")


def committed() -> tuple[bytes, dict[str, Any]]:
    """The bytes and provenance of the model that the repository ships."""
    folder = files("quake") / "data" / "model"
    payload, provenance = (folder / "default.npz").read_bytes(), json.loads(
        (folder / "default.json").read_text("utf-8")
    )
    if sha256(payload) != provenance["sha256"]:
        raise ValueError(
            f"quake/data/model/default.npz has digest {sha256(payload)[:12]}, not {provenance['sha256'][:12]}"
        )
    return payload, provenance
