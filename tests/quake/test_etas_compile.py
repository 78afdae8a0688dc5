"""What `quake.etas_compile` compiles is all that the service asks for: no report waits for a compiler."""

import subprocess
import sys
from pathlib import Path

import pytest

from quake import etas_compiled
from quake.etas_compiled import COMPILED

SERVICE = """
from datetime import UTC, datetime, timedelta

from quake import etas_compile, etas_disc, etas_search, etas_stream, etas_sums, etas_tree
from quake.etas_parameters import CALIFORNIA
from quake.etas_risk import expected_counts
from quake.etas_world import World

MODULES = etas_disc, etas_search, etas_stream, etas_sums, etas_tree


def signatures():
    loops = {f"{module.__name__}.{name}": value for module in MODULES for name, value in vars(module).items()}
    return {(name, each) for name, loop in loops.items() for each in getattr(loop, "nopython_signatures", ())}


etas_compile.main()
compiled, world, when = signatures(), World({}, CALIFORNIA), datetime(2026, 1, 1, tzinfo=UTC)
assert compiled
world.observe("a", when, 36.0, 140.0, 6.0)
world = World.from_arrays({}, CALIFORNIA, world.to_arrays())
world.observe("b", when + timedelta(days=1), 36.0, 140.1, 5.0)
world.observe("a", when, 36.1, 140.0, 6.1)
world.withdraw("b")
world.intensity(36.0, 140.0, when + timedelta(days=2), 5.0)
expected_counts(world, 36.0, 140.0, when + timedelta(days=2))
print(*sorted(name for name, _ in signatures() - compiled))
"""


@pytest.mark.skipif(not COMPILED, reason="numba is not installed: nothing is compiled")
def test_the_service_compiles_nothing_more() -> None:
    done = subprocess.run([sys.executable, "-c", SERVICE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_machine_code_of_other_sources_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller's own file may be the old one where what it calls has changed: numba alone would not see it."""
    monkeypatch.setattr(etas_compiled, "__file__", str(tmp_path / "etas_compiled.py"))
    (tmp_path / "etas_caller.py").write_text("caller = 1\n", encoding="utf-8")
    (tmp_path / "etas_called.py").write_text("called = 1\n", encoding="utf-8")
    before = etas_compiled.cache_folder()
    assert etas_compiled.cache_folder() == before
    (tmp_path / "etas_called.py").write_text("called = 2\n", encoding="utf-8")
    assert etas_compiled.cache_folder() != before
