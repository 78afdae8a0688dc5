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
    load_entry,
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

    def __init__(self, url: str, storage: Storage, tracking: Tracking | None = None) -> None:
        """MLflow at `url`, or the `tracking` that is given in its place."""
        self.storage = storage
        self._tracking = tracking or Tracking(url, f"{storage.url}/mlflow")

    def register(
        self,
        payload: bytes,
        provenance: Mapping[str, Any],
        registered_at: datetime,
        name: str | None = None,
        figures: Mapping[str, bytes] | None = None,
    ) -> str:
        """The version of a model's bytes, registered now unless they were before: `m3-1f2e3d`, or `NAME-1f2e3d`.

        Raises ValueError when the bytes are no model, RegistryError when MLflow fails.
        """
        read_model(payload, "unregistered")
        version, _ = self._tracking.record(payload, provenance, name, figures)
        if not placed(self.storage, version):
            place(self.storage, version, payload, provenance, registered_at.isoformat())
        return version

    def set_alias(self, alias: str, version: str) -> None:
        """Points one alias at a registered version. Raises LookupError when there is no such version."""
        entries = read_aliases(self.storage)
        self._move(entries, entries | {alias: find(self.storage, version)})

    def champion(self) -> str | None:
        """The version that MLflow calls champion; None before the first."""
        return self._tracking.version_of(CHAMPION)

    def promote(self, version: str, decided_at: datetime, reason: str) -> ModelDecision:
        """Makes a registered version champion and returns the row that says so; the old one becomes `previous`.

        Raises LookupError when there is no such version, ValueError when it is champion already or its bytes are not
        the registered, FileNotFoundError when they are gone, RegistryError when MLflow fails; then nothing has changed.
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
        """All that can be refused is asked before the first change; the alias file, which serves, is the last."""
        load_entry(self.storage, entry)
        entries = read_aliases(self.storage)
        before = entries.get(CHAMPION)
        run_id = self._tracking.run_of(entry.version)
        kept = {
            alias: other for alias, other in entries.items() if (alias, other.version) != (CHALLENGER, entry.version)
        }
        self._move(entries, kept | ({PREVIOUS: before} if before else {}) | {CHAMPION: entry})
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

    def _move(self, old: Mapping[str, Entry], new: Mapping[str, Entry]) -> None:
        """MLflow's aliases, then the file; if anything fails MLflow is put back and the file is as it was."""
        try:
            self._point(old, new)
            write_aliases(self.storage, new)
        except (OSError, LookupError) as error:
            try:
                self._point(new, old)
            except (OSError, LookupError) as again:
                error.add_note(
                    f"MLflow's aliases could not be put back either: {again}; promote or roll back once more"
                )
            raise

    def _point(self, away: Mapping[str, Entry], to: Mapping[str, Entry]) -> None:
        for alias in (PREVIOUS, CHAMPION, CHALLENGER):
            if to.get(alias) != away.get(alias):
                self._tracking.set_alias(alias, to[alias].version if alias in to else None)


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
