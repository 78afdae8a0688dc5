"""The first reports: ingest and engine run side by side until a report has been assessed."""

import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from sqlite3 import OperationalError, connect

from quake.settings import Settings

PATIENCE_S = 400.0
COMMANDS = (["quake", "score"], ["quake", "ingest", "--feed", "simulate:?seed=1", "--speed", "100000"])


def first_reports(settings: Settings, logs: Path) -> int:
    """How many assessments the store holds when there are some, or when patience has ended."""
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / "engine.log").open("w") as log:
        running = [subprocess.Popen(command, stdout=log, stderr=log) for command in COMMANDS]
        until, count = time.monotonic() + PATIENCE_S, 0
        while not count and time.monotonic() < until and running[0].poll() is None:
            time.sleep(1)
            count = assessments(settings.warehouse.removeprefix("sqlite:///"))
        for process in running:
            process.terminate()
        for process in running:
            process.wait()
    return count


def assessments(file: str) -> int:
    """Rows that are committed; none while the engine has not made the table."""
    with suppress(OperationalError), closing(connect(f"file:{file}?mode=ro", uri=True)) as store:
        return store.execute("SELECT COUNT(*) FROM assessments").fetchone()[0]
    return 0


if __name__ == "__main__":
    CHOSEN = Settings()
    COUNT = first_reports(CHOSEN, CHOSEN.data)
    print(f"{COUNT} assessments")
    sys.exit(0 if COUNT else (CHOSEN.data / "engine.log").read_text("utf-8")[-3000:])
