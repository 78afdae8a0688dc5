"""Who may open a stream here, and what else the gateway answers: health and metrics."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from starlette.responses import JSONResponse
from uvicorn.middleware.proxy_headers import _TrustedHosts
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from quake.settings import Settings
from serving.config import STREAM_PATH
from serving.gateway.connection import StreamConnection
from serving.guard import Guard, Knock, Refusal
from serving.hub import Hub
from serving.metrics import CONTENT_TYPE, Metrics
from serving.problems import problem
from serving.stream_query import foreign


class Door:
    """Answers every request that opens no stream, and lets the others pass."""

    def __init__(
        self, settings: Settings, guard: Guard, hub: Hub, metrics: Metrics, clock: Callable[[], datetime]
    ) -> None:
        self._settings, self._guard, self._hub, self._metrics, self._clock = settings, guard, hub, metrics, clock
        self._proxies = _TrustedHosts(os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1"))

    def __call__(self, connection: StreamConnection, request: Request) -> Response | None:
        """The answer; None opens the stream, which then holds its place in the limits."""
        path = urlsplit(request.path).path
        try:
            if path.startswith("/health/"):
                return self._health(path)
            caller = self._guard.admit(self._knock(connection, request), self._clock())
            if path == "/metrics":
                return _response(HTTPStatus.OK, CONTENT_TYPE, self._metrics.exposition())
            self._refuse(request, path)
            connection.admitted.enter_context(self._guard.streaming(caller))
            connection.admitted.enter_context(self._metrics.subscribers.labels("websocket").track_inprogress())
        except Refusal as refusal:
            self._metrics.refused.labels(refusal.reason).inc()
            return _problem(problem(refusal.status, refusal.detail, headers=refusal.headers))
        return None

    def _health(self, path: str) -> Response:
        ready = self._hub.ready or path == "/health/live"
        content = {"status": "ok" if ready else "unavailable", "seq": self._hub.log.last_seq}
        return _problem(JSONResponse(content, 200 if ready else 503))

    def _refuse(self, request: Request, path: str) -> None:
        """Raises Refusal for what opens no stream whoever asks."""
        if path != STREAM_PATH or request.headers.get("upgrade", "").lower() != "websocket":
            raise Refusal("path", 404, f"this is the alert stream: a WebSocket at {STREAM_PATH}, nothing else")
        origin = request.headers.get("origin")
        own = f"{urlsplit(origin or '').scheme}://{request.headers.get('host', '')}"
        if foreign(origin, own, self._settings):
            raise Refusal("origin", 403, "pages of this origin may not listen; QUAKE_CORS_ORIGINS names those that may")
        if not self._hub.ready:
            raise Refusal("ready", 503, "the alert log is still being read", {"Retry-After": "2"})

    def _knock(self, connection: StreamConnection, request: Request) -> Knock:
        path = urlsplit(request.path).path
        method = "GET" if path == "/metrics" else "WEBSOCKET"
        headers = {name.lower(): value for name, value in request.headers.raw_items()}
        return Knock.of(method, path, self._client(connection, headers), headers, query_of(request))

    def _client(self, connection: StreamConnection, headers: Mapping[str, str]) -> str:
        """The address that connected, or that a trusted proxy forwards, as uvicorn reads it."""
        peer = (connection.remote_address or ("unknown",))[0]
        forwarded = headers.get("x-forwarded-for", "")
        if not forwarded or peer not in self._proxies:
            return peer
        return self._proxies.get_trusted_client_address(forwarded)[0]


def query_of(request: Request) -> dict[str, str]:
    """The parameters; the last of a name counts."""
    return dict(parse_qsl(urlsplit(request.path).query, keep_blank_values=True))


def _problem(answer: JSONResponse) -> Response:
    return _response(HTTPStatus(answer.status_code), answer.media_type or "", answer.body, answer.headers)


def _response(status: HTTPStatus, media_type: str, body: bytes, more: Mapping[str, str] | None = None) -> Response:
    own = {"content-type": media_type, "content-length": str(len(body)), "connection": "close"}
    return Response(status, status.phrase, Headers({**(more or {}), **own}), body)
