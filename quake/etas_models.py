"""The world's parameters as one record: what `batch.train_world` writes and the engine starts from."""

from collections.abc import Mapping
from typing import Any

from quake.etas_parameters import EtasParameters

OWN = ("mc", "mu", "weights", "background", "fractions")
"""What a region has of its own; the rest is shared."""


def as_record(default: EtasParameters, regions: Mapping[str, EtasParameters]) -> dict[str, Any]:
    """A dict for JSON: `default`, and of each region what differs."""
    own = {name: {key: parameters.as_record()[key] for key in OWN} for name, parameters in regions.items()}
    return {"default": default.as_record(), "regions": own}


def from_record(record: Mapping[str, Any]) -> tuple[dict[str, EtasParameters], EtasParameters]:
    """The arguments of `World`: parameters by region, and those of every other region."""
    default = record["default"]
    regions = {name: EtasParameters.from_record(default | own) for name, own in record["regions"].items()}
    return regions, EtasParameters.from_record(default)
