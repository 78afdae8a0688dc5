"""One trace id a request: taken from or given as W3C `traceparent`, in every log line and every problem. Pure ASGI.

Also the place where a fault of ours ends: logged with its trace id, answered as a problem that names it.
"""

import re
import secrets
import time
import traceback

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.problems import problem

log = structlog.get_logger(__name__)
TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")
"""Version 00 of https://www.w3.org/TR/trace-context/."""
SLOW_S = 1.0
"""Requests that took longer are logged, failed or not."""


class Traced:
    """Gives every request its trace; the outermost part of the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        trace_id, flags = trace_of(Headers(scope=scope).get("traceparent", ""))
        span_id, started = secrets.token_hex(8), time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(trace_id=trace_id, span_id=span_id)

        async def traced_send(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept", "websocket.http.response.start"):
                headers = MutableHeaders(scope=message) if "headers" in message else MutableHeaders(raw=[])
                headers["traceparent"] = f"00-{trace_id}-{span_id}-{flags}"
                message["headers"] = headers.raw
                _tell(scope, message.get("status", 101), time.perf_counter() - started)
            await send(message)

        return await self._app(scope, receive, traced_send)


class Faults:
    """Ends an error that nobody answered: the log has it whole, the client gets its trace id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watched_send(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except Exception as error:  # pylint: disable=broad-exception-caught  # the edge: log, answer, live on
            if scope["type"] != "http":
                raise
            log.error("request failed", path=scope["path"], error=repr(error), stack=_stack(error))
            if not begun:
                await problem(500, "a fault of ours; it has been logged under this trace_id")(scope, receive, send)


def trace_of(header: str) -> tuple[str, str]:
    """Trace id and flags of a `traceparent`; new ones where there is none that can be used."""
    found = TRACEPARENT.fullmatch(header.strip())
    return (found[1], found[2]) if found else (secrets.token_hex(16), "01")


def _stack(error: Exception) -> str:
    """Lines of code without their values, which may be secret."""
    return "".join(traceback.format_tb(error.__traceback__))


def _tell(scope: Scope, status: int, seconds: float) -> None:
    """One line for what failed or was slow. The query stays out: it may hold a ticket."""
    if status < 400 and seconds < SLOW_S:
        return
    caller = getattr(scope.get("caller"), "name", None)
    route = getattr(scope.get("route"), "path", None)
    method = scope.get("method", "WEBSOCKET")
    log.info("request", method=method, route=route, status=status, ms=round(1000 * seconds), caller=caller)
