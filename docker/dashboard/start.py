"""Starts the map in its container: as on a laptop, but reachable from outside it."""

import os

from dashboard.run import command, environment
from quake.settings import Settings


def start(settings: Settings) -> None:
    """Becomes the map's process."""
    arguments = [*command(settings), "--server.address=0.0.0.0"]
    os.execve(arguments[0], arguments, {**os.environ, **environment(settings)})


if __name__ == "__main__":
    start(Settings())
