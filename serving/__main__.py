"""Runs the API: `quake serve`, or `python -m serving`."""

import uvicorn

from quake.adapters.storage import open_storage
from quake.settings import Settings
from serving.app import create_app
from serving.config import MAX_MESSAGE_BYTES, is_loopback
from serving.keys import read_keys
from serving.protocol import StreamProtocol


def run_serving(settings: Settings) -> None:
    """Serves until stopped. Raises SystemExit with a message when the address would need API keys that are not set."""
    refuse_unguarded(settings)
    uvicorn.Server(configuration(settings)).run()


def configuration(settings: Settings) -> uvicorn.Config:
    """uvicorn's configuration of the API."""
    return uvicorn.Config(
        create_app(settings),
        host=settings.api_host,
        port=settings.api_port,
        ws=StreamProtocol,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        log_level="warning",
        timeout_graceful_shutdown=5,
        server_header=False,
    )


def refuse_unguarded(settings: Settings) -> None:
    """Only this machine may reach an API without keys."""
    if is_loopback(settings.api_host) or settings.api_keys or read_keys(open_storage(settings.storage)):
        return
    raise SystemExit(
        f"QUAKE_API_HOST={settings.api_host} can be reached from other machines, and there are no API keys. "
        "Make one with `quake keys add`, set QUAKE_API_KEYS to SHA-256 digests of keys, or listen on 127.0.0.1."
    )


if __name__ == "__main__":
    run_serving(Settings())
