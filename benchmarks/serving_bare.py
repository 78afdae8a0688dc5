"""The bare `broadcast()` of websockets behind the same bus: what the gateway is held against.

`python -m benchmarks.serving_bare` listens on QUAKE_STREAM_PORT. A message goes to as many connections as its attribute
`count` says, chosen by nobody's filter. On SIGTERM it prints the CPU seconds spent in `broadcast()` itself.
"""

import asyncio
import json
import os
import signal
import socket
import time

from websockets.asyncio.server import ServerConnection, broadcast, serve

from benchmarks.serving_stack import raise_file_limit
from quake.adapters.bus import Received, open_bus
from quake.settings import Settings

TOPIC = "bare"


class Bare:
    """The connections, and the time it took to write to them."""

    def __init__(self) -> None:
        self.connections: dict[ServerConnection, None] = {}
        self.spent_s = 0.0

    async def handle(self, connection: ServerConnection) -> None:
        """Keeps the connection."""
        await connection.send('{"type":"hello"}')
        self.connections[connection] = None
        await connection.wait_closed()
        del self.connections[connection]

    def send(self, message: Received) -> None:
        """Writes one message to the first `count` connections."""
        some = list(self.connections)[: int(message.attributes["count"])]
        started = time.thread_time()
        broadcast(some, message.data.decode())
        self.spent_s += time.thread_time() - started


async def main() -> None:
    """Serves until SIGTERM."""
    raise_file_limit()
    settings, bare, stopped = Settings(), Bare(), asyncio.Event()
    bus = open_bus(settings.bus)
    bus.subscribe(TOPIC, TOPIC)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    listener = socket.create_server(("127.0.0.1", settings.stream_port), backlog=4096)
    async with serve(bare.handle, sock=listener, compression=None, backlog=4096, process_request=_health):
        while not stopped.is_set():
            received = await asyncio.to_thread(bus.pull, TOPIC, 100, 1.0)
            for message in received:
                bare.send(message)
            if received:
                await asyncio.to_thread(bus.ack, TOPIC, [message.lease for message in received])
    (settings.data / f"bare-{os.getpid()}.json").write_text(json.dumps({"broadcast_s": bare.spent_s}))
    bus.close()


def _health(connection: ServerConnection, request: object) -> object:
    ready = getattr(request, "path", "") == "/health/ready"
    return connection.respond(200, "ok") if ready else None


if __name__ == "__main__":
    asyncio.run(main())
