"""Runs the API: `quake serve`, or `python -m serving`."""

import uvicorn

from quake.settings import Settings
from serving.app import create_app
from serving.config import MAX_MESSAGE_BYTES
from serving.protocol import RequestProtocol, StreamProtocol
from serving.unguarded import refuse_unguarded


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
        http=RequestProtocol,
        ws=StreamProtocol,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        log_level="warning",
        timeout_graceful_shutdown=5,
        server_header=False,
    )


if __name__ == "__main__":
    run_serving(Settings())
