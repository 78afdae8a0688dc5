"""A crowd of WebSocket readers that costs little: raw sockets in one process, which only note when frames arrive.

Runs as a process of its own beside `benchmarks.serving_fanout` and `benchmarks.serving_latency`.
"""

import asyncio
import os
import re
import struct
import time
from base64 import b64encode
from collections.abc import Sequence
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

from benchmarks.serving_stack import raise_file_limit

AT_ONCE = 100
"""Handshakes under way at a time."""
WITHIN_S = 600.0


class Reader(asyncio.Protocol):
    """One subscriber: takes frames apart and notes seq and time of alerts."""

    def __init__(self, url: str, heard: list[tuple[int, float]], number: re.Pattern[bytes]) -> None:
        self.greeted = asyncio.get_running_loop().create_future()
        self._parts, self._heard, self._number = urlsplit(url), heard, number
        self._data, self._open = b"", False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks for the stream."""
        self._transport = transport
        key = b64encode(os.urandom(16)).decode()
        lines = [f"GET {self._parts.path}?{self._parts.query} HTTP/1.1", f"Host: {self._parts.netloc}",
                 "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}",
                 "Sec-WebSocket-Version: 13", "", ""]  # fmt: skip
        transport.write("\r\n".join(lines).encode())

    def data_received(self, data: bytes) -> None:
        """Frames from a server are not masked; pings are answered with an empty mask."""
        now, self._data = time.monotonic(), self._data + data
        if not self._open:
            head, end, rest = self._data.partition(b"\r\n\r\n")
            if not end:
                return
            assert b" 101 " in head.split(b"\r\n", 1)[0], head
            self._open, self._data = True, rest
        while (frame := self._next()) is not None:
            self._take(*frame, now)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody may leave before the end."""
        if not self.greeted.done():
            self.greeted.set_exception(exc or ConnectionError("closed before the hello"))

    def _next(self) -> tuple[int, bytes] | None:
        data = self._data
        if len(data) < 2:
            return None
        size, begin = data[1], 2
        if size == 126:
            begin = 4
            size = struct.unpack(">H", data[2:4])[0] if len(data) >= 4 else 1 << 40
        elif size == 127:
            begin = 10
            size = struct.unpack(">Q", data[2:10])[0] if len(data) >= 10 else 1 << 40
        if len(data) < begin + size:
            return None
        self._data = data[begin + size :]
        return data[0] & 15, data[begin : begin + size]

    def _take(self, opcode: int, payload: bytes, now: float) -> None:
        if opcode == 9:
            self._transport.write(bytes([0x8A, 0x80 | len(payload)]) + bytes(4) + payload)
        elif payload.startswith(b'{"type":"alert"'):
            self._heard.append((int(self._number.search(payload)[1]), now))
        elif not self.greeted.done():
            self.greeted.set_result(None)


def run(urls: Sequence[str], orders: Connection, name: str = "seq") -> None:
    """Connects to every URL and says so; each order is how many frames to wait for in all since the last, and is
    answered with (reader, number, monotonic time) of each. The number is the alert's `name`."""
    raise_file_limit()
    asyncio.run(_listen(urls, orders, re.compile(f'"{name}":(\\d+)'.encode())))


async def _listen(urls: Sequence[str], orders: Connection, number_of: re.Pattern[bytes]) -> None:
    heard: list[list[tuple[int, float]]] = [[] for _ in urls]
    gate = asyncio.Semaphore(AT_ONCE)

    async def join(number: int) -> None:
        parts = urlsplit(urls[number])
        async with gate:
            loop = asyncio.get_running_loop()
            _, reader = await loop.create_connection(
                lambda: Reader(urls[number], heard[number], number_of), parts.hostname, parts.port
            )
            await reader.greeted

    await asyncio.gather(*(join(number) for number in range(len(urls))))
    orders.send("ready")
    while count := await asyncio.to_thread(orders.recv):
        deadline = time.monotonic() + WITHIN_S
        while sum(map(len, heard)) < count and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        orders.send([(number, *one) for number, some in enumerate(heard) for one in some])
        for some in heard:
            some.clear()
