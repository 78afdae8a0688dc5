"""A client of the alert stream that reconnects, resumes where it was, and neither misses nor repeats a message."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import httpx
import structlog
from pydantic import TypeAdapter
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from quake.schema import Alert

log = structlog.get_logger(__name__)
ALERT: TypeAdapter[Alert] = TypeAdapter(Alert)
STREAM_PATH = "/v1/alerts/stream"
MAX_FRAME_BYTES = 1_000_000
WAIT_S = (0.25, 30.0)
"""First and longest pause before connecting again; each is random up to twice the one before."""
LEAVE_S = 0.5
"""A reader who leaves with frames unread does not wait longer for the server's farewell."""


class _Interrupted(Exception):
    """The connection cannot be trusted any longer; the next one takes up where it ended."""


class AlertStream:
    """`async for alert in AlertStream("http://127.0.0.1:8000", {"min_level": "orange"}): ...`

    `url` is the API's, or a stream's own (`ws://` or `wss://`). `wanted` holds filters as the API names them. Without
    `last_seq` the stream begins now; with it, after that message of `epoch` (or of the log that goes on). They always
    tell the place reached: keep them to go on after a restart. Who leaves early closes the iterator with
    `async with contextlib.aclosing(aiter(stream)) as alerts`. Raises ValueError for a filter that the
    server refuses, PermissionError when it wants another key or origin.
    """

    def __init__(
        self,
        url: str,
        wanted: Mapping[str, Any] | None = None,
        last_seq: int | None = None,
        epoch: str | None = None,
        key: str | None = None,
    ) -> None:
        self.last_seq, self.epoch, self.mode = last_seq, epoch, ""
        self.connections = 0
        """Times it connected."""
        self._url, self._key = url, key
        self._wanted = {name: value for name, value in (wanted or {}).items() if value is not None}
        self._sent: int | None = None
        self._silence_s, self._wait = 60.0, WAIT_S[0]

    async def __aiter__(self) -> AsyncIterator[Alert]:
        self._wait = WAIT_S[0]
        while True:
            try:
                async with connect(await self._address(), **self._options()) as socket:
                    self.connections += 1
                    async with aclosing(self._listen(socket)) as alerts:
                        async for alert in alerts:
                            yield alert
            except InvalidStatus as error:
                _refuse(error)
            except (OSError, InvalidHandshake, ConnectionClosed, TimeoutError, httpx.HTTPError, _Interrupted) as error:
                log.info("stream interrupted", reason=repr(error), last_seq=self.last_seq)
            await asyncio.sleep(self._wait * random.uniform(0.5, 1))
            self._wait = min(2 * self._wait, WAIT_S[1])

    async def _listen(self, socket: ClientConnection) -> AsyncIterator[Alert]:
        """The alerts of one connection, each after its check. Ends when the server closes in good order."""
        while True:
            async with asyncio.timeout(self._silence_s):
                try:
                    frame = json.loads(await socket.recv())
                except ConnectionClosed:
                    return
            self._wait = WAIT_S[0]
            if frame["type"] == "hello":
                self._greet(frame)
            elif frame["type"] == "checkpoint":
                self._check(frame)
                self.last_seq = max(self.last_seq or 0, frame["seq"])
            elif frame["type"] == "error":
                raise ValueError("; ".join(f"{wrong['parameter']}: {wrong['expected']}" for wrong in frame["errors"]))
            elif (alert := self._take(frame)) is not None:
                yield alert

    def _greet(self, hello: dict[str, Any]) -> None:
        """Takes the server's place for ours, or, when the log has begun anew, asks for the new one from its start."""
        self.mode, self._silence_s = hello["mode"], 3 * hello["checkpoint_s"]
        if hello["status"] == "gap-too-old" and hello["epoch"] != self.epoch:
            log.warning("alert log began anew", was=self.epoch, epoch=hello["epoch"])
            self.last_seq, self.epoch = 0, hello["epoch"]
            raise _Interrupted("the log began anew")
        if hello["status"] == "gap-too-old":
            log.error("alerts lost", after=self.last_seq, before=hello["seq"])
        self.last_seq = self._sent = hello["seq"]
        self.epoch = hello["epoch"]

    def _take(self, frame: dict[str, Any]) -> Alert | None:
        self._check(frame)
        alert = ALERT.validate_python(frame["alert"], strict=False)
        self._sent = alert.seq
        if self.last_seq is not None and alert.seq <= self.last_seq:
            return None
        self.last_seq, self.epoch = alert.seq, alert.epoch
        return alert

    def _check(self, frame: dict[str, Any]) -> None:
        if frame["previous_seq"] != self._sent:
            raise _Interrupted(f"a frame is missing: {frame['previous_seq']} came before, we have {self._sent}")

    async def _address(self) -> str:
        place = {"last_seq": self.last_seq, "epoch": self.epoch or None}
        query = {name: value for name, value in {**self._wanted, **place}.items() if value is not None}
        parts = urlsplit(await self._stream_url())
        return urlunsplit(parts._replace(query=urlencode(query)))

    async def _stream_url(self) -> str:
        """Where the API says its stream is."""
        if self._url.startswith(("ws://", "wss://")):
            return self._url
        async with httpx.AsyncClient(timeout=10, headers=self._headers()) as client:
            response = await client.get(self._url.rstrip("/") + "/v1")
            response.raise_for_status()
            return response.json()["stream_url"] or self._url.replace("http", "ws", 1) + STREAM_PATH

    def _options(self) -> dict[str, Any]:
        headers = {"additional_headers": self._headers()}
        return headers | {"max_size": MAX_FRAME_BYTES, "close_timeout": LEAVE_S, "compression": None, "proxy": None}

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}"} if self._key else {}


def _refuse(error: InvalidStatus) -> None:
    """Raises what another attempt cannot cure; anything else is worth one."""
    response = error.response
    if response.status_code in (401, 403):
        raise PermissionError(f"the stream refused us with {response.status_code}: {response.body!r}") from error
    log.info("stream not ready", status=response.status_code)
