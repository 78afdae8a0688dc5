"""Only this machine may reach a service without keys."""

from quake.adapters.storage import open_storage
from quake.settings import Settings
from serving.config import is_loopback
from serving.keys import read_keys


def refuse_unguarded(settings: Settings) -> None:
    """Raises SystemExit, which says what to do, when other machines could come in and there are no API keys."""
    if is_loopback(settings.api_host) or settings.api_keys or read_keys(open_storage(settings.storage)):
        return
    raise SystemExit(
        f"QUAKE_API_HOST={settings.api_host} can be reached from other machines, and there are no API keys. "
        "Make one with `quake keys add`, set QUAKE_API_KEYS to SHA-256 digests of keys, or listen on 127.0.0.1."
    )
