"""uvicorn's protocols: HTTP with a way to cut it, and WebSocket with three changes: closing does not wait for a reader
who does not read, a handshake that cannot be read is answered, and one that was refused is no error."""

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

ABORT = "abort"
"""In the scope of a request: cuts its connection at once, whatever is unsent."""
TOO_LONG = b"a handshake has at most 128 headers, and no line of more than 8192 bytes"
REFUSED = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: text/plain\r\nConnection: close\r\n"
    + f"Content-Length: {len(TOO_LONG)}\r\n\r\n".encode()
    + TOO_LONG
)


class RequestProtocol(HttpToolsProtocol):
    """uvicorn's HTTP, whose requests can be cut: closing would wait for a reader who does not read."""

    def on_message_begin(self) -> None:
        """As uvicorn begins a request."""
        super().on_message_begin()
        self.scope[ABORT] = self.transport.abort


class StreamProtocol(WebSocketsSansIOProtocol):
    """A close frame queues behind what is unsent, and the connection is cut soon after, read or not."""

    def data_received(self, data: bytes) -> None:
        """As uvicorn reads, but where websockets gave the handshake up, the connection would stay open in silence."""
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated and not self.transport.is_closing():
            self.transport.write(REFUSED)
            self.transport.close()

    async def send(self, message: ASGISendEvent) -> None:
        """As uvicorn sends, but a close goes out at once and ends the connection within `close_timeout`."""
        if message["type"] == "websocket.close":
            self.writable.set()
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            self.handshake_complete = True
        if message["type"] == "websocket.close":
            self.loop.call_later(self.close_timeout, self.transport.abort)
