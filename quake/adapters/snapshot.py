"""Versioned snapshots of a process's state: arrays and JSON, digest checked, no pickle, the last few kept.

A snapshot is two files under `snapshots/NAME/`: the arrays (`.npz`), then their description (`.json`), which makes
it visible. Parts that seldom change lie beside it, each named by its digest and written once (`save_part`).
Give states that must not replace each other (another model, another role) different names.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from zlib import crc32

import numpy as np
import structlog
from numpy.typing import NDArray

from quake.adapters.storage import Storage, sha256

FORMAT = 2
"""Of the two files; a snapshot of another format is skipped."""
KEEP = 3
"""Snapshots kept under each name."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """State as of one report: `meta` holds at least `model_version` and `processed_sequence`."""

    meta: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    parts: dict[str, dict[str, NDArray[Any]]] = field(default_factory=dict)

    @property
    def model_version(self) -> str:
        """The model whose parameters made this state."""
        return str(self.meta["model_version"])

    @property
    def processed_sequence(self) -> int:
        """The last report taken in."""
        return int(self.meta["processed_sequence"])


def engine_snapshots(mode: str, warehouse: str) -> str:
    """The name under which the engine of a mode keeps its snapshots, one for each warehouse URL."""
    return f"engine-{mode}-{crc32(warehouse.encode()):08x}"


def save_part(storage: Storage, name: str, part: str, arrays: Mapping[str, NDArray[Any]]) -> str:
    """Writes one part that the next `save` may name; returns its digest."""
    payload = pack(arrays)
    digest = sha256(payload)
    storage.write(_part_path(name, part, digest), payload)
    return digest


def save(
    storage: Storage,
    name: str,
    meta: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    parts: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Writes a snapshot, removes all but the last `KEEP`, and returns the path of its description.

    `parts` names the digest of every part that belongs to it; parts that no snapshot kept names are removed.

    Raises ValueError when `meta` lacks `model_version` or `processed_sequence`, or an array would need pickle.
    """
    missing = {"model_version", "processed_sequence"} - meta.keys()
    if missing:
        raise ValueError(f"snapshot {name}: meta lacks {sorted(missing)}")
    payload = pack(arrays)
    digest = sha256(payload)
    stem = f"snapshots/{name}/{int(meta['processed_sequence']):015d}-{digest[:12]}"
    storage.write(f"{stem}.npz", payload)
    described = {"format": FORMAT, "sha256": digest, "meta": dict(meta), "parts": dict(parts)}
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
    parts = {part: _read_part(storage, path, part, digest) for part, digest in described.get("parts", {}).items()}
    return Snapshot(described["meta"], unpack(payload), parts)


def _read_part(storage: Storage, path: str, part: str, digest: str) -> dict[str, NDArray[Any]]:
    payload = storage.read(_part_path(path.removeprefix("snapshots/").rpartition("/")[0], part, digest))
    if sha256(payload) != digest:
        raise ValueError(f"part {part}: digest {sha256(payload)[:12]} is not the recorded {digest[:12]}")
    return unpack(payload)


def _part_path(name: str, part: str, digest: str) -> str:
    return f"snapshots/{name}/parts/{part}-{digest[:20]}.npz"


def _prune(storage: Storage, name: str) -> None:
    descriptions = _descriptions(storage, name)[-KEEP:]
    kept = {path.removesuffix("json") + suffix for path in descriptions for suffix in ("json", "npz")}
    for path in descriptions:
        kept |= {_part_path(name, part, digest) for part, digest in _parts_of(storage, path).items()}
    for path in storage.list(f"snapshots/{name}"):
        if path not in kept:
            storage.delete(path)


def _parts_of(storage: Storage, path: str) -> dict[str, str]:
    try:
        return json.loads(storage.read(path)).get("parts", {})
    except ValueError:
        return {}


def _descriptions(storage: Storage, name: str) -> list[str]:
    return [path for path in storage.list(f"snapshots/{name}") if path.endswith(".json")]
