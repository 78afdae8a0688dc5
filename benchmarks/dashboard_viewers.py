"""The map under load: `python -m benchmarks.dashboard_viewers [--events N] [--viewers N] [--seconds S]`, one JSON line.

The API over made-up earthquakes of the last day and the dashboard as `quake up` starts it. One headless page is
measured alone: first draw for the first viewer ever and for the next one, pan, bytes, server CPU. Then VIEWERS sessions
look at once. A viewer is no browser: it is a client of Streamlit's own WebSocket that loads the map, asks for the
refresh every 5 s as the page does, and listens to the alert stream; browsers of 50 people do not run on the server's
two cores. Bytes are before the connection's own compression. Times hold for this machine only.
"""

import argparse
import asyncio
import json
import os
import runpy
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import numpy as np

from benchmarks.dashboard_sessions import REFRESH_S, Viewer
from dashboard.run import command, environment
from quake.adapters.warehouse import open_warehouse
from quake.settings import Settings

FAKE = Path(__file__).resolve().parents[1] / "tests" / "dashboard" / "fake_api.py"
PAN = """async () => {
  const roots = [...document.querySelectorAll("*")].map((node) => node.shadowRoot);
  const canvas = roots.map((root) => root?.querySelector("canvas")).find(Boolean);
  const map = canvas.closest(".quake").liveMap;
  const times = [];
  for (let i = 0; i < 30; i++) {
    const start = performance.now();
    map.world.pan(11, 3);
    map.draw();
    await createImageBitmap(canvas, 0, 0, 1, 1);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[15];
}"""


def main(events: int, viewers: int, seconds: float, page: bool = True) -> dict[str, Any]:
    """One page alone (if there is a browser), then many sessions."""
    with TemporaryDirectory() as folder, _stack(Path(folder), events) as (address, stream, processes):
        found: dict[str, Any] = {"events": events, "cores": os.cpu_count(), "load_before": os.getloadavg()[0]}
        if page and shutil.which("chromium"):
            found["one_page"] = _rounded(_one_page(address, events, processes, seconds))
        found["many"] = _rounded(asyncio.run(_many(address, stream, viewers, seconds, processes)))
        return found


@contextmanager
def _stack(folder: Path, events: int) -> Iterator[tuple[str, str, dict[str, int]]]:
    """Address of the dashboard, of the alert stream, and process ids."""
    settings = Settings(data=folder, dashboard_port=_free_port(), api_port=_free_port(), rate_limit=0)
    fake = runpy.run_path(str(FAKE))
    world, warehouse = fake["FakeWorld"](datetime.now(UTC), events), open_warehouse(settings.warehouse)
    warehouse.insert([*world.assessments, *world.alerts])
    warehouse.close()
    more = {"QUAKE_API_PORT": str(settings.api_port), "QUAKE_DASHBOARD_PORT": str(settings.dashboard_port)}
    more |= {"QUAKE_DATA": str(folder), "QUAKE_RATE_LIMIT": "0", "QUAKE_STREAM_LIMIT": "0"}
    api = f"http://127.0.0.1:{settings.api_port}"
    address = f"http://127.0.0.1:{settings.dashboard_port}"
    with ExitStack() as stack:
        pids = {}
        for name, line in (("api", [sys.executable, "-m", "serving"]), ("dashboard", command(settings))):
            surroundings = os.environ | environment(settings) | more
            process = stack.enter_context(subprocess.Popen(line, env=surroundings, stdout=subprocess.DEVNULL))
            stack.callback(process.terminate)
            pids[name] = process.pid
        _answering(f"{address}/_stcore/health")
        _answering(f"{api}/v1")
        yield address, httpx.get(f"{api}/v1").json()["stream_url"], pids


def _one_page(address: str, events: int, processes: dict[str, int], seconds: float) -> dict[str, float]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        start = time.monotonic()
        _open(browser, address, events, []).close()
        found = {"first_ever_drawn_s": time.monotonic() - start}  # the server imports, the API reads everything
        received: list[int] = []
        start = time.monotonic()
        page = _open(browser, address, events, received)
        found |= {"drawn_s": time.monotonic() - start, "loaded_kb": sum(received) / 1000}
        page.wait_for_timeout(3000)
        received.clear()
        used = _cpu_s(processes)
        page.wait_for_timeout(1000 * seconds)
        found |= _shares(used, _cpu_s(processes), seconds)
        found |= {"refresh_kb": sum(received) / 1000 / (seconds / REFRESH_S), "pan_ms": page.evaluate(PAN)}
        browser.close()
    return found


def _open(browser: Any, address: str, events: int, received: list[int]) -> Any:
    page = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
    page.on("websocket", lambda wire: wire.on("framereceived", lambda payload: received.append(len(payload))))
    page.goto(address)
    page.wait_for_selector(f".quake[data-drawn='{events}']", timeout=120_000)
    return page


async def _many(
    address: str, stream: str, viewers: int, seconds: float, processes: dict[str, int]
) -> dict[str, float | int]:
    start, idle = time.monotonic(), sum(_cpu_s(processes).values())
    sessions = [Viewer(address, stream) for _ in range(viewers)]
    looking = asyncio.gather(*(session.look() for session in sessions), return_exceptions=True)
    await asyncio.gather(*(session.loaded.wait() for session in sessions))
    loading = _cpu_s(processes)
    found = {"viewers": viewers, "all_loaded_s": time.monotonic() - start}
    found["loading_cpu_s"] = sum(loading.values()) - idle
    _, received = _totals(sessions)
    for session in sessions:
        session.took_s.clear()
    await asyncio.sleep(seconds)
    shares = _shares(loading, _cpu_s(processes), seconds)
    took, received = _totals(sessions)[0], _totals(sessions)[1] - received
    looking.cancel()
    await asyncio.wait([looking])
    found |= {"refreshes": len(took), "refresh_kb": received / 1000 / max(len(took), 1)}
    found |= {f"refreshed_p{share}_s": float(np.percentile(took, share)) for share in (50, 99, 100)}
    found["dashboard_cpu_ms_per_refresh"] = 1000 * seconds * shares["dashboard_cpu_share"] / max(len(took), 1)
    return found | shares


def _totals(sessions: Sequence[Viewer]) -> tuple[list[float], int]:
    """What each refresh took, and bytes, so far."""
    return [took for session in sessions for took in session.took_s], sum(session.bytes for session in sessions)


def _shares(before: dict[str, float], after: dict[str, float], seconds: float) -> dict[str, float]:
    return {f"{name}_cpu_share": (after[name] - before[name]) / seconds for name in before}


def _cpu_s(processes: dict[str, int]) -> dict[str, float]:
    return {name: _cpu_of(pid) for name, pid in processes.items()}


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in figures.items()}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def _answering(url: str) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            if httpx.get(url, timeout=20).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise TimeoutError(f"nothing answers at {url}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--no-page", action="store_true", help="leave the headless page out")
    given = parser.parse_args()
    print(json.dumps(main(given.events, given.viewers, given.seconds, not given.no_page), indent=1))
