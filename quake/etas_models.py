"""The world's parameters as one record: what `batch.train_world` writes and the engine starts from."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from quake.etas_parameters import EtasParameters

OWN = ("mc", "mu", "weights", "background", "fractions")
"""What a region has of its own; the rest is shared."""


class WorldParameters(NamedTuple):
    """The first arguments of `quake.etas_world.World`."""

    regions: Mapping[str, EtasParameters]
    default: EtasParameters
    """Of every other region."""

    @property
    def digest(self) -> str:
        """Twelve hex digits that differ whenever a state under these parameters would."""
        return sha256(json.dumps(as_record(self.default, self.regions), sort_keys=True).encode()).hexdigest()[:12]


def as_record(default: EtasParameters, regions: Mapping[str, EtasParameters]) -> dict[str, Any]:
    """A dict for JSON: `default`, and of each region what differs."""
    own = {name: {key: parameters.as_record()[key] for key in OWN} for name, parameters in regions.items()}
    return {"default": default.as_record(), "regions": own}


def from_record(record: Mapping[str, Any]) -> WorldParameters:
    """The parameters that `as_record` wrote."""
    default = record["default"]
    regions = {name: EtasParameters.from_record(default | own) for name, own in record["regions"].items()}
    return WorldParameters(regions, EtasParameters.from_record(default))
