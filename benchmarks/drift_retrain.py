"""From a drift alarm to a decided promotion with no hand touching it: a real Prefect server, and the clock.

    python -m benchmarks.drift_retrain DATA_FOLDER [--port N]

The folder holds a bootstrapped service (`quake bootstrap --data DATA_FOLDER`); one alarm is written into its warehouse.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from quake.adapters.warehouse import open_warehouse
from quake.schema import DriftAlarm
from quake.settings import Settings

LONGEST_S = 900.0
NEWEST = "SELECT decision, model_version, reason FROM model_decisions WHERE decided_at > @since"


def main() -> None:
    """Starts `quake flows serve`, raises an alarm, waits for the decision, prints the seconds."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--port", type=int, default=4217)
    asked = parser.parse_args()
    settings = Settings(data=asked.data)
    program = "from launcher.model_commands import app; app()"
    command = [sys.executable, "-c", program, "flows", "serve", "--port", str(asked.port), "--data", str(settings.data)]
    with subprocess.Popen(command, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.DEVNULL) as process:
        try:
            print(json.dumps(_raced(settings)))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _raced(settings: Settings) -> dict[str, object]:
    with closing(open_warehouse(settings.warehouse)) as warehouse:
        raised_at, started = datetime.now(UTC), time.monotonic()
        alarm = {"region": "benchmark", "statistic": "magnitude", "processed_sequence": int(started)}
        warehouse.insert([DriftAlarm(**alarm, raised_at=raised_at, value=4.9, expected=4.7)])
        while time.monotonic() - started < LONGEST_S:
            found = warehouse.query(NEWEST, {"since": raised_at}).to_pylist()
            if found:
                return {"seconds": round(time.monotonic() - started, 1)} | found[0]
            time.sleep(1.0)
    raise TimeoutError(f"no decision {LONGEST_S:g} s after the alarm")


if __name__ == "__main__":
    main()
