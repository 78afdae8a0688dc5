"""Format, validity, every `terraform test` and checkov: `python -m benchmarks.terraform_check`.

Runs the offline check that lies beside the checkout on some machines; elsewhere `terraform/deploy/check.sh` does the
same with the real providers. checkov gets an environment of its own with the release that `terraform/deploy/checkov.sh`
names, unless `CHECKOV` names its program.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from quake.adapters.environments import NoEnvironment, environment

ROOT = Path(__file__).resolve().parents[1]
CHECK = ROOT.parent / "shared" / "tools" / "terraform" / "check"


def run_check(folder: Path) -> tuple[int, str]:
    """Exit status and output of the offline check of `folder`."""
    done = subprocess.run([str(CHECK), str(folder)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def run_checkov(folder: Path) -> tuple[int, str] | None:
    """Exit status and output of checkov with the repository's list of skips; None where it can not be installed."""
    try:
        program = os.environ.get("CHECKOV") or str(_environment(folder) / "bin" / "checkov")
    except NoEnvironment:
        return None
    command = [program, "--config-file", str(folder / ".checkov.yaml"), "--directory", str(folder)]
    done = subprocess.run(command, cwd=folder.parent, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def _environment(folder: Path) -> Path:
    release = re.search(r"checkov==[\d.]+", (folder / "deploy/checkov.sh").read_text("utf-8"))[0]
    return environment(release.replace("==", "-"), release)


def main() -> int:
    """Prints what failed and how many tests passed; the exit status is that of the first check that failed."""
    return _check() or _checkov()


def _checkov() -> int:
    done = run_checkov(ROOT / "terraform")
    if done is None:
        print("skipped: checkov could not be installed from PyPI, and CHECKOV names no program")
        return 0
    code, output = done
    counts = re.search(r"Passed checks: \d+, Failed checks: \d+", output)
    print(output if code else f"checkov: {counts and counts[0]}")
    return code


def _check() -> int:
    if not CHECK.exists():
        print("skipped: the offline Terraform check is not on this machine")
        return 0
    started = time.perf_counter()
    code, output = run_check(ROOT / "terraform")
    if code:
        print(output)
    errors, tests = re.search(r"(\d+) errors", output), re.search(r"(\d+) passed, (\d+) failed", output)
    print(errors and errors[0], "/", tests and tests[0], f"in {time.perf_counter() - started:.0f} s")
    return code


if __name__ == "__main__":
    sys.exit(main())
