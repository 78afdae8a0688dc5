"""Who may do what: keys, tickets, scopes, and how much of it at a time. Knows no framework; ASGI: `serving.limits`."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from quake.adapters.storage import Storage
from quake.settings import Settings
from serving.buckets import Buckets, network_of
from serving.config import MAX_SUBSCRIBERS, STREAM_PATH, is_loopback
from serving.keys import SCOPES, ApiKey, find_key, read_keys
from serving.tickets import Tickets

NEEDED = {
    ("POST", "/v1/assess"): "assess",
    ("POST", "/v1/query"): "read",
    ("POST", "/v1/tickets"): "read",
    ("GET", "/metrics"): "admin",
}
"""The scope of what is not plain reading; whatever else is not a GET needs `admin`."""
READING = ("GET", "HEAD", "WEBSOCKET")
ALLOWED_BY = {
    "public-read": {"public-read", "read", "assess", "admin"},
    "read": {"read", "admin"},
    "assess": {"assess", "admin"},
    "admin": {"admin"},
}
"""For each scope, those that contain it."""


class Refusal(Exception):
    """A request that may not go on: `reason` for counters, the HTTP status, what was wrong and what would be right."""

    def __init__(self, reason: str, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.reason, self.status, self.detail, self.headers = reason, status, detail, headers or {}


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose requests and streams count together, and what it may do."""

    name: str
    scopes: frozenset[str]
    rate_limit: int
    """Requests a minute; 0 is no limit."""
    stream_limit: int
    """Streams at a time; 0 is no limit but the process's own."""
    known: bool = True
    """Shown by a key or ticket; else an address."""


class Guard:
    """Tells callers apart and counts what they do. `refresh` reads keys from storage; call it every few seconds."""

    def __init__(self, settings: Settings) -> None:
        self.tickets = Tickets()
        self._settings = settings
        self._keys: dict[str, ApiKey] = {}
        self._refreshing = Lock()
        self._buckets = Buckets()
        self._streams: Counter[str] = Counter()

    def refresh(self, storage: Storage) -> None:
        """Takes the keys and the tickets' secret as they are in storage now, from whichever thread."""
        with self._refreshing:  # what was read first must not be kept last
            self._keys = read_keys(storage)
            self.tickets.refresh(storage)

    def open_to(self, client: str) -> bool:
        """Without any key, and reachable from this machine only: whoever is here may do everything. Whom a proxy on
        this machine brings is not here."""
        keyless = not self._keys and not self._settings.api_keys
        return keyless and is_loopback(self._settings.api_host) and is_loopback(client)

    def admit(self, request: "Knock", now: datetime) -> Caller:
        """The caller of a request that may go on. Raises Refusal for any other."""
        try:
            caller = self._caller(request, now)
        except Refusal:
            self._count(self._anyone(request.client, frozenset()))
            raise
        self._count(caller)
        needed = needed_scope(request.method, request.path)
        if caller.scopes.isdisjoint(ALLOWED_BY[needed]):
            raise self._lacking(caller, needed)
        return caller

    @contextmanager
    def streaming(self, caller: Caller) -> Iterator[None]:
        """Counts an open stream. Raises Refusal when the caller, or the process, has as many as it may."""
        limit = caller.stream_limit
        if limit and self._streams[caller.name] >= limit:
            raise _too_many_streams(f"{limit} streams are all that one caller may hold open here")
        if self._streams.total() >= MAX_SUBSCRIBERS:
            raise _too_many_streams(f"{MAX_SUBSCRIBERS} streams are all this process serves")
        self._streams[caller.name] += 1
        try:
            yield
        finally:
            self._streams[caller.name] -= 1
            if not self._streams[caller.name]:
                del self._streams[caller.name]

    def _caller(self, request: "Knock", now: datetime) -> Caller:
        if request.ticket and request.path == STREAM_PATH:
            return self._of_ticket(request, now)
        scheme, _, text = request.authorization.partition(" ")
        here = self.open_to(request.client)
        if not request.authorization or here:
            scopes = SCOPES.keys() if here else {"public-read"} if self._settings.public_read else ()
            return self._anyone(request.client, frozenset(scopes))
        key = find_key(text.strip(), self._keys, self._settings.api_keys, now) if scheme.lower() == "bearer" else None
        if key is None:
            raise _unknown("this API key is not, or no longer, valid")
        return self._of_key(key)

    def _of_ticket(self, request: "Knock", now: datetime) -> Caller:
        try:
            ticket = self.tickets.redeem(request.ticket, now.timestamp())
        except ValueError as error:
            raise _unknown(str(error)) from error
        key = self._keys.get(ticket.caller)
        if key is None:
            return self._anyone(request.client, frozenset({"read"}))
        if not key.valid(now):
            raise _unknown("the API key behind this ticket is no longer valid")
        return self._of_key(key, frozenset({"read"}))

    def _of_key(self, key: ApiKey, scopes: frozenset[str] | None = None) -> Caller:
        settings = self._settings
        rate = settings.rate_limit if key.rate_limit is None else key.rate_limit
        streams = settings.stream_limit if key.stream_limit is None else key.stream_limit
        return Caller(key.id, scopes or frozenset(key.scopes), rate, streams)

    def _anyone(self, client: str, scopes: frozenset[str]) -> Caller:
        """Whoever shows no key counts by address; on this machine alone, streams are not counted."""
        streams = 0 if self.open_to(client) else self._settings.stream_limit
        return Caller(network_of(client), scopes, self._settings.rate_limit, streams, known=False)

    def _count(self, caller: Caller) -> None:
        wait = self._buckets.take(caller.name, time.monotonic(), caller.rate_limit) if caller.rate_limit else 0.0
        if wait:
            detail = f"more than {caller.rate_limit} requests a minute; wait {wait:.0f} s"
            raise Refusal("rate", 429, detail, {"Retry-After": str(int(wait) + 1)})

    def _lacking(self, caller: Caller, needed: str) -> Refusal:
        if not caller.known:
            return _unknown(f"an API key with scope {needed} is needed: Authorization: Bearer KEY")
        has = ", ".join(sorted(caller.scopes))
        return Refusal("scope", 403, f"scope {needed} is needed ({SCOPES[needed]}); this key has {has}")


@dataclass(frozen=True, slots=True)
class Knock:
    """What of a request decides: `method` is `WEBSOCKET` for a WebSocket, `client` the address it comes from."""

    method: str
    path: str
    client: str
    authorization: str = ""
    ticket: str = ""

    @classmethod
    def of(cls, method: str, path: str, client: str, headers: Mapping[str, str], query: Mapping[str, str]) -> "Knock":
        """From headers, named in lower case, and query parameters."""
        return cls(method, path, client, headers.get("authorization", ""), query.get("ticket", ""))


def needed_scope(method: str, path: str) -> str:
    """The scope that a request needs."""
    return NEEDED.get((method, path)) or ("public-read" if method in READING else "admin")


def _unknown(detail: str) -> Refusal:
    return Refusal("key", 401, detail, {"WWW-Authenticate": "Bearer"})


def _too_many_streams(detail: str) -> Refusal:
    return Refusal("streams", 429, detail, {"Retry-After": "30"})
