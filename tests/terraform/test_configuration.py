"""The Terraform configuration: valid, and in step with the code it runs.

The whole check with `terraform test` takes over a minute of processor: `python -m benchmarks.terraform_check`.
"""

import ast
import importlib.util
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

from benchmarks.terraform_check import CHECK, run_check
from quake.adapters import topics
from quake.adapters.storage import open_storage
from quake.monitoring import METRICS
from quake.settings import Settings
from serving.config import STREAM_PATH
from serving.guard import Guard

ROOT = Path(__file__).resolve().parents[2]
TERRAFORM = ROOT / "terraform"
SOURCES = sorted(TERRAFORM.rglob("*.tf"))
TEXT = "\n".join(file.read_text("utf-8") for file in SOURCES)


def test_format_and_validity(tmp_path):
    if not CHECK.exists():
        pytest.skip("needs the offline Terraform check beside the checkout")
    shutil.copytree(TERRAFORM, tmp_path / "terraform", ignore=shutil.ignore_patterns("tests", ".terraform*"))
    code, output = run_check(tmp_path / "terraform")
    assert code == 0, output
    assert "0 errors" in output


def test_files_stay_small():
    assert max(len(file.read_text("utf-8").splitlines()) for file in SOURCES) <= 200


def test_only_googles_providers():
    assert set(re.findall(r'source\s+= "(hashicorp/[a-z-]+)"', TEXT)) == {"hashicorp/google", "hashicorp/google-beta"}
    assert (
        len(re.findall(r'"roles/(?:owner|editor|viewer)"', TEXT)) == 3
    ), "basic roles stand where they are refused only"


def test_every_variable_says_what_it_is():
    root = "\n".join((TERRAFORM / name).read_text("utf-8") for name in ("switches.tf", "variables.tf"))
    assert f"\n{root}".count("\nvariable ") == root.count("  description = ") > 10


def test_settings_that_workloads_are_given_exist():
    given = set(re.findall(r"\b(QUAKE_[A-Z_]+)\s*=", TEXT))
    assert given
    assert given <= {f"QUAKE_{name.upper()}" for name in Settings.model_fields}


def test_the_api_may_write_what_it_writes(tmp_path):
    storage = open_storage(f"file://{tmp_path}")
    Guard(Settings()).refresh(storage)
    granted = re.search(r"files = \{ (.*?) = ", (TERRAFORM / "access.tf").read_text("utf-8"))[1]
    assert storage.list("") == [json.loads(granted)], "in the cloud the API would not start"


def test_jobs_are_commands_of_quake():
    from launcher.__main__ import app

    known = set(get_command(app).commands)
    table = re.search(r"  jobs = \{(.*?)\n  \}", (TERRAFORM / "locals.tf").read_text("utf-8"), re.DOTALL)[1]
    commands = re.findall(r'args = \["([a-z-]+)"', table)
    pools = re.findall(r'\{ args = \["([a-z-]+)"', (TERRAFORM / "modules/stream/workers.tf").read_text("utf-8"))
    assert {*commands, *pools} >= {"bootstrap", "ingest", "score"}
    assert {*commands, *pools} <= known


def test_commands_of_services_are_modules_that_the_image_has():
    modules = re.findall(r'command\s+= \["python", "-m", "([\w.]+)"\]', TEXT)
    assert sorted(modules) == ["alerts", "serving.gateway"]
    copied = re.findall(r"^COPY (\w+) \1$", (ROOT / "docker/serving/Dockerfile").read_text("utf-8"), re.MULTILINE)
    for module in modules:
        assert importlib.util.find_spec(f"{module}.__main__") and module.partition(".")[0] in copied


def test_subscriptions_are_those_that_the_code_reads():
    text = (TERRAFORM / "modules/messaging/subscriptions.tf").read_text("utf-8")
    made = dict(re.findall(r'(\w+) = "(\w+)"', re.search(r"for name, topic in \{(.*?)\} :", text)[1]))
    assert made == {topics.ENGINE: topics.EVENTS, topics.NOTIFY: topics.ALERTS}


def test_the_streams_path_is_the_codes():
    assert re.findall(r'\bstream_path\s+= "(.*)"', TEXT) == [STREAM_PATH]


def test_dataflow_is_given_parameters_that_the_pipeline_takes():
    given = re.search(r"parameters = \{(.*?)\}", (TERRAFORM / "modules/stream/dataflow.tf").read_text(), re.DOTALL)[1]
    tree = ast.parse((ROOT / "streaming/options.py").read_text("utf-8"))
    values = {node.targets[0].id: ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign)}
    names = set(re.findall(r"(\w+)\s*=", given))
    assert set(values["REQUIRED"]) <= names <= set(values["PARAMETERS"])


def test_every_policy_watches_a_metric_of_the_table_and_has_a_runbook():
    policies = (TERRAFORM / "modules/observability/policies.tf").read_text("utf-8")
    watched = dict(re.findall(r'^    ([a-z-]+)\s*= \{ metric = "(\w+)"', policies, re.MULTILINE))
    assert len(watched) >= 10
    assert set(watched.values()) <= set(METRICS)
    runbooks = set(re.findall(r"^## ([a-z-]+)$", (ROOT / "docs/runbooks.md").read_text("utf-8"), re.MULTILINE))
    assert runbooks == set(watched), "a policy without runbook, or a runbook without policy"


def test_every_resource_type_is_in_the_guide():
    guide = (ROOT / "docs/gcp.md").read_text("utf-8")
    assert not {kind for kind in re.findall(r'^resource "(\w+)"', TEXT, re.MULTILINE) if f"`{kind}`" not in guide}


def test_skipped_checks_say_why():
    lines = (TERRAFORM / ".checkov.yaml").read_text("utf-8").splitlines()
    skipped = [line for line in lines if re.match(r"\s+- CKV", line)]
    assert skipped and all(re.search(r"# .{20,}", line) for line in skipped)


def test_metrics_of_the_plan_are_those_of_the_code():
    kept = json.loads((TERRAFORM / "modules/observability/metrics.json").read_text("utf-8"))
    assert set(kept) == set(METRICS)
