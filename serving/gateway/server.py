"""The gateway: hub and fan-out over the alert log, behind websockets' own server."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import structlog
from websockets.asyncio.server import Server, serve

from quake.adapters.bus import Bus
from quake.adapters.storage import Storage
from quake.adapters.topics import own_subscription
from quake.adapters.warehouse import Warehouse
from quake.settings import Settings
from serving.config import MAX_MESSAGE_BYTES, REFRESH_S, mode_of
from serving.gateway.connection import CLOSE_S, StreamConnection
from serving.gateway.door import Door, query_of
from serving.gateway.fanout import Fanout
from serving.gateway.session import converse, refuse
from serving.guard import Guard
from serving.hub import Hub
from serving.metrics import Metrics
from serving.repeat import repeat
from serving.stream_query import Misunderstood, parse

log = structlog.get_logger(__name__)
SEND_BUFFER_BYTES = 131_072
"""What the kernel holds for one connection (Linux doubles it). Beyond that a frame is not taken, and time runs."""
BACKLOG = 4096
"""Connections that may wait to be accepted."""
PING_S = 30.0
STOP_S = 5.0
"""Streams have this long to hear that the server stops."""


class Gateway:
    """One process's stream. It decides nothing: the hub reads, the fan-out writes."""

    def __init__(self, settings: Settings, bus: Bus, warehouse: Warehouse, storage: Storage) -> None:
        self.metrics, self.guard = Metrics(), Guard(settings)
        own = own_subscription("gateway", settings.api_host, settings.stream_port, settings.bus)
        self.hub = Hub(bus, warehouse, own, self.metrics)
        self.fanout = Fanout(self.hub, self.metrics)
        self._settings, self._storage = settings, storage

    @asynccontextmanager
    async def open(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> AsyncIterator[Server]:
        """Serves while the context lasts; raises OSError when the port is taken."""
        self._refresh()
        door = Door(self._settings, self.guard, self.hub, self.metrics, clock)
        listener = _listen(self._settings.api_host, self._settings.stream_port)
        jobs = self.hub.run(), self.fanout.run(), repeat("keys", self._refresh, REFRESH_S)
        tasks = [asyncio.create_task(job) for job in jobs]
        try:
            server = await serve(self._handle, sock=listener, process_request=door, **_options())
            log.info("gateway listens", port=self._settings.stream_port)
            try:
                yield server
            finally:
                await _stop(server)
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _handle(self, connection: StreamConnection) -> None:
        try:
            asked = parse(query_of(connection.request))
        except Misunderstood as wrong:
            return await refuse(connection, wrong)
        await converse(connection, asked, self.fanout, mode_of(self._settings), self.metrics)

    def _refresh(self) -> None:
        self.guard.refresh(self._storage)


def _options() -> dict[str, Any]:
    """Buffers of the process's own hold nothing: a frame that the kernel does not take pauses its connection."""
    return {
        "create_connection": StreamConnection,
        "compression": None,
        "server_header": None,
        "max_size": MAX_MESSAGE_BYTES,
        "write_limit": 0,
        "ping_interval": PING_S,
        "ping_timeout": PING_S,
        "close_timeout": CLOSE_S,
        "backlog": BACKLOG,
    }


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    listener.bind((host, port))
    return listener


async def _stop(server: Server) -> None:
    """Tells every stream to come back later; who does not listen is cut off."""
    connections = list(server.connections)
    server.close(code=1012, reason="the server is stopping")
    loop = asyncio.get_running_loop()
    for connection in connections:
        loop.call_later(STOP_S, connection.transport.abort)
    await server.wait_closed()
