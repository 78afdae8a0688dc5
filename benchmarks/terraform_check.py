"""Format, validity and every `terraform test` of the configuration: `python -m benchmarks.terraform_check`.

Runs the offline check that lies beside the checkout on some machines; elsewhere `terraform/deploy/check.sh` does the
same with the real providers.
"""

import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHECK = ROOT.parent / "shared" / "tools" / "terraform" / "check"


def run_check(folder: Path) -> tuple[int, str]:
    """Exit status and output of the offline check of `folder`."""
    done = subprocess.run([str(CHECK), str(folder)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def main() -> int:
    """Prints what failed and how many tests passed; the exit status is the check's."""
    if not CHECK.exists():
        print("the offline Terraform check is not on this machine")
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
