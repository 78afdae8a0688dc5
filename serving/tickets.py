"""Signed tickets of 60 s: a browser opens one stream with one, and never sees a key."""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import threading
from dataclasses import dataclass

from quake.adapters.storage import Storage
from serving.keys import write_private

LIFE_S = 60.0
FILE = "keys/ticket_secret"
"""In QUAKE_STORAGE, so that every process of the service can check what another has signed."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket says: whose it is, and until when (Unix seconds)."""

    caller: str
    expires_s: float
    nonce: str


class Tickets:
    """Signs tickets and takes each once. Another process may take it once more: what is used is known to one only."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._used: dict[str, float] = {}
        self._lock = threading.Lock()

    def refresh(self, storage: Storage) -> None:
        """Takes the secret that all processes share, made by whoever is first."""
        if not storage.exists(FILE):
            write_private(storage, FILE, secrets.token_bytes(32).hex().encode())
        self._secret = bytes.fromhex(storage.read(FILE).decode())

    def issue(self, caller: str, now_s: float) -> str:
        """A ticket for `caller`, good for 60 s."""
        content = json.dumps([caller, now_s + LIFE_S, secrets.token_hex(12)]).encode()
        return f"{_text(content)}.{_text(self._signature(content))}"

    def redeem(self, text: str, now_s: float) -> Ticket:
        """The ticket, which is used up by this. Raises ValueError when it is not ours, too old, or used before."""
        content, signature = _parts(text)
        if not hmac.compare_digest(signature, self._signature(content)):
            raise ValueError("no ticket of this service; POST /v1/tickets gives one")
        ticket = Ticket(*json.loads(content))
        if now_s >= ticket.expires_s:
            raise ValueError(f"a ticket is good for {LIFE_S:.0f} s; POST /v1/tickets gives another")
        with self._lock:
            self._used = {nonce: end for nonce, end in self._used.items() if end > now_s}
            if ticket.nonce in self._used:
                raise ValueError("a ticket opens one stream; POST /v1/tickets gives another")
            self._used[ticket.nonce] = ticket.expires_s
        return ticket

    def _signature(self, content: bytes) -> bytes:
        return hmac.digest(self._secret, content, hashlib.sha256)


def _parts(text: str) -> tuple[bytes, bytes]:
    try:
        content, signature = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in text.split("."))
    except (ValueError, binascii.Error) as error:
        raise ValueError("no ticket; POST /v1/tickets gives one") from error
    return content, signature


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
