"""First light: seconds from `quake up` to the API, the map and the first alert, cold and warm, and the peak memory.

`python -m benchmarks.first_light`. Cold begins with an empty data folder and replays February 2023; warm begins again
on what cold left, with rows of its own. One JSON object each. Memory is the sum of every resident set, sampled four
times a second; shared pages count more than once.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil

QUAKE = [sys.executable, "-m", "launcher"]
WITHIN_S = 300.0


def main() -> None:
    """Measures both starts."""
    with TemporaryDirectory() as folder:
        for start in ("cold", "warm"):
            print(json.dumps({"start": start} | measure(Path(folder))), flush=True)
            for file in Path(folder).glob("replay-*.db*"):
                file.unlink()


def measure(folder: Path) -> dict[str, float]:
    """Seconds to each milestone, and the peak memory in MiB."""
    names = ("QUAKE_API_PORT", "QUAKE_STREAM_PORT", "QUAKE_DASHBOARD_PORT")
    ports = {name: str(_free_port()) for name in names}
    environment = {**os.environ, **ports, "QUAKE_DATA": str(folder)}
    api = f"http://127.0.0.1:{ports['QUAKE_API_PORT']}"
    waiting = {
        "api_s": f"{api}/health/live",
        "map_s": f"http://127.0.0.1:{ports['QUAKE_DASHBOARD_PORT']}/_stcore/health",
        "assessed_s": f"{api}/v1/events?limit=1",
        "alert_s": f"{api}/v1/alerts?limit=1",
    }
    started = time.monotonic()
    command = [*QUAKE, "up", "--feed", "replay"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            return _watch(process, waiting, started)
        finally:
            process.send_signal(signal.SIGINT)


def _watch(process: subprocess.Popen, waiting: dict[str, str], started: float) -> dict[str, float]:
    reached, peak = {}, 0
    while waiting.keys() - reached.keys() and time.monotonic() - started < WITHIN_S:
        peak = max(peak, _resident(process.pid))
        for name in waiting.keys() - reached.keys():
            if _there(waiting[name]):
                reached[name] = round(time.monotonic() - started, 1)
        time.sleep(0.25)
    return reached | {"peak_mib": round(peak / 2**20)}


def _there(url: str) -> bool:
    with suppress(httpx.HTTPError):
        answer = httpx.get(url, timeout=2)
        return answer.status_code == 200 and answer.text.replace(" ", "")[:11] != '{"items":[]'
    return False


def _resident(pid: int) -> int:
    total = 0
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
    return total


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    main()
