"""Names on the bus, each once."""

EVENTS = "events"
"""Reports, ticks, and what feeds could not read; from ingest."""
ALERTS = "alerts"
"""The alert log, from the engine."""
ENGINE = "engine"
"""The engine's subscription to EVENTS."""
