"""A fake API on a free port, the real one over a filled store, the dashboard over either, and a browser."""

import os
import runpy
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import uvicorn

from dashboard.api import Api
from dashboard.run import command, environment
from quake.settings import Settings

HERE = Path(__file__).parent
FAKE = runpy.run_path(str(HERE / "fake_api.py"))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session", name="fake")
def fake_module() -> SimpleNamespace:
    """The names of fake_api.py: tests are no package, so it cannot be imported."""
    return SimpleNamespace(**FAKE)


@pytest.fixture(scope="session", name="watched")
def watched_module() -> SimpleNamespace:
    """The names of watched.py, for the same reason."""
    return SimpleNamespace(**runpy.run_path(str(HERE / "watched.py")))


@pytest.fixture(scope="module", name="serve")
def serve_fixture() -> Iterator[Callable[[int], Any]]:
    """A function that starts a fake API with that many earthquakes and gives its world; `world.url` is its address."""
    with ExitStack() as stack:
        yield lambda count: stack.enter_context(_serving(count))


@pytest.fixture(scope="module", name="serve_app")
def serve_app_fixture() -> Iterator[Callable[[Any], str]]:
    """A function that serves an ASGI application, or a uvicorn configuration, and gives its address."""
    with ExitStack() as stack:
        yield lambda config: stack.enter_context(_listening(config))


@pytest.fixture(scope="module", name="start_dashboard")
def start_dashboard_fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """A function that starts the dashboard over the API at an address, perhaps with a key, and gives its own."""
    with ExitStack() as stack:
        yield lambda url, port=0, **more: stack.enter_context(
            _dashboard(url, port, tmp_path_factory.mktemp("dashboard"), more)
        )


# By module: while Playwright lives, its event loop runs, and no other test of the process may start one.
@pytest.fixture(scope="module", name="browser")
def browser_fixture() -> Iterator[Any]:
    """Debian's Chromium, one for all tests of a module."""
    if CHROMIUM is None:
        pytest.skip("needs Debian's chromium: apt-get install chromium")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # no promise: a busy machine imports for long; promises name their own bound
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(name="client")
def client_fixture() -> Iterator[Callable[..., Api]]:
    """A function that makes API clients, closed at the end of the test."""
    with ExitStack() as stack:
        yield lambda *given, **named: stack.enter_context(closing(Api(*given, **named)))


@contextmanager
def _serving(count: int) -> Iterator[Any]:
    world = FAKE["FakeWorld"](datetime.now(UTC), count)
    config = uvicorn.Config(
        FAKE["create_app"](world), log_level="error", ws="websockets-sansio", timeout_graceful_shutdown=1
    )
    with _listening(config) as url:
        world.url, world.stream_url = url, f"{url.replace('http', 'ws')}/v1/alerts/stream"
        yield world


@contextmanager
def _listening(config: uvicorn.Config) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", config.port if config.port != 8000 else 0))
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(15)
        listener.close()


@contextmanager
def _dashboard(url: str, port: int, folder: Path, more: dict[str, str]) -> Iterator[str]:
    settings = Settings(data=folder, dashboard_port=port or _free_port(), api_url=url)
    surroundings = os.environ | environment(settings) | more
    with subprocess.Popen(command(settings), env=surroundings, stdout=subprocess.DEVNULL) as process:
        try:
            yield _answering(f"http://127.0.0.1:{settings.dashboard_port}")
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def _answering(address: str) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if httpx.get(f"{address}/_stcore/health").is_success:
                return address
        except httpx.TransportError:
            time.sleep(0.2)
    raise TimeoutError(f"nothing answers at {address}")
