"""Fixtures every test may use."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

os.environ.setdefault("OMP_NUM_THREADS", "1")
"""Before anyone imports numpy: two BLAS threads that wait for each other make small matrices slow on a busy machine."""

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real catalogues and feeds beside the checkout; the test skips where there is none."""
    if not SHARED.is_dir():
        pytest.skip("needs the real catalogues in ../shared/data, which are not part of the project")
    return SHARED


@pytest.fixture(autouse=True)
def log_of_its_own() -> Iterator[None]:
    """A command under test sets the process's log up, on streams that end with the test: undone after it."""
    yield
    structlog.reset_defaults()
