"""Limits on requests, before anything is read: rate, body size, and a key where one is needed. Pure ASGI."""

import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from quake.settings import Settings
from serving.config import MAX_BODY_BYTES
from serving.metrics import Metrics
from serving.problems import problem

CLIENTS = 10_000
"""Clients whose rate is remembered; the longest silent is forgotten first."""
OPEN_PATHS = ("/health/", "/metrics")
"""Never limited: probes and scrapers come at their own pace."""


class Buckets:
    """A token bucket a client: `per_minute` on average, as many at once."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str, now: float) -> float:
        """0 when the client may go on, else the seconds until it may."""
        left, at = self._left.pop(client, (float(self._per_minute), now))
        left = min(self._per_minute, left + (now - at) * self._per_minute / 60)
        self._left[client] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > CLIENTS:
            self._left.popitem(last=False)
        return 0.0 if left >= 1 else (1 - left) * 60 / self._per_minute


class Limits:
    """Refuses requests that are too many, too large or without a key that is needed."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self._app, self._settings, self._metrics = app, settings, metrics
        self._buckets = Buckets(settings.rate_limit) if settings.rate_limit else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(OPEN_PATHS):
            return await self._app(scope, receive, send)
        refusal = self._too_many(scope) or self._too_large(scope) or self._no_key(scope)
        if refusal is None:
            return await self._app(scope, receive, send)
        reason, response = refusal
        self._metrics.refused.labels(reason).inc()
        return await response(scope, receive, send)

    def _too_many(self, scope: Scope) -> tuple[str, ASGIApp] | None:
        if self._buckets is None or not (wait := self._buckets.take(client_of(scope), time.monotonic())):
            return None
        detail = f"more than {self._settings.rate_limit} requests a minute; wait {wait:.0f} s"
        return "rate", problem(429, detail, headers={"Retry-After": str(int(wait) + 1)})

    def _too_large(self, scope: Scope) -> tuple[str, ASGIApp] | None:
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers:
            return "length", problem(411, "say the length of the body in Content-Length")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            return "size", problem(413, f"a body of at most {MAX_BODY_BYTES} bytes is taken")
        return None

    def _no_key(self, scope: Scope) -> tuple[str, ASGIApp] | None:
        if may_read(Headers(scope=scope), self._settings):
            return None
        headers = {"WWW-Authenticate": "Bearer"}
        return "key", problem(401, "an API key is needed: Authorization: Bearer KEY", headers=headers)


def may_read(headers: Headers, settings: Settings) -> bool:
    """Whether reading is open to all, or the request carries one of our keys."""
    if settings.public_read or not settings.api_keys:
        return True
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and _known(key, settings.api_keys)


def _known(key: str, digests: Iterable[str]) -> bool:
    """Compares with every digest, each in constant time."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    return sum(hmac.compare_digest(digest, known.lower()) for known in digests) > 0


def client_of(scope: Scope) -> str:
    """Whose requests count together: the address that connected, or the one uvicorn trusts a proxy to forward."""
    return (scope.get("client") or ("unknown", 0))[0]
