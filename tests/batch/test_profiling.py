"""The catalogue's profile: a page made once, by an environment of its own, and nobody outside is told."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from batch.flow_steps import STEPS, profile_if_installed
from quake.adapters.storage import open_storage
from quake.settings import Settings

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(os.environ.get("QUAKE_PROFILING_PYTHON", ROOT / ".venv-profiling" / "bin" / "python"))
"""Of an environment with the extra `profiling`, which brings 160 MB that nothing else needs."""
GUARD = "import socket; socket.socket.connect = lambda *_: exit('asked the network'); "


def test_the_missing_extra_is_named_and_the_chain_goes_on(settings: Settings, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "data_profiling", None)
    with pytest.raises(ModuleNotFoundError, match=r"quakestream\[profiling\]"):
        STEPS["profile"](settings, NOW)
    assert profile_if_installed(settings, NOW) is None


@pytest.mark.skipif(not PYTHON.exists(), reason="needs an environment with the extra `profiling` in .venv-profiling")
def test_slow_profile_is_a_page_made_once_without_the_network(settings: Settings) -> None:
    program = GUARD + "import sys; from launcher.__main__ import app; sys.argv[0] = 'quake'; app()"
    command = [str(PYTHON), "-c", program, "profile", "--data", str(settings.data)]
    first, second = (subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True) for _ in range(2))
    path = first.stdout.split()[-1]
    page = open_storage(settings.storage).read(path).decode()
    assert "<html" in page[:2000].lower() and "3000 earthquakes" in page and 'src="http' not in page
    assert second.stdout.split() == [path]
    assert ["catalogue profiled" in done.stderr for done in (first, second)] == [True, False], "made once for the data"
