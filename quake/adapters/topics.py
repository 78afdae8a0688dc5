"""Names on the bus, each once."""

import secrets
from datetime import datetime

EVENTS = "events"
"""Reports, ticks, and what feeds could not read; from ingest."""
ALERTS = "alerts"
"""The alert log, from the engine."""
RETRAIN = "retrain"
"""Wishes for a new model, from the engine's drift alarms and from people."""
DECISIONS = "model_decisions"
"""Every decision about a model, from the gate: what tells people may subscribe to it."""
ENGINE = "engine"
"""The engine's subscription to EVENTS."""
NOTIFY = "notify"
"""The notifier's subscription to ALERTS."""


ID, AT = "id", "at"
"""Attributes that every message of EVENTS has: what no other message is called, and its time, ISO 8601."""


def named(identity: object, at: datetime) -> dict[str, str]:
    """The attributes ID and AT."""
    return {ID: str(identity), AT: at.isoformat()}


def own_subscription(part: str, host: str, port: int, bus: str) -> str:
    """The name of one process's own subscription, which hears every message.

    On a laptop no two processes share an address; instances in the cloud all listen on the same, and are told apart.
    """
    name = f"{part}-{host}-{port}"
    return name if bus.startswith("sqlite:") else f"{name}-{secrets.token_hex(4)}"
