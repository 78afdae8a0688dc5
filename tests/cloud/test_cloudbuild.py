"""Cloud Build: files fit the schema, steps fit each other, and what is pushed is what is deployed."""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FILES = ["cloudbuild.pr.yaml", "cloudbuild.yaml", "cloudbuild.release.yaml"]
SCRIPTS = sorted((ROOT / "terraform/deploy").glob("*.sh"))
BUILT_IN = {"PROJECT_ID", "COMMIT_SHA"}


def build(name: str) -> dict:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


@pytest.mark.parametrize("name", FILES)
def test_the_file_fits_cloud_builds_schema(name):
    tool = shutil.which("check-jsonschema", path=str(Path(sys.executable).parent)) or shutil.which("check-jsonschema")
    if tool is None:
        pytest.skip("check-jsonschema is not installed")
    command = [tool, "--builtin-schema", "vendor.cloudbuild", str(ROOT / name)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("name", FILES)
def test_steps_wait_for_earlier_steps_and_run_what_exists(name):
    seen = set()
    for step in build(name)["steps"]:
        assert set(step.get("waitFor", [])) - {"-"} <= seen, f"{step['id']} waits for what does not come before it"
        assert step["id"] not in seen
        seen.add(step["id"])
        command = step["script"].split()[0]
        assert command == "make" or os.access(ROOT / command, os.X_OK), command
        assert ":" in step["name"] or step["name"].startswith("gcr.io/cloud-builders/")


@pytest.mark.parametrize("name", FILES)
def test_every_variable_that_a_step_uses_is_declared(name):
    declared = set(build(name).get("substitutions", {})) | BUILT_IN
    mapped = build(name)["options"].get("automapSubstitutions", False)
    for step in build(name)["steps"]:
        given = {item.partition("=")[0] for item in step.get("env", [])} | (declared if mapped else set())
        missing = variables(step["script"].split()[0]) - given
        assert not missing, f"{step['id']} uses {missing}"


@pytest.mark.parametrize("name", ["cloudbuild.yaml", "cloudbuild.release.yaml"])
def test_every_declared_substitution_is_used(name):
    used = set().union(*(variables(step["script"].split()[0]) for step in build(name)["steps"]))
    assert set(build(name)["substitutions"]) <= used


def variables(script: str) -> set[str]:
    """The Cloud Build variables that a script of ours, and what it sources, reads."""
    if script == "make":
        return set()
    text = (ROOT / script).read_text("utf-8")
    if "environment.sh" in text:
        text += (ROOT / "terraform/deploy/environment.sh").read_text("utf-8")
    return set(re.findall(r"\$\{?(_[A-Z_]+|PROJECT_ID|COMMIT_SHA)\b", text))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_scripts_are_posix_shell(script):
    subprocess.run(["sh", "-n", str(script)], check=True)
    text = script.read_text("utf-8")
    assert script.name == "environment.sh" or text.startswith("#!/bin/sh\n"), "Terraform's image has no bash"
    assert "set -eu" in text or ". terraform/deploy/environment.sh" in text, "an error must end it"


def test_images_pushed_are_images_deployed():
    pushed = re.search(r'^IMAGES="(.*)"', (ROOT / "terraform/deploy/environment.sh").read_text(), re.MULTILINE)[
        1
    ].split()
    declared = re.search(r"images\s*= \{ for name in \[(.*?)\]", (ROOT / "terraform/locals.tf").read_text())[1]
    assert sorted(pushed) == sorted(re.findall(r'"(\w+)"', declared))
    used = set(
        re.findall(r"local\.images\.(\w+)", "".join(file.read_text() for file in (ROOT / "terraform").glob("*.tf")))
    )
    assert used == set(pushed), "an image is built and never deployed, or the other way round"
    assert {file.parent.name for file in (ROOT / "docker").glob("*/Dockerfile")} | {"stream"} == set(pushed)


def test_files_that_scripts_name_exist():
    named = {path for script in SCRIPTS for path in re.findall(r"\bstreaming/flex/[\w.]+", script.read_text("utf-8"))}
    assert {"streaming/flex/Dockerfile", "streaming/flex/metadata.json"} == named
    assert all((ROOT / path).exists() for path in named)


def test_main_deploys_only_what_was_tested_and_scanned():
    after = {step["id"]: set(step.get("waitFor", [])) for step in build("cloudbuild.yaml")["steps"]}

    def before(step: str) -> set[str]:
        return after[step].union(*(before(other) for other in after[step] - {"-"}))

    assert {"lint", "test", "terraform-check", "checkov", "scan"} <= before("push")
    assert {"push", "plan", "template", "function", "revisions"} <= before("apply")
    assert list(after)[-1] == "smoke"


def test_a_pull_request_is_given_nothing_to_deploy_with():
    steps = {step["script"].split("/")[-1] for step in build("cloudbuild.pr.yaml")["steps"]}
    assert steps == {"make lint", "make test", "check.sh", "checkov.sh", "images.sh build"}


@pytest.fixture
def google(tmp_path):
    """`gcloud` and `curl` that note how they were called; `answers` is the HTTP status that curl gets, `stream` that of
    a handshake, after which curl runs out of time."""

    def run(
        script: str, *arguments: str, answers: str = "200", stream: str = "101", **more: str
    ) -> tuple[int, list[str]]:
        calls = tmp_path / "calls"
        calls.write_text("")
        fake(tmp_path / "gcloud", f'echo "gcloud $*" >>{calls}\ncase "$*" in *describe*api*) echo api-00007;; esac\n')
        asked = f'case "$*" in *websocket*) printf %s {stream}; exit 28;; *) printf %s {answers};; esac'
        fake(tmp_path / "curl", f'echo "curl $*" >>{calls}\n{asked}\n')
        known = {"PROJECT_ID": "p", "COMMIT_SHA": "abc1234", "_ENVIRONMENT": "dev", "_REGION": "europe-west1"}
        environment = {**known, "PATH": f"{tmp_path}:/usr/bin:/bin", "SMOKE_PAUSE": "0", **more}
        done = subprocess.run(
            [str(ROOT / "terraform/deploy" / script), *arguments],
            cwd=ROOT,
            env=environment,
            check=False,
            capture_output=True,
        )
        return done.returncode, calls.read_text().splitlines()

    return run


def fake(file: Path, body: str) -> None:
    file.write_text(f"#!/bin/sh\n{body}")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def test_a_revision_that_answers_keeps_its_traffic(google, tmp_path):
    (tmp_path / "revisions").write_text("quake-dev-api quake-dev-api-00006\n")
    code, calls = google("smoke.sh", str(tmp_path / "revisions"), SMOKE_URL="https://api.example.org")
    assert code == 0
    assert [call.split()[-1] for call in calls if call.startswith("curl")] == [
        "https://api.example.org/health/live",
        "https://api.example.org/health/ready",
        "https://api.example.org/v1/alerts/stream",
    ]
    assert all(" X-Serverless-Authorization: " in call for call in calls if call.startswith("curl")), "no key of ours"
    assert not [call for call in calls if "update-traffic" in call]


def test_a_mute_revision_loses_its_traffic_and_fails_the_build(google, tmp_path):
    (tmp_path / "revisions").write_text("quake-dev-api quake-dev-api-00006\nquake-dev-gateway \n")
    code, calls = google("smoke.sh", str(tmp_path / "revisions"), SMOKE_URL="https://api.example.org", answers="503")
    assert code == 1
    moved = [call for call in calls if "update-traffic" in call]
    assert len(moved) == 1, "a service without an earlier revision has nowhere to go"
    assert "quake-dev-api " in moved[0] and moved[0].endswith("--to-revisions quake-dev-api-00006=100")


def test_a_gateway_that_opens_no_stream_fails_the_build(google, tmp_path):
    (tmp_path / "revisions").write_text(
        "quake-dev-api quake-dev-api-00006\nquake-dev-gateway quake-dev-gateway-00003\n"
    )
    code, calls = google("smoke.sh", str(tmp_path / "revisions"), SMOKE_URL="https://api.example.org", stream="404")
    assert code == 1
    assert [call.split()[-1] for call in calls if "update-traffic" in call] == [
        "quake-dev-api-00006=100",
        "quake-dev-gateway-00003=100",
    ]


def test_the_way_back_is_noted_before_the_change(google, tmp_path):
    code, _ = google("revisions.sh", str(tmp_path / "revisions"))
    assert code == 0
    assert (tmp_path / "revisions").read_text() == "quake-dev-api api-00007\nquake-dev-gateway \n"


def test_the_functions_archive_can_be_imported_alone(google, tmp_path):
    code, calls = google("function.sh", str(tmp_path / "function"))
    assert code == 0
    assert calls == [
        f"gcloud storage cp {tmp_path}/function/../function.zip gs://p-quake-dev-build/functions/retrain-abc1234.zip"
    ]
    # The checkout must not be found: only what the archive holds, and installed packages.
    probe = "import sys; sys.path[:0] = [sys.argv[1]]; import main, batch.retrain_function; print(batch.retrain_function.__file__)"
    found = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path += {sys.path!r}; {probe}", str(tmp_path / "function.zip")],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.startswith(str(tmp_path / "function.zip"))


@pytest.mark.parametrize("level", ["CRITICAL", "HIGH"])
def test_a_critical_vulnerability_ends_the_build(google, tmp_path, level):
    script = ROOT / "terraform/deploy/scan.sh"
    gcloud = f'case "$*" in *list-vulnerabilities*) echo {level};; *) echo scans/1;; esac\n'
    fake(tmp_path / "gcloud", gcloud)
    environment = {"PROJECT_ID": "p", "COMMIT_SHA": "abc1234", "_ENVIRONMENT": "dev", "_REGION": "europe-west1"}
    environment["PATH"] = f"{tmp_path}:/usr/bin:/bin"
    done = subprocess.run([str(script)], cwd=ROOT, env=environment, check=False, capture_output=True)
    assert done.returncode == (1 if level == "CRITICAL" else 0)
