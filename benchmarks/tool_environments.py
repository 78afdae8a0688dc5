"""Programs that want an environment of their own: made once under the user's cache, from PyPI."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

WITHIN_S = 180.0


@cache
def program_of(packages: Sequence[str], name: str, prepare: Callable[[Path], None] = lambda home: None) -> Path | None:
    """The program `name` of the first of `packages`, which names a release; None where it can not be installed.

    `prepare` is called once with the environment's folder, after the packages are there.
    """
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = caches / "quakestream" / packages[0].replace("==", "-")
    program = home / "bin" / name
    if program.exists():
        return program
    try:
        for command in _commands(home, packages):
            subprocess.run(command, check=True, timeout=WITHIN_S)
        prepare(home)
    except (OSError, subprocess.SubprocessError):
        shutil.rmtree(home, ignore_errors=True)
        return None
    return program


def _commands(home: Path, packages: Sequence[str]) -> list[list[str]]:
    uv, python = shutil.which("uv"), str(home / "bin" / "python")
    if uv:
        install = [uv, "pip", "install", "--quiet", "--python", python, *packages]
        return [[uv, "venv", "--quiet", "--python", sys.executable, str(home)], install]
    return [
        [sys.executable, "-m", "venv", str(home)],
        [python, "-m", "pip", "install", "--quiet", *packages],
    ]
