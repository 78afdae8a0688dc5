"""The alias file: which model serves as what, and the models it names; all that engines need, without MLflow.

`models/aliases.json` maps `champion`, `challenger` and `previous` to entries; a model lies in `models/VERSION/`.
"""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import structlog

from quake.adapters.snapshot import unpack
from quake.adapters.storage import Storage, sha256
from quake.model import ForecastModel, from_arrays

ALIASES = "models/aliases.json"
CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """A registered model: where its bytes lie and what their SHA-256 must be."""

    version: str
    path: str
    digest: str
    registered_at: str
    """ISO 8601."""


def load(storage: Storage, alias: str = CHAMPION) -> ForecastModel:
    """The model that serves as `alias`.

    Raises LookupError when none does, FileNotFoundError or ValueError when its bytes are gone or not the registered.
    """
    entries = read_aliases(storage)
    if alias not in entries:
        raise LookupError(f"no model is {alias} in {storage.url}/{ALIASES}; there: {sorted(entries) or 'none'}")
    return load_entry(storage, entries[alias])


def load_entry(storage: Storage, entry: Entry) -> ForecastModel:
    """The model of an entry; raises as `load` does, and logs it, so that somebody is told."""
    try:
        return _whole(storage, entry)
    except (FileNotFoundError, ValueError) as error:
        log.error("model refused", model_version=entry.version, reason=str(error))
        raise


def _whole(storage: Storage, entry: Entry) -> ForecastModel:
    if not storage.exists(entry.path):
        raise FileNotFoundError(f"model {entry.version}: {entry.path} is gone; register it again or promote another")
    payload = storage.read(entry.path)
    found, registered = sha256(payload)[:12], entry.digest[:12]
    if sha256(payload) != entry.digest:
        raise ValueError(
            f"model {entry.version}: {entry.path} has digest {found}, registered was {registered}; "
            "register it again or promote another"
        )
    return read_model(payload, entry.version)


def read_model(payload: bytes, version: str) -> ForecastModel:
    """The model in these bytes, under `version`. Raises ValueError when there is none."""
    try:
        return from_arrays(unpack(payload), version)
    except zipfile.BadZipFile as error:
        raise ValueError(f"model {version}: the bytes are no .npz file: {error}") from error


def read_aliases(storage: Storage) -> dict[str, Entry]:
    """Every alias and what it stands for; none before the first registration."""
    if not storage.exists(ALIASES):
        return {}
    return {alias: Entry(**entry) for alias, entry in json.loads(storage.read(ALIASES)).items()}


def write_aliases(storage: Storage, entries: Mapping[str, Entry]) -> None:
    """Replaces the alias file in one step."""
    content = {alias: asdict(entry) for alias, entry in entries.items()}
    storage.write(ALIASES, json.dumps(content, indent=2, sort_keys=True).encode())


def place(storage: Storage, version: str, payload: bytes, provenance: Mapping[str, Any], registered_at: str) -> Entry:
    """Puts a model's bytes and provenance where engines find them. Raises ValueError when they are no model."""
    read_model(payload, version)
    path = f"models/{version}/model.npz"
    digest = storage.write(path, payload)
    entry = Entry(version, path, digest, registered_at)
    about = {"entry": asdict(entry), "provenance": dict(provenance)}
    storage.write(_description(version), json.dumps(about, indent=2).encode())
    return entry


def placed(storage: Storage, version: str) -> bool:
    """Whether the version's bytes and provenance are where engines find them."""
    return storage.exists(_description(version))


def find(storage: Storage, version: str) -> Entry:
    """The entry of a registered version, whatever its alias. Raises LookupError naming the known ones."""
    return Entry(**_described(storage, version)["entry"])


def provenance_of(storage: Storage, version: str) -> dict[str, Any]:
    """Where a registered version comes from: data, span, command, code, metrics. Raises as `find` does."""
    return _described(storage, version)["provenance"]


def _described(storage: Storage, version: str) -> dict[str, Any]:
    if not placed(storage, version):
        known = {name.split("/")[1] for name in storage.list("models") if name.endswith("/provenance.json")}
        raise LookupError(f"no model {version!r}; registered: {', '.join(sorted(known)) or 'none'}")
    return json.loads(storage.read(_description(version)))


def _description(version: str) -> str:
    return f"models/{version}/provenance.json"
