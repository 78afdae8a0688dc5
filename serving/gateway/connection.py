"""A WebSocket that is written to and hardly listened to, and the bytes of a frame."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.frames import DATA_OPCODES, Opcode
from websockets.frames import Frame as WireFrame
from websockets.http11 import Request

from serving.alert_log import Frame

CLOSE_S = 10.0
"""One who does not answer a close frame, or does not even read it, is cut off after this long."""


class StreamConnection(ServerConnection):
    """Whatever a client says is not listened to, so that nothing of it waits; pings and closing are answered."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.admitted = ExitStack()
        """What the connection holds while it lives."""
        self.on_lost: Callable[[], None] | None = None

    def process_event(self, event: Any) -> None:
        """Drops data frames; the rest as the library does."""
        if isinstance(event, Request) or event.opcode not in DATA_OPCODES:
            super().process_event(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """Gives back what was held, however the connection ended."""
        super().connection_lost(exc)
        self.admitted.close()
        if self.on_lost:
            self.on_lost()

    async def dismiss(self, code: int, reason: str) -> None:
        """Closes with `code`: the close frame queues behind what is unsent, and the connection is cut soon after, read
        or not."""
        self.loop.call_later(CLOSE_S, self.transport.abort)
        await self.close(code, reason)


def wire(frame: Frame) -> bytes:
    """The frame as it goes over the wire."""
    return WireFrame(Opcode.TEXT, frame.text.encode()).serialize(mask=False)
