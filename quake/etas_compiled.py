"""Compiles the forecast's inner loops with numba where it is installed; without it the same code runs, slower."""

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

try:
    import numba
except ImportError:
    numba = None

COMPILED = numba is not None
"""Whether numba is there."""


def compiled(function: Function) -> Function:
    """The function as machine code, cached beside the source, or itself where numba is missing.

    It runs without Python's lock: a new champion's states are made in a thread while the old one answers.
    """
    return numba.njit(cache=True, error_model="numpy", nogil=True)(function) if numba is not None else function
