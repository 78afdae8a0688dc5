"""One trial of a Vertex AI hyperparameter-tuning job: the container's command, `--NAME=VALUE` for each of SPACE.

The service reads what a trial reports from a file of JSON lines, as the package cloudml-hypertune writes them.
"""

import argparse
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from batch.flow_steps import split_of
from batch.train import load_quakes
from batch.tune import SPACE, gain_of
from batch.vertex import METRIC
from quake.adapters.storage import open_storage
from quake.settings import Settings

FILE, TRIAL = "CLOUD_ML_HP_METRIC_FILE", "CLOUD_ML_TRIAL_ID"
"""Variables that the service sets in the container."""
DEFAULT_FILE = "/tmp/hypertune/output.metrics"


def main(arguments: Sequence[str] | None = None, now: datetime | None = None) -> float:
    """Measures and reports the gain of one set of values over the plain fit on the validation span."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, (low, high) in SPACE.items():
        parser.add_argument(
            f"--{name}", type=float, default=0.0, help=f"{low:g} to {high:g}, added to the fit in every region"
        )
    values, settings = vars(parser.parse_args(arguments)), Settings()
    now = now or datetime.now(UTC)
    storage = open_storage(settings.storage)
    gain = gain_of(storage, load_quakes(storage), split_of(settings, now))(values).value
    report(METRIC, gain, now)
    return gain


def report(metric: str, value: float, at: datetime) -> None:
    """Appends one line to the file that the service watches."""
    line = {"timestamp": at.timestamp(), "trial": os.environ.get(TRIAL, "0"), metric: str(float(value))}
    path = Path(os.environ.get(FILE, DEFAULT_FILE))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line | {"global_step": "0", "checkpoint_path": ""}, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
