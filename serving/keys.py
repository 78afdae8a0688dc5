"""API keys: random, kept only as digests in storage, scoped, revocable. Who may do what with them: `serving.guard`.

A key has 256 bits of chance, so one round of SHA-256 keeps it: there is nothing to guess that a slow hash would guard.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from quake.adapters.storage import Storage

FILE = "keys/api_keys.json"
"""In QUAKE_STORAGE; holds digests, never keys."""
SCOPES = {
    "public-read": "GET of the API, the FDSN service and the alert stream: what anyone may do where reading is public",
    "read": "the same wherever reading is not public, and tickets for browsers",
    "assess": "POST /v1/assess",
    "admin": "everything, metrics included",
}
"""Every scope and what it opens."""
PREFIX = "quake"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key as it is kept."""

    id: str
    """Public: names the key in logs, limits and `quake keys revoke`."""
    digest: str
    """SHA-256 of the whole key, hexadecimal."""
    scopes: tuple[str, ...]
    note: str
    """For whom it was made."""
    created_at: str
    """ISO 8601, as the two below."""
    expires_at: str | None = None
    revoked_at: str | None = None
    rate_limit: int | None = None
    """Requests a minute; None is the service's own limit."""
    stream_limit: int | None = None
    """Streams open at a time; None is the service's own limit."""

    def valid(self, now: datetime) -> bool:
        """Neither revoked nor past its end."""
        return self.revoked_at is None and (self.expires_at is None or now < datetime.fromisoformat(self.expires_at))


def read_keys(storage: Storage) -> dict[str, ApiKey]:
    """Every key by its id, revoked ones too; none before the first."""
    if not storage.exists(FILE):
        return {}
    rows = json.loads(storage.read(FILE))
    return {row["id"]: ApiKey(**row | {"scopes": tuple(row["scopes"])}) for row in rows}


def add_key(
    storage: Storage,
    scopes: Collection[str],
    note: str,
    now: datetime,
    expires_at: datetime | None = None,
    **limits: int | None,
) -> tuple[str, ApiKey]:
    """A new key, and what is kept of it: the key itself is told once and never again. Raises ValueError."""
    unknown = sorted(set(scopes) - SCOPES.keys())
    chosen = tuple(scope for scope in SCOPES if scope in set(scopes))
    if unknown or not chosen:
        raise ValueError(f"no scope {', '.join(unknown) or 'was given'}; known: {', '.join(SCOPES)}")
    identity = secrets.token_hex(4)
    key = f"{PREFIX}_{identity}_{secrets.token_urlsafe(32)}"
    end = expires_at.isoformat() if expires_at else None
    kept = ApiKey(identity, digest_of(key), chosen, note, now.isoformat(), end, None, **limits)
    _write(storage, read_keys(storage) | {identity: kept})
    return key, kept


def revoke_key(storage: Storage, identity: str, now: datetime) -> ApiKey:
    """Ends a key; servers notice within seconds. Raises LookupError when there is none of that id."""
    keys = read_keys(storage)
    if identity not in keys:
        raise LookupError(f"no key {identity!r}; known: {', '.join(keys) or 'none'}")
    keys[identity] = replace(keys[identity], revoked_at=keys[identity].revoked_at or now.isoformat())
    _write(storage, keys)
    return keys[identity]


def find_key(text: str, keys: dict[str, ApiKey], digests: Iterable[str], now: datetime) -> ApiKey | None:
    """The valid key that `text` is: one of `keys`, or one whose digest the settings name. Compares in constant time."""
    digest = digest_of(text)
    kept = keys.get(text.split("_")[1] if text.startswith(f"{PREFIX}_") and text.count("_") > 1 else "")
    if kept and hmac.compare_digest(digest, kept.digest) and kept.valid(now):
        return kept
    if sum(hmac.compare_digest(digest, known.lower()) for known in digests):
        return ApiKey(f"setting-{digest[:8]}", digest, ("read", "assess"), "QUAKE_API_KEYS", "")
    return None


def digest_of(key: str) -> str:
    """SHA-256, hexadecimal: what `QUAKE_API_KEYS` and the file hold."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def write_private(storage: Storage, path: str, data: bytes) -> None:
    """Writes a file that, on a disk, only its owner may read; in a bucket, that is the bucket's policy."""
    storage.write(path, data)
    if "file" in storage.filesystem.protocol:
        Path(storage.full(path)).chmod(0o600)


def _write(storage: Storage, keys: dict[str, ApiKey]) -> None:
    write_private(storage, FILE, json.dumps([asdict(key) for key in keys.values()], indent=2).encode())
