"""Counts and times every HTTP request. Pure ASGI, so that streams pass through untouched."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.metrics import Metrics


class Measured:
    """Wraps the application; the route's pattern, never the path, is the label."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started = time.perf_counter()

        async def measured_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "none")
                self._metrics.requests.labels(route, message["status"]).inc()
                self._metrics.seconds.labels(route).observe(time.perf_counter() - started)
            await send(message)

        return await self._app(scope, receive, measured_send)
