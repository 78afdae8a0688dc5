"""Programs from PyPI that want an environment of their own: made once, under the user's cache."""

import fcntl
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import structlog

WITHIN_S = 600.0
"""An installation that takes longer is given up."""
WHOLE = "whole"
"""The file that says an environment has all it should."""

log = structlog.get_logger(__name__)


class NoEnvironment(RuntimeError):
    """The environment is not there and could not be made; the text says why."""


@cache
def environment(name: str, *installed: str) -> Path:
    """The folder of environment `name`, where pip was once told to install `installed`.

    One process makes it while the others wait, and only a whole one is given. Raises NoEnvironment.
    """
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "quakestream"
    caches.mkdir(parents=True, exist_ok=True)
    home = caches / name
    with (caches / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / WHOLE).exists():
            _make(home, installed)
    return home


def _make(home: Path, installed: tuple[str, ...]) -> None:
    shutil.rmtree(home, ignore_errors=True)  # what an ended process left
    log.info("making an environment", folder=str(home))
    try:
        for command in _commands(home):
            told = [*command, *installed] if "install" in command else command
            subprocess.run(told, check=True, timeout=WITHIN_S, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    except (OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(home, ignore_errors=True)
        said = (getattr(error, "stderr", None) or b"").decode(errors="replace").strip().splitlines()
        raise NoEnvironment(f"{home.name} could not be made: {said[-1] if said else error}") from error
    (home / WHOLE).touch()


def _commands(home: Path) -> list[list[str]]:
    python = str(home / "bin" / "python")
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ.get("PATH", "")]))
    if uv:
        return [
            [uv, "venv", "--quiet", "--python", sys.executable, str(home)],
            [uv, "pip", "install", "--quiet", "--python", python],
        ]
    return [[sys.executable, "-m", "venv", str(home)], [python, "-m", "pip", "install", "--quiet"]]
