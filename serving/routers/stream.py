"""`/v1/alerts/stream`: the alert log as it grows, over WebSocket and as server-sent events."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import replace
from typing import Annotated

import structlog
from fastapi import APIRouter, Header, Query, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse
from starlette.types import Message, Send

from serving.alert_log import Frame
from serving.alert_queries import StreamQuery
from serving.config import MAX_SUBSCRIBERS, WRITE_TIMEOUT_S, mode_of
from serving.problems import documented, problem
from serving.protocol import ABORT
from serving.services import Given, Services
from serving.stream_query import Asked, Misunderstood, asked, foreign, parse
from serving.subscriber import StreamClosed, Subscriber, start_of

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/v1/alerts", tags=["alerts"])
EVENTS = "text/event-stream"


class Timely(StreamingResponse):
    """Events for a reader who takes each in time; any other is `cut`, and may resume."""

    def __init__(self, frames: AsyncGenerator[str, None], cut: Callable[[], None]) -> None:
        super().__init__(frames, media_type=EVENTS, headers={"Cache-Control": "no-store"})
        self._frames, self._cut = frames, cut

    async def stream_response(self, send: Send) -> None:
        """As Starlette streams, each write within WRITE_TIMEOUT_S."""

        async def timely(message: Message) -> None:
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                await send(message)

        async with aclosing(self._frames):
            try:
                await super().stream_response(timely)
            except TimeoutError:
                self._cut()
                await asyncio.sleep(0)  # lets the server hear of it


@router.websocket("/stream")
async def alert_stream(socket: WebSocket, given: Given) -> None:
    """Frames `hello`, `alert`, `checkpoint`, `error`; close codes in `config.CLOSE_CODES`."""
    if refusal := _refusal(socket, given):
        return await socket.send_denial_response(refusal)
    await socket.accept()
    try:
        wanted = parse(socket.query_params)
    except Misunderstood as wrong:
        await socket.send_json({"type": "error", "errors": [error.model_dump() for error in wrong.errors]})
        return await socket.close(4400, str(wrong)[:100])
    with _counted(given, "websocket"):
        await _converse(socket, given, _subscriber(given, wanted))


@router.get(
    "/stream",
    summary="Alerts as server-sent events",
    responses={200: {"content": {EVENTS: {}}, "description": "Frames"}} | documented(422, 429, 503),
)
async def alert_stream_events(
    request: Request,
    given: Given,
    query: Annotated[StreamQuery, Query()],
    last_event_id: Annotated[
        str | None, Header(description="Sent by browsers when they reconnect", examples=["9f1c2a7e:42"])
    ] = None,
) -> Response:
    """The WebSocket's frames for those who cannot speak WebSocket; `Last-Event-ID` resumes. WebSocket clients come
    to the same path: frames `hello`, `alert` (with `previous_seq`), `checkpoint` at least every 15 s."""
    if refusal := _refusal(request, given):
        return refusal
    frames = _events(given, _subscriber(given, _resumed(asked(query), last_event_id)))

    def cut() -> None:
        given.metrics.closed.labels(4408).inc()
        request.scope.get(ABORT, lambda: None)()

    return Timely(frames, cut)


def _refusal(connection: Request | WebSocket, given: Services) -> Response | None:
    own = f"{connection.url.scheme.replace('ws', 'http')}://{connection.headers.get('host', '')}"
    if foreign(connection.headers.get("origin"), own, given.settings):
        return problem(403, "pages of this origin may not listen; QUAKE_CORS_ORIGINS names those that may")
    if given.hub.subscribers >= MAX_SUBSCRIBERS:
        return problem(429, f"{MAX_SUBSCRIBERS} subscribers are all this process serves", headers={"Retry-After": "30"})
    if not given.hub.ready:
        return problem(503, "the alert log is still being read", headers={"Retry-After": "2"})
    return None


def _resumed(wanted: Asked, last_event_id: str | None) -> Asked:
    """Begins at `EPOCH:SEQ` of `Last-Event-ID`, where it was given."""
    epoch, _, seq = (last_event_id or "").rpartition(":")
    usable = seq.isascii() and seq.isdigit() and len(seq) < 19
    return replace(wanted, last_seq=int(seq), epoch=epoch) if usable else wanted


def _subscriber(given: Services, wanted: Asked) -> Subscriber:
    start = start_of(given.hub, wanted.last_seq, wanted.epoch)
    return Subscriber(given.hub, wanted.wanted, start, mode_of(given.settings))


async def _converse(socket: WebSocket, given: Services, subscriber: Subscriber) -> None:
    """Sends until the client leaves or has to."""
    sending = asyncio.create_task(_send(socket, given, subscriber))
    leaving = asyncio.create_task(_until_gone(socket))
    done, _ = await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
    for task in (sending, leaving):
        task.cancel()
        with suppress(asyncio.CancelledError, WebSocketDisconnect):
            await task
    if sending in done and (code := sending.result()):
        given.metrics.closed.labels(code).inc()
        with suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(code)


async def _send(socket: WebSocket, given: Services, subscriber: Subscriber) -> int:
    """Sends frames; returns the close code when the stream has to end, 0 when the client has left."""
    try:
        async with aclosing(subscriber.frames()) as frames:
            async for frame in frames:
                async with asyncio.timeout(WRITE_TIMEOUT_S):
                    await socket.send_text(frame.text)
                given.metrics.frames[frame.type].inc()
    except StreamClosed as closed:
        return closed.code
    except TimeoutError:
        return 4408
    except WebSocketDisconnect:
        return 0
    return 1012


async def _until_gone(socket: WebSocket) -> None:
    """Whatever a client says is not listened to."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        continue


async def _events(given: Services, subscriber: Subscriber) -> AsyncGenerator[str, None]:
    with _counted(given, "sse"), suppress(StreamClosed):
        async with aclosing(subscriber.frames()) as frames:
            async for frame in frames:
                given.metrics.frames[frame.type].inc()
                yield _event(frame, given.hub.log.epoch)


def _event(frame: Frame, epoch: str) -> str:
    return f"event: {frame.type}\nid: {epoch}:{frame.seq}\ndata: {frame.text}\n\n"


@contextmanager
def _counted(given: Services, transport: str) -> Iterator[None]:
    gauge = given.metrics.subscribers.labels(transport)
    given.hub.subscribers += 1
    gauge.inc()
    try:
        yield
    finally:
        given.hub.subscribers -= 1
        gauge.dec()
