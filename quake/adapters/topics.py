"""Names on the bus, each once."""

import secrets

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


def own_subscription(part: str, host: str, port: int, bus: str) -> str:
    """The name of one process's own subscription, which hears every message.

    On a laptop no two processes share an address; instances in the cloud all listen on the same, and are told apart.
    """
    name = f"{part}-{host}-{port}"
    return name if bus.startswith("sqlite:") else f"{name}-{secrets.token_hex(4)}"
