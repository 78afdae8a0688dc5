"""Limits on requests, before anything is read: key and scope, rate, open streams, body size. Pure ASGI."""

from collections.abc import Callable
from datetime import datetime

from starlette.datastructures import Headers, QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from quake.settings import Settings
from serving.config import MAX_BODY_BYTES, STREAM_PATH
from serving.guard import Guard, Knock, Refusal
from serving.keys import find_key
from serving.metrics import Metrics
from serving.problems import problem

OPEN_PATHS = ("/health/",)
"""Never limited: probes come at their own pace."""


class Limits:
    """Refuses what `Guard` refuses and what is too large; the caller stands in `scope["caller"]`."""

    def __init__(self, app: ASGIApp, guard: Guard, metrics: Metrics, clock: Callable[[], datetime]) -> None:
        self._app, self._guard, self._metrics, self._clock = app, guard, metrics, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"].startswith(OPEN_PATHS):
            return await self._app(scope, receive, send)
        try:
            check_size(Headers(scope=scope))
            scope["caller"] = self._guard.admit(knock_of(scope), self._clock())
            if scope["path"] != STREAM_PATH:
                return await self._app(scope, receive, send)
            with self._guard.streaming(scope["caller"]):
                return await self._app(scope, receive, send)
        except Refusal as refusal:
            self._metrics.refused.labels(refusal.reason).inc()
            response = problem(refusal.status, refusal.detail, headers=refusal.headers)
            return await response(scope, receive, send)


def check_size(headers: Headers) -> None:
    """Raises Refusal for a body that is too large, or does not say how large it is."""
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers:
        raise Refusal("length", 411, "say the length of the body in Content-Length")
    if not (length.isascii() and length.isdigit()) or int(length) > MAX_BODY_BYTES:
        raise Refusal("size", 413, f"a body of at most {MAX_BODY_BYTES} bytes is taken")


def knock_of(scope: Scope) -> Knock:
    """What of an ASGI request decides. The address is the one that connected, or that a trusted proxy forwards."""
    method = scope.get("method", "WEBSOCKET")
    client = (scope.get("client") or ("unknown", 0))[0]
    query = QueryParams(scope["query_string"].decode("latin-1"))
    return Knock.of(method, scope["path"], client, Headers(scope=scope), query)


def may_read(headers: Headers, settings: Settings) -> bool:
    """Whether reading is open to all, or the request carries one of the keys that the settings name."""
    if settings.public_read or not settings.api_keys:
        return True
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and find_key(key, {}, settings.api_keys, datetime.min) is not None
