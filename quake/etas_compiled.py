"""Compiles the forecast's inner loops with numba where it is installed; without it the same code runs, slower."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

try:
    import numba
except ImportError:
    numba = None

COMPILED = numba is not None
"""Whether numba is there."""
SETTINGS = {"cache": True, "error_model": "numpy", "nogil": True}
"""Without Python's lock: a new champion's states are made in a thread while the old one answers."""


def cache_folder() -> str:
    """Where machine code is kept: one folder for each version of the modules that are compiled.

    numba asks whether a function's own file has changed, not whether one has that it calls.
    """
    folder, digest = Path(__file__).parent, sha256()
    for path in sorted(folder.glob("etas*.py")):
        digest.update(path.read_bytes())
    return str(folder / "__pycache__" / f"numba-{digest.hexdigest()[:12]}")


if numba is not None and not numba.config.CACHE_DIR:
    numba.config.CACHE_DIR = cache_folder()


def compiled(function: Function) -> Function:
    """The function as machine code, cached, or itself where numba is missing."""
    return numba.njit(**SETTINGS)(function) if numba is not None else function


def inlined(function: Function) -> Function:
    """`compiled`, and made a part of every compiled caller: a call pays for each array that it hands over."""
    return numba.njit(**SETTINGS, forceinline=True)(function) if numba is not None else function
