"""schemathesis against the API's own OpenAPI: server errors and answers that break the schema, over 20,000 requests.

`python -m benchmarks.serving_schemathesis [EXAMPLES AN OPERATION AND PHASE] [PROGRAM]`; PROGRAM is schemathesis's
`st` where it is not installed beside this Python. Short form: `tests/serving/test_openapi.py`.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.serving_world import fill, served
from quake.settings import Settings

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection,missing_required_header,unsupported_method"
)
STREAM = "/v1/alerts/stream"
"""Left out: an answer without an end. Its parameters have a fuzz of their own (`benchmarks.serving_fuzz`)."""
EXAMPLES = 760


def main(arguments: list[str]) -> int:
    """Runs schemathesis; 0 when it found nothing."""
    examples = int(arguments[0]) if arguments else EXAMPLES
    program = arguments[1] if len(arguments) > 1 else _installed()
    if program is None:
        print("left out: schemathesis is not installed (pip install schemathesis; name its `st` as second argument)")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        fill(settings)
        with served(settings) as (url, process):
            report = Path(folder) / "report.ndjson"
            command = _command(program, url, examples, report)
            run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            alive = process.poll() is None
        print(run.stdout[-6000:], run.stderr[-2000:])
        return _tell(report, run.returncode, alive)


def _installed() -> str | None:
    beside = Path(sys.executable).parent / "st"
    return str(beside) if beside.exists() else shutil.which("st")


def _command(program: str, url: str, examples: int, report: Path) -> list[str]:
    chosen = ["--checks", CHECKS, "--exclude-path", STREAM, "--max-examples", str(examples), "--seed", "8"]
    how = ["--workers", "2", "--continue-on-failure", "--suppress-health-check", "all", "--request-timeout", "120"]
    return [program, "run", f"{url}/openapi.json", *chosen, *how, "--report-ndjson-path", str(report), "--no-color"]


def _tell(report: Path, code: int, alive: bool) -> int:
    """Counts the requests that were sent and what they were answered."""
    statuses: Counter[str] = Counter()
    for line in report.read_text("utf-8").splitlines():
        statuses.update(re.findall(r'"status_code": ?(\d{3})', line))
    errors = sum(count for status, count in statuses.items() if status.startswith("5") and status != "503")
    print(json.dumps({"requests": statuses.total(), "statuses": dict(sorted(statuses.items())), "alive": alive}))
    print(f"server errors {errors}, schemathesis exit code {code} (0: no check failed)")
    return int(code != 0 or errors > 0 or not alive)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
