"""One signed POST to a stranger's URL: a checked address, no redirect, little time, little answer.

The signature is that of Standard Webhooks (standardwebhooks.com, version 1): receivers verify with its libraries.
"""

import asyncio
import base64
import hashlib
import hmac
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpcore

from quake.adapters.addresses import Resolve, checked_addresses, resolve

TIMEOUT_S = 10.0
"""For everything: name, connection, TLS, request, answer."""
ANSWER_LIMIT = 4096
"""Bytes of an answer's body that are read."""
SECRET_PREFIX = "whsec_"  # pragma: allowlist secret
REPLAY_WINDOW_S = 300
"""A receiver should refuse a message whose timestamp is further off than this."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver said."""

    status: int
    body: bytes


def signed_headers(secret: str, identity: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks: HMAC-SHA256 of `identity.timestamp.body` under the secret's bytes."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    digest = hmac.new(key, f"{identity}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(digest).decode()
    return {"webhook-id": identity, "webhook-timestamp": str(timestamp), "webhook-signature": signature}


async def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allowed: Sequence[str] = (),
    resolving: Resolve = resolve,
    tls: ssl.SSLContext | None = None,
    timeout_s: float = TIMEOUT_S,
) -> Answer:
    """POSTs once, to an address that passed `quake.adapters.addresses`; certificates are checked against the name.

    Raises Forbidden for where we do not call, TimeoutError, and OSError for every other failure of the network.
    """
    backend = CheckedBackend(allowed, resolving)
    pool = httpcore.AsyncConnectionPool(
        ssl_context=tls or ssl.create_default_context(),
        max_connections=1,
        max_keepalive_connections=0,
        network_backend=backend,
    )
    try:
        async with asyncio.timeout(timeout_s), pool, pool.stream("POST", url, headers=headers, content=body) as answer:
            return Answer(answer.status, await _beginning(answer))
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
        raise OSError(f"{type(error).__name__}: {error}") from error


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Resolves, checks and connects to what was checked: between the two nobody asks the resolver again."""

    def __init__(self, allowed: Sequence[str], resolving: Resolve) -> None:
        self._allowed, self._resolving = allowed, resolving
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to one of the host's addresses; the first that answers."""
        failed: Exception | None = None
        for address in await checked_addresses(host, port, self._allowed, self._resolving):
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                failed = error
        raise failed or OSError(f"{host} has no address")

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Any = None
    ) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise OSError(f"no connection to the socket {path}")

    async def sleep(self, seconds: float) -> None:
        """For the pool's own retries, of which there are none."""
        await asyncio.sleep(seconds)


async def _beginning(answer: httpcore.Response) -> bytes:
    body = b""
    with suppress(StopAsyncIteration):
        parts = aiter(answer.stream)
        while len(body) < ANSWER_LIMIT:
            body += await anext(parts)
    return body[:ANSWER_LIMIT]
