"""uvicorn's WebSocket protocol, with one change: closing does not wait for a reader who does not read."""

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


class StreamProtocol(WebSocketsSansIOProtocol):
    """A close frame queues behind what is unsent, and the connection is cut soon after, read or not."""

    async def send(self, message: ASGISendEvent) -> None:
        """As uvicorn sends, but a close goes out at once and ends the connection within `close_timeout`."""
        if message["type"] == "websocket.close":
            self.writable.set()
        await super().send(message)
        if message["type"] == "websocket.close":
            self.loop.call_later(self.close_timeout, self.transport.abort)
