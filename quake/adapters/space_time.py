"""The space-time parameters that the repository ships, made by `python -m batch.train_world fit`, then `decay`."""

import gzip
import json
from importlib.resources import files
from typing import Any

from quake.etas_models import WorldParameters, from_record

FILE = "etas_world.json.gz"


def committed_space_time() -> tuple[WorldParameters, dict[str, Any]]:
    """The world's parameters, and where they come from: catalogue, span, command."""
    record = json.loads(gzip.decompress((files("quake") / "data" / FILE).read_bytes()))
    return from_record(record), record["provenance"]
