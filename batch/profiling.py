"""`quake profile`: what the raw catalogue looks like, as a page for people.

The profiling package wants other versions than we do and 700 MB, so that it has an environment of its own, made from
`requirements/profiling.txt` at the first use.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import structlog

from batch.prepare_sources import Raw, read_raw
from quake.adapters.environments import NoEnvironment, environment
from quake.adapters.storage import open_storage
from quake.settings import Settings

FOLDER = "profiles"
ROWS = 20_000
"""Rows of the sample that is described: more shows the same."""
START = datetime(1973, 1, 1, tzinfo=UTC)
PINS = Path(__file__).resolve().parents[1] / "requirements" / "profiling.txt"
PROGRAM = Path(__file__).with_name("profile_page.py")
WITHIN_S = 600.0
PYTHON = "QUAKE_PROFILING_PYTHON"
"""Names a Python that has the package, where one is ready."""

log = structlog.get_logger(__name__)


class NoProfiling(RuntimeError):
    """There is no environment with the profiling package, and none could be made; the text says why."""


def profile(settings: Settings, now: datetime, source: str = "history", seed: int = 1) -> str:
    """Path in storage of the HTML profile of a catalogue; made once for the same data.

    Raises NoProfiling when the profiling package is not there and cannot be installed.
    """
    storage = open_storage(settings.storage)
    raw = read_raw(storage, source, START, now)
    path = f"{FOLDER}/{raw.digest[:16]}-{seed}.html"
    if storage.exists(path):
        log.info("profile found", path=path)
    else:
        storage.write(path, _page(raw, seed))
        log.info("catalogue profiled", path=path, rows=raw.rows.num_rows, dropped=dict(raw.dropped))
    return path


def _page(raw: Raw, seed: int) -> bytes:
    table = raw.rows.drop_columns(["source_event_id", "place"])
    title = f"Catalogue {raw.digest[:16]}: {table.num_rows} earthquakes"
    with tempfile.TemporaryDirectory() as folder:
        sample, page = Path(folder) / "sample.parquet", Path(folder) / "page.html"
        pq.write_table(table.take(_drawn(table.num_rows, seed)), sample)
        # Without these the package tells its makers' server of every use, and draws figures for a screen.
        quiet = {"YDATA_PROFILING_NO_ANALYTICS": "true", "MPLBACKEND": "agg"}
        command = [str(interpreter()), str(PROGRAM), str(sample), title, str(page)]
        try:
            subprocess.run(command, env=os.environ | quiet, stdout=sys.stderr, timeout=WITHIN_S, check=True)
        except (OSError, subprocess.SubprocessError) as error:
            raise NoProfiling(f"no profile was made: {error}") from error
        return page.read_bytes()


def _drawn(count: int, seed: int) -> list[int]:
    return np.sort(np.random.default_rng(seed).permutation(count)[:ROWS]).tolist()


def interpreter() -> Path:
    """A Python with the profiling package: the one named in QUAKE_PROFILING_PYTHON, ours, or that of an environment
    in the user's cache, made now unless it was. Raises NoProfiling when it cannot be made."""
    if PYTHON in os.environ:
        return Path(os.environ[PYTHON])
    if find_spec("data_profiling"):
        return Path(sys.executable)
    if not PINS.exists():
        raise NoProfiling(f"no profiling package here, and no {PINS.name} to make an environment from; name a {PYTHON}")
    pins = hashlib.sha256(PINS.read_bytes()).hexdigest()[:12]
    try:
        return environment(f"profiling-{pins}", "--require-hashes", "-r", str(PINS)) / "bin" / "python"
    except NoEnvironment as error:
        raise NoProfiling(str(error)) from error
