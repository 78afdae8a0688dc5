"""Versioned snapshots of a process's state: arrays and JSON, digest checked, no pickle, the last few kept.

A snapshot is two files under `snapshots/NAME/`: the arrays (`.npz`), then their description (`.json`), which makes
it visible. Give states that must not replace each other (another model, another role) different names.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from quake.adapters.storage import Storage, sha256

FORMAT = 1
"""Of the two files; a snapshot of another format is skipped."""
KEEP = 3
"""Snapshots kept under each name."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """State as of one report: `meta` holds at least `model_version` and `processed_sequence`."""

    meta: dict[str, Any]
    arrays: dict[str, NDArray[Any]]

    @property
    def model_version(self) -> str:
        """The model whose parameters made this state."""
        return str(self.meta["model_version"])

    @property
    def processed_sequence(self) -> int:
        """The last report taken in."""
        return int(self.meta["processed_sequence"])


def save(storage: Storage, name: str, meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> str:
    """Writes a snapshot, removes all but the last `KEEP`, and returns the path of its description.

    Raises ValueError when `meta` lacks `model_version` or `processed_sequence`, or an array would need pickle.
    """
    missing = {"model_version", "processed_sequence"} - meta.keys()
    if missing:
        raise ValueError(f"snapshot {name}: meta lacks {sorted(missing)}")
    payload = pack(arrays)
    digest = sha256(payload)
    stem = f"snapshots/{name}/{int(meta['processed_sequence']):015d}-{digest[:12]}"
    storage.write(f"{stem}.npz", payload)
    described = {"format": FORMAT, "sha256": digest, "meta": dict(meta)}
    storage.write(f"{stem}.json", json.dumps(described).encode())
    _prune(storage, name)
    return f"{stem}.json"


def newest(storage: Storage, name: str) -> Snapshot | None:
    """The newest snapshot that is whole; a damaged one is logged and the one before it taken. None without any."""
    for path in reversed(_descriptions(storage, name)):
        try:
            return _read(storage, path)
        except (FileNotFoundError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
            log.warning("snapshot skipped", path=path, reason=str(error))
    return None


def pack(arrays: Mapping[str, NDArray[Any]], compress: bool = False) -> bytes:
    """Arrays as the bytes of an `.npz` file. Raises ValueError for an array of objects."""
    for key, array in arrays.items():
        if np.asarray(array).dtype.hasobject:
            raise ValueError(f"array {key!r} holds Python objects; give numbers or fixed-width strings")
    buffer = io.BytesIO()
    (np.savez_compressed if compress else np.savez)(buffer, **arrays)
    return buffer.getvalue()


def unpack(payload: bytes) -> dict[str, NDArray[Any]]:
    """The arrays that `pack` wrote. Raises ValueError or BadZipFile for anything else; runs no code from the file."""
    with np.load(io.BytesIO(payload), allow_pickle=False) as archive:
        return {key: archive[key] for key in archive.files}


def _read(storage: Storage, path: str) -> Snapshot:
    described = json.loads(storage.read(path))
    if described["format"] != FORMAT:
        raise ValueError(f"format {described['format']}, this program reads {FORMAT}")
    payload = storage.read(path.removesuffix(".json") + ".npz")
    if sha256(payload) != described["sha256"]:
        raise ValueError(f"digest {sha256(payload)[:12]} is not the recorded {described['sha256'][:12]}")
    return Snapshot(described["meta"], unpack(payload))


def _prune(storage: Storage, name: str) -> None:
    kept = {path.removesuffix(".json") for path in _descriptions(storage, name)[-KEEP:]}
    for path in storage.list(f"snapshots/{name}"):
        if path.rpartition(".")[0] not in kept:
            storage.delete(path)


def _descriptions(storage: Storage, name: str) -> list[str]:
    return [path for path in storage.list(f"snapshots/{name}") if path.endswith(".json")]
