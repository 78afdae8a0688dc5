"""The engine's own options on Beam, beside Beam's; the Flex Template's parameters are the same (a test compares).

Imported for Beam only.
"""

import argparse

from apache_beam.options.pipeline_options import PipelineOptions

PARAMETERS = {
    "bus": "Bus that reports come from and alerts go to: pubsub://PROJECT",
    "warehouse": "Warehouse that rows go to: bigquery://PROJECT/DATASET",
    "storage": "Bucket with models, history and snapshots: gs://BUCKET",
    "model_version": "Registered model that scores for good; empty: the champion, also one promoted later",
    "mode": "What every row is marked with: live, replay or simulate",
    "snapshot": "Name of the snapshot to begin with, such as the last of a stopped engine; empty: no state",
    "history_until": "Nothing of the history from this time on is known, ISO 8601; empty: when the job starts",
    "grid_hours": "Hours between grid forecasts, 0 is none; empty: 1",
    "rules": "Alert rules that differ from the table, as JSON; empty: none",
    "bigquery_method": "How rows reach BigQuery: insert, or storage_write_api; empty: insert",
    "epoch": "Names the life of the alert log where no snapshot does",
}
"""Name -> what it says. All are texts; an empty one is not given."""
GRID_HOURS = 1
METHODS = ("", "insert", "storage_write_api")
REQUIRED = ("bus", "warehouse", "storage", "epoch")
"""Those that a streaming job must be given."""


class EngineOptions(PipelineOptions):
    """What a streaming job is told on its command line."""

    @classmethod
    def _add_argparse_args(cls, parser: argparse.ArgumentParser) -> None:
        for name, meaning in PARAMETERS.items():
            parser.add_argument(f"--{name}", default="", help=meaning)

    def check(self) -> None:
        """Raises ValueError naming what is missing. Not left to argparse: it would ask every other pipeline for it."""
        missing = [name for name in REQUIRED if not getattr(self, name)]
        if missing:
            raise ValueError(f"the job needs {', '.join(f'--{name}' for name in missing)}")
        if self.bigquery_method not in METHODS:
            raise ValueError(f"no bigquery_method {self.bigquery_method!r}; known: {', '.join(METHODS[1:])}")
