"""Keeps the magnitude model in storage as arrays beside their provenance, digest checked, and loads the one in use."""

import json
from collections.abc import Mapping
from typing import Any

from quake.adapters.snapshot import unpack
from quake.adapters.storage import Storage, sha256
from quake.magnitude import DEFAULT, MagnitudeModel, from_arrays

CHAMPION = "magnitude/champion.npz"
"""Where the model in use lies; its provenance beside it as `.json`."""
PROVENANCE = "magnitude/champion.json"


def keep_magnitude_model(storage: Storage, payload: bytes, provenance: Mapping[str, Any]) -> None:
    """Makes the model the one in use; `provenance` holds its `sha256`."""
    storage.write(CHAMPION, payload)
    storage.write(PROVENANCE, json.dumps(dict(provenance), indent=2).encode())


def load_magnitude_model(storage: Storage) -> MagnitudeModel:
    """The model in use, `DEFAULT` before the first training.

    Raises ValueError when its bytes are not those that were kept.
    """
    if not storage.exists(CHAMPION):
        return DEFAULT
    payload, kept = storage.read(CHAMPION), json.loads(storage.read(PROVENANCE))["sha256"]
    if sha256(payload) != kept:
        raise ValueError(f"{CHAMPION} has digest {sha256(payload)[:12]}, not {kept[:12]}")
    return from_arrays(unpack(payload))
