"""Measures the map: `python tests/dashboard/measure_map.py EVENTS VIEWERS [SECONDS]` prints one JSON object.

The API over EVENTS made-up earthquakes of the last day, the dashboard as `quake up` starts it, one page measured alone, then
VIEWERS pages open in one headless browser. Times hold for this machine only.
"""

import json
import os
import runpy
import shutil
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from dashboard.run import command, environment
from quake.adapters.warehouse import open_warehouse
from quake.settings import Settings

PAN = """async () => {
  const canvas = document.querySelector("canvas") ?? [...document.querySelectorAll("*")]
    .map((node) => node.shadowRoot?.querySelector("canvas")).find(Boolean);
  const map = canvas.closest(".quake").liveMap;
  const times = [];
  for (let i = 0; i < 30; i++) {
    const start = performance.now();
    map.world.pan(11, 3);
    map.draw();
    await createImageBitmap(canvas, 0, 0, 1, 1);
    times.push(performance.now() - start);
  }
  const bare = performance.now();
  map.world.draw(false);
  await createImageBitmap(canvas, 0, 0, 1, 1);
  return [times.sort((a, b) => a - b)[15], performance.now() - bare];
}"""


def measure(folder: Path, events: int, viewers: int, seconds: float) -> dict[str, Any]:
    """First draw, pan, bytes and server CPU for one page, then CPU for many."""
    settings = Settings(data=folder, dashboard_port=_free_port(), api_port=_free_port())
    _fill(settings, events)
    ports = {"QUAKE_API_PORT": str(settings.api_port), "QUAKE_DASHBOARD_PORT": str(settings.dashboard_port)}
    surroundings = os.environ | environment(settings) | ports | {"QUAKE_DATA": str(folder)}
    with ExitStack() as stack:
        for line in ([sys.executable, "-m", "serving"], command(settings)):
            process = stack.enter_context(subprocess.Popen(line, env=surroundings))
            stack.callback(process.terminate)
        time.sleep(10)
        return _look(f"http://127.0.0.1:{settings.dashboard_port}", process.pid, events, viewers, seconds)


def _fill(settings: Settings, events: int) -> None:
    fake = runpy.run_path(str(Path(__file__).with_name("fake_api.py")))
    world, warehouse = fake["FakeWorld"](datetime.now(UTC), events), open_warehouse(settings.warehouse)
    warehouse.insert([*world.assessments, *world.alerts])
    warehouse.close()


def _look(address: str, pid: int, events: int, viewers: int, seconds: float) -> dict[str, Any]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        one = _one(browser, address, pid, events, seconds)
        for _ in range(viewers - 1):
            _open(browser, address, events)
        used = _cpu_s(pid)
        time.sleep(seconds)
        many = {"viewers": viewers, "server_cpu_share": round((_cpu_s(pid) - used) / seconds, 3)}
        return {"events": events, "one": one, "many": many}


def _one(browser: Browser, address: str, pid: int, events: int, seconds: float) -> dict[str, float]:
    _open(browser, address, events).close()
    received: list[int] = []
    start = time.monotonic()
    page = _open(browser, address, events, received)
    drawn_s, loaded = time.monotonic() - start, sum(received)
    page.wait_for_timeout(3000)
    received.clear()
    used = _cpu_s(pid)
    page.wait_for_timeout(1000 * seconds)
    figures = {
        "drawn_s": drawn_s, "loaded_kb": loaded / 1000, "refresh_kb": sum(received) / 1000 / (seconds / 5),
        "server_cpu_share": (_cpu_s(pid) - used) / seconds, **dict(zip(("pan_ms", "pan_empty_world_ms"), page.evaluate(PAN))),
    }  # fmt: skip
    return {name: round(value, 3) for name, value in figures.items()}


def _open(browser: Browser, address: str, events: int, received: list[int] | None = None) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
    if received is not None:
        page.on("websocket", lambda wire: wire.on("framereceived", lambda payload: received.append(len(payload))))
    page.goto(address)
    page.wait_for_selector(f".quake[data-drawn='{events}']", timeout=60_000)
    return page


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


if __name__ == "__main__":
    asked = [int(argument) for argument in sys.argv[1:]]
    with TemporaryDirectory() as data:
        print(json.dumps(measure(Path(data), asked[0], asked[1], asked[2] if len(asked) > 2 else 15)))
