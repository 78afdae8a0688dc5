"""Constants of the API: limits, the standing warning, close codes and what follows from the settings."""

import ipaddress
from importlib.metadata import version

from alerts.message import STANDING_WARNING
from quake.settings import Settings

WARNING = f"Probabilities, not predictions. {STANDING_WARNING}"
"""Said in every hello and in the service description."""
VERSION = version("quakestream")
MAX_ITEMS = 1000
"""Largest page of a list."""
MAX_CELLS = 10_000
"""Largest page of a scheduled forecast."""
MAX_BODY_BYTES = 1_000_000
"""Largest request body."""
MAX_MESSAGE_BYTES = 65_536
"""Largest frame a stream client may send; there is no reason to send any."""
CHECKPOINT_S = 15.0
"""A subscriber hears something at least this often."""
WRITE_TIMEOUT_S = 10.0
"""A subscriber that does not take one frame in this time is closed."""
MEMORY = 5000
"""Messages of the alert log each process keeps at hand; older ones are read from the table. A subscriber that falls
further behind than this while it is served is closed."""
MAX_SUBSCRIBERS = 5000
"""Streams one process serves at a time."""
FEED_SILENCE_S = 180.0
"""Ingest sends a tick each 60 s: silence beyond this means it has stopped."""
REPORT_SILENCE_S = 3600.0
"""The agencies report some 17 earthquakes an hour; an hour of none means a feed is broken."""
HISTORY_GAP_DAYS = 7.0
"""Live, a longer hole between history and the first report makes the service degraded."""

STREAM_PATH = "/v1/alerts/stream"
"""WebSocket and server-sent events."""
REFRESH_S = 5.0
"""Keys, champion and forecast state are looked at this often: a revoked key works no longer than this."""

CLOSE_CODES = {
    1012: "the server is stopping: reconnect with last_seq and epoch",
    4400: "a parameter is wrong; the error frame says which and what would be right",
    4408: "too slow: a frame was not taken in time, or too many wait; reconnect with last_seq and epoch",
    4410: "the alert log began a new epoch: reconnect without last_seq",
}
"""WebSocket close codes of `/v1/alerts/stream` and what a client should do."""


def mode_of(settings: Settings) -> str:
    """`live`, `replay` or `simulate`: what the figures are about."""
    kind = settings.feed.partition(":")[0]
    return kind if kind in ("replay", "simulate") else "live"


def allowed_origins(settings: Settings) -> list[str]:
    """Origins of web pages that may call us: the map's on this machine, and those of `cors_origins`."""
    local = [f"http://{host}:{settings.dashboard_port}" for host in ("127.0.0.1", "localhost")]
    return [*local, *settings.cors_origins]


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
