"""The world's parameters as one record: what `batch.train_world` writes and the engine starts from."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from quake.etas_parameters import EtasParameters
from quake.etas_tree import FORM


class WorldParameters(NamedTuple):
    """The first arguments of `quake.etas_world.World`."""

    regions: Mapping[str, EtasParameters]
    default: EtasParameters
    """Of every other region."""

    @property
    def digest(self) -> str:
        """Twelve hex digits that differ whenever a state under these parameters would."""
        text = json.dumps(as_record(self.default, self.regions), sort_keys=True)
        return sha256(f"{FORM} {text}".encode()).hexdigest()[:12]


def as_record(default: EtasParameters, regions: Mapping[str, EtasParameters]) -> dict[str, Any]:
    """A dict for JSON: `default`, and of each region what differs."""
    common = default.as_record()
    own = {name: _differing(parameters.as_record(), common) for name, parameters in regions.items()}
    return {"default": common, "regions": own}


def _differing(record: dict[str, Any], common: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if value != common[key]}


def from_record(record: Mapping[str, Any]) -> WorldParameters:
    """The parameters that `as_record` wrote."""
    default = record["default"]
    regions = {name: EtasParameters.from_record(default | own) for name, own in record["regions"].items()}
    return WorldParameters(regions, EtasParameters.from_record(default))
