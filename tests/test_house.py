"""The house keeps its own rules: pure domain, commands that exist, settings that say what they are."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from launcher.__main__ import app
from quake.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(
    file
    for folder in ("quake", "streaming", "batch", "serving", "alerts", "dashboard", "launcher")
    for file in (ROOT / folder).rglob("*.py")
)


def test_every_domain_module_is_under_the_contract_of_purity():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    pure = next(contract for contract in contracts if contract["name"].startswith("The domain is pure"))
    modules = {f"quake.{file.stem}" for file in (ROOT / "quake").glob("*.py")} - {"quake.__init__", "quake.settings"}
    assert set(pure["source_modules"]) == modules


@pytest.mark.parametrize("target", ["help", "setup", "run", "test", "lint", "format", "bench", "clean"])
def test_the_promised_commands_are_explained(target):
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.search(rf"^{target}\s+\w", shown, re.MULTILINE)


def test_every_command_says_what_it_does():
    groups = [app, *(group.typer_instance for group in app.registered_groups)]
    for command in [command for group in groups for command in group.registered_commands]:
        assert command.callback.__doc__ and command.callback.__doc__.strip().endswith("."), command.callback.__name__


def test_every_setting_is_described():
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_public_functions_say_what_they_do_and_modules_what_they_hold(file):
    tree = ast.parse(file.read_text("utf-8"))
    assert ast.get_docstring(tree), "a module says what lives in it"
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} has no docstring"
            assert isinstance(node, ast.ClassDef) or node.returns is not None, f"{node.name} has no return type"


def test_functions_stay_small():
    lengths = sorted(
        node.end_lineno - node.lineno + 1
        for file in SOURCES
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    )
    assert lengths[len(lengths) // 2] <= 12 and lengths[int(len(lengths) * 0.9)] <= 35
