"""A fake API on a free port, and the module it comes from."""

import runpy
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn

from dashboard.api import Api

FAKE = runpy.run_path(str(Path(__file__).with_name("fake_api.py")))


@pytest.fixture(scope="session", name="fake")
def fake_module() -> SimpleNamespace:
    """The names of fake_api.py: tests are no package, so it cannot be imported."""
    return SimpleNamespace(**FAKE)


@pytest.fixture(scope="module", name="serve")
def serve_fixture() -> Iterator[Callable[[int], Any]]:
    """A function that starts a fake API with that many earthquakes and gives its world; `world.url` is its address."""
    with ExitStack() as stack:
        yield lambda count: stack.enter_context(_serving(count))


@pytest.fixture(name="client")
def client_fixture() -> Iterator[Callable[..., Api]]:
    """A function that makes API clients, closed at the end of the test."""
    with ExitStack() as stack:
        yield lambda *given, **named: stack.enter_context(closing(Api(*given, **named)))


@contextmanager
def _serving(count: int) -> Iterator[Any]:
    world = FAKE["FakeWorld"](datetime.now(UTC), count)
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"127.0.0.1:{listener.getsockname()[1]}"
    world.url, world.stream_url = f"http://{address}", f"ws://{address}/v1/alerts/stream"
    config = uvicorn.Config(
        FAKE["create_app"](world), log_level="error", ws="websockets-sansio", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield world
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
