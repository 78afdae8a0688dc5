"""Fixtures every test may use."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real catalogues and feeds beside the checkout; the test skips where there is none."""
    if not SHARED.is_dir():
        pytest.skip("needs the real catalogues in ../shared/data, which are not part of the project")
    return SHARED
