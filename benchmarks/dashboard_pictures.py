"""The pictures of docs/images: `python -m benchmarks.dashboard_pictures [--folder docs/images]`, some minutes.

The whole stack as `quake up --feed replay` starts it, on an empty folder and free ports. Once an earthquake after both
great ones of 6 February 2023 is assessed, what the map shows is photographed with Debian's Chromium. Nothing is seeded,
drawn or retouched; a grid is issued every six hours, so that there is a forecast on that day. Files stay below
MOST_BYTES.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

UNTIL = "2023-02-06T12:02"
"""The origin time of an earthquake assessed by then. The M 7.5 came at 10:24 UTC; the grid of 12:00 knows it."""
FASTER = "300"
WITHIN_S = 1200.0
MOST_BYTES = 400_000
PORTS = ("QUAKE_API_PORT", "QUAKE_STREAM_PORT", "QUAKE_DASHBOARD_PORT")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def main(folder: Path) -> None:
    """Starts the stack, waits for the moment, takes every picture."""
    from playwright.sync_api import sync_playwright

    with TemporaryDirectory() as data, _replaying(Path(data)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, take, size, scheme in (
            ("map", _largest, DESKTOP, "light"),
            ("map-forecast", _forecast, DESKTOP, "dark"),
            ("map-phone", _largest, PHONE, "dark"),
        ):
            page = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce").new_page()
            page.goto(address)
            page.locator(".alerts button").first.wait_for(timeout=60_000)
            take(page)
            page.wait_for_timeout(3000)
            _save(page, folder / f"{name}.png")
        browser.close()


def _largest(page: Any) -> None:
    """The M 7.8 chosen, with the rings, people and towns around it."""
    page.locator(".alerts button").filter(has_text="M 7.8").first.click()
    page.locator(".towns li").first.wait_for(timeout=60_000)
    page.locator(".alerts").evaluate("list => (list.scrollTop = 0)")


def _forecast(page: Any) -> None:
    """The world's forecast, M5+ within 7 days."""
    page.get_by_role("button", name="Chance").click()
    page.locator(".key").filter(has_text="issued 2023").wait_for(timeout=60_000)


def _save(page: Any, file: Path) -> None:
    page.screenshot(path=file)
    size = file.stat().st_size
    print(f"{file}: {size:,} bytes", flush=True)
    if size > MOST_BYTES:
        raise SystemExit(f"{file} is too large: {size:,} bytes, at most {MOST_BYTES:,}")


@contextmanager
def _replaying(data: Path) -> Iterator[str]:
    """The map's address once the replay has come to UNTIL."""
    ports = {name: str(_free_port()) for name in PORTS}
    surroundings = {**os.environ, **ports, "QUAKE_DATA": str(data), "QUAKE_FORECAST_HOURS": "6"}
    line = [sys.executable, "-m", "launcher", "up", "--feed", "replay", "--speed", FASTER]
    with subprocess.Popen(line, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait(f"http://127.0.0.1:{ports['QUAKE_API_PORT']}/v1/events?limit=1")
            yield f"http://127.0.0.1:{ports['QUAKE_DASHBOARD_PORT']}"
        finally:
            process.send_signal(signal.SIGINT)


def _wait(newest_event: str) -> None:
    until = time.monotonic() + WITHIN_S
    while time.monotonic() < until:
        with suppress(httpx.HTTPError, KeyError, ValueError):
            newest = httpx.get(newest_event, timeout=10).json()["items"]
            if newest and newest[0]["origin_time"] > UNTIL:
                return
        time.sleep(1.0)
    raise TimeoutError(f"the replay did not come to {UNTIL} within {WITHIN_S:.0f} s")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("docs/images"))
    main(parser.parse_args().folder)
