"""The compose file: valid, and every image, command, variable, route and port it names is real."""

import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from quake.settings import Settings
from serving.config import STREAM_PATH

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "compose.yaml"
SERVICES = yaml.safe_load(FILE.read_text("utf-8"))["services"]
BUILT = {name: service for name, service in SERVICES.items() if "build" in service}
FOREIGN = {
    "PUBSUB_EMULATOR_HOST",
    "MLFLOW_BACKEND_STORE_URI",
    "MLFLOW_ARTIFACTS_DESTINATION",
    "MLFLOW_SERVER_ALLOWED_HOSTS",
}


def test_the_file_fits_the_compose_specification():
    tool = shutil.which("check-jsonschema", path=str(Path(sys.executable).parent)) or shutil.which("check-jsonschema")
    if tool is None:
        pytest.skip("check-jsonschema is not installed")
    command = [tool, "--builtin-schema", "vendor.compose-spec", str(FILE)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def test_it_builds_what_is_here_and_waits_for_what_it_names():
    for name, service in SERVICES.items():
        assert "build" not in service or (ROOT / service["build"]["dockerfile"]).exists(), name
        assert set(service.get("depends_on", {})) <= set(SERVICES), name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), "only this machine may ask"


def test_it_runs_every_process_of_the_service():
    started = {" ".join(command_of(name)) for name in BUILT}
    assert {"quake ingest", "quake score", "quake serve", "python -m serving.gateway", "python -m alerts"} <= started


@pytest.mark.parametrize("name", sorted(BUILT.keys() - {"volume"}))
def test_a_services_command_is_one_that_its_image_has(name):
    program, *arguments = command_of(name)
    copied = set(re.findall(r"^COPY (\w+) \1$", dockerfile(name), re.MULTILINE))
    if program == "quake":
        from launcher.__main__ import app

        assert arguments[0] in get_command(app).commands and "launcher" in copied
    elif arguments[0] == "-m":
        assert importlib.util.find_spec(f"{arguments[1]}.__main__") and arguments[1].partition(".")[0] in copied
    else:
        assert [program, *arguments] in (["python", "start.py"], ["mlflow", "server"])


def command_of(name: str) -> list[str]:
    """What the container runs: the service's entry point and command, or the image's."""
    service, image = SERVICES[name], dockerfile(name)
    last = {kind: re.findall(rf"^{kind} (\[.*\])$", image, re.MULTILINE) for kind in ("ENTRYPOINT", "CMD")}
    entry = service.get("entrypoint", yaml.safe_load((last["ENTRYPOINT"] or ["[]"])[-1]))
    return entry + service.get("command", yaml.safe_load((last["CMD"] or ["[]"])[-1]))


def dockerfile(name: str) -> str:
    return (ROOT / SERVICES[name]["build"]["dockerfile"]).read_text("utf-8")


def test_variables_are_settings():
    given = {variable for service in SERVICES.values() for variable in service.get("environment", {})}
    settings = {f"QUAKE_{name.upper()}" for name in Settings.model_fields}
    assert {variable for variable in given if variable.startswith("QUAKE_")} <= settings
    assert {variable for variable in given if not variable.startswith("QUAKE_")} == FOREIGN
    assert set(re.findall(r"\$\{(\w+)", FILE.read_text("utf-8"))) <= settings


def test_the_settings_can_be_read(monkeypatch):
    for name in ("engine", "api", "gateway", "channels"):
        for variable, value in SERVICES[name]["environment"].items():
            monkeypatch.setenv(variable, re.sub(r"\$\{\w+:-(.*)\}$", r"\1", str(value)))
        settings = Settings()
        assert settings.bus.startswith("pubsub://") and settings.warehouse == "sqlite:////data/quake.db"
    assert settings.sender == "quakestream@localhost"


ROUTES = {"mlflow": "/health", "api": "/health/live", "gateway": "/health/live"}


def test_health_checks_ask_routes_that_are_there():
    from serving.routers import health

    asked = {name: re.search(r":(\d+)(/[\w/]+)'", service["healthcheck"]["test"][-1])
             for name, service in BUILT.items() if "healthcheck" in service}  # fmt: skip
    assert {name: found[2] for name, found in asked.items()} == ROUTES
    assert {route.path for route in health.router.routes} >= {"/health/live", "/health/ready"}
    environment = SERVICES["api"]["environment"]
    assert int(asked["api"][1]) == environment["QUAKE_API_PORT"]
    assert int(asked["gateway"][1]) == environment["QUAKE_STREAM_PORT"]
    assert environment["QUAKE_STREAM_URL"] == f"ws://{{host}}:{environment['QUAKE_STREAM_PORT']}{STREAM_PATH}"


def test_published_ports_are_listened_on():
    listened = {"api": {"8000", "8080"}, "gateway": {"8002"}}
    published = {name: {port.rpartition(":")[2] for port in service["ports"]} for name, service in SERVICES.items()
                 if "ports" in service}  # fmt: skip
    assert published == listened, "the map listens on 8080 in the API's network"
    assert "QUAKE_DASHBOARD_PORT=8080" in dockerfile("dashboard")


def test_topics_are_made_before_anybody_publishes():
    from quake.adapters.gcp_messages import proto_schemas

    script = SERVICES["topics"]["command"][0]
    assert proto_schemas().keys() == set(shlex.split(re.search(r"for topic in (.*); do", script)[1]))
    assert SERVICES["engine"]["environment"]["QUAKE_BUS"] == "pubsub://quake-local?prefix=quake-local-"
    assert "quake-local-$$name" in script and "$$topic.dead" in script
