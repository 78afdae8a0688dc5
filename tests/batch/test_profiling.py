"""The catalogue's profile: a page made once, by an environment of its own, and nobody outside is told."""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

import batch.profiling as module
from batch.flow_steps import STEPS, profile_if_installed
from batch.profiling import PYTHON, NoProfiling, profile
from quake.adapters.storage import open_storage
from quake.settings import Settings

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GUARD = "import socket\nsocket.socket.connect = lambda *_: exit('asked the network')\n"
PACKAGE = """
class ProfileReport:
    def __init__(self, table, title, **_):
        self.page = f"<html>{title}; sample of {len(table)}: {' '.join(table.columns)}</html>"

    def to_html(self):
        return self.page
"""


@pytest.fixture(name="page")
def _page(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], str]:
    """Makes the profile where Python finds the files given to the fixture's folder, and reads it."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def made() -> str:
        return open_storage(settings.storage).read(profile(settings, NOW)).decode()

    return made


def test_the_sample_is_described_once_and_the_same(settings, page, monkeypatch, tmp_path) -> None:
    """By a package that says what it was given."""
    (tmp_path / "data_profiling.py").write_text(PACKAGE)
    monkeypatch.setenv(PYTHON, sys.executable)
    monkeypatch.setattr(module, "ROWS", 100)
    first = page()
    assert "3000 earthquakes" in first and "sample of 100" in first and "magnitude" in first
    (tmp_path / "data_profiling.py").unlink()
    assert page() == first, "made once for the data"


def test_without_an_environment_the_reason_is_told_and_the_chain_goes_on(settings, monkeypatch, tmp_path) -> None:
    monkeypatch.delenv(PYTHON, raising=False)
    monkeypatch.setattr(module, "PINS", tmp_path / "profiling.txt")
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(NoProfiling, match=PYTHON):
        STEPS["profile"](settings, NOW)
    assert profile_if_installed(settings, NOW) is None


def test_an_environment_that_cannot_be_filled_leaves_nothing(settings, monkeypatch, tmp_path) -> None:
    """Pins that no index has: without a trace, so that the next run tries again."""
    pins = tmp_path / "profiling.txt"
    pins.write_text(f"no-such-package @ file://{tmp_path}/none.whl --hash=sha256:{'0' * 64}\n")
    monkeypatch.delenv(PYTHON, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(module, "PINS", pins)
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(NoProfiling, match="could not be made"):
        profile(settings, NOW)
    assert not [path for path in (tmp_path / "cache" / "quakestream").iterdir() if path.is_dir()]


def test_a_page_that_fails_is_not_kept(settings, page, monkeypatch, tmp_path) -> None:
    (tmp_path / "data_profiling.py").write_text("raise SystemExit(3)")
    monkeypatch.setenv(PYTHON, sys.executable)
    with pytest.raises(NoProfiling, match="exit status 3"):
        page()
    assert not list(open_storage(settings.storage).list("profiles"))


@pytest.mark.skipif(PYTHON not in os.environ, reason=f"needs {PYTHON}, a Python with the package data_profiling")
def test_slow_the_real_package_asks_no_network(page, tmp_path) -> None:
    (tmp_path / "sitecustomize.py").write_text(GUARD)
    made = page()
    assert "<html" in made[:2000].lower() and "3000 earthquakes" in made and 'src="http' not in made
