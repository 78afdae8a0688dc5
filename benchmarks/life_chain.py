"""The whole chain on the installed catalogue, from bootstrap to a decided promotion: seconds, CPU seconds, peak memory.

    python -m benchmarks.life_chain [DATA_FOLDER]

Without a folder a fresh one is bootstrapped and removed. The chain runs twice: the second run finds what is unchanged.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

QUAKE = "from launcher.__main__ import app; app(prog_name='quake')"
MEBIBYTE_KB = 1024


def main() -> None:
    """Runs it and prints one JSON object a command."""
    with tempfile.TemporaryDirectory() as fresh:
        data = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(fresh)
        for command in (("bootstrap",), ("flows", "run", "chain"), ("flows", "run", "chain")):
            print(json.dumps({"command": " ".join(command)} | measured(command, data)), flush=True)


def measured(command: tuple[str, ...], data: Path) -> dict[str, float | str]:
    """What one `quake` command takes, and the last line it prints. Raises CalledProcessError when it fails."""
    begun, environment = time.monotonic(), os.environ | {"OMP_NUM_THREADS": "1"}
    arguments = [sys.executable, "-c", QUAKE, *command, "--data", str(data)]
    with subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, text=True) as process:
        said = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, said)
    return {
        "seconds": round(time.monotonic() - begun, 1),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_mib": round(usage.ru_maxrss / MEBIBYTE_KB),
        "said": said.strip().rpartition("\n")[2][:300],
    }


if __name__ == "__main__":
    main()
