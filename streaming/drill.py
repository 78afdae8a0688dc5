"""`quake drill`: what an earthquake would have been assessed as, as a message of topic `events` that only alerts."""

import secrets
from dataclasses import replace
from datetime import datetime
from typing import Any

from alerts.drill import PREFIX, assessment_of, drill_message, drill_of
from alerts.rules import forecast_level
from alerts.sequencer import SHARED
from quake.adapters.bus import Bus, Message, open_bus
from quake.adapters.magnitude_model import load_magnitude_model
from quake.adapters.registry.alias import load
from quake.adapters.sql import answer
from quake.adapters.storage import open_storage
from quake.adapters.topics import ENGINE, EVENTS, named
from quake.adapters.warehouse import Warehouse, open_warehouse
from quake.event import Drill, SeismicEvent, encode
from quake.identity import Resolution
from quake.regions import home_region
from quake.risk import Circumstances, assess
from quake.schema import Alert, from_record
from quake.settings import Settings
from quake.world import no_history, world_of
from streaming.score import impact_of_event
from streaming.sequence import EPOCH, MILLISECOND, PER_MS


def begin_drill(settings: Settings, now: datetime, cancel: bool, **earthquake: Any) -> str:
    """Begins a drill with an earthquake that has just happened, and cancels it at once if so asked; returns its id.

    `earthquake` holds latitude, longitude, depth_km, magnitude, place as `quake.event.SeismicEvent` has them.
    """
    warehouse, bus = open_warehouse(settings.warehouse), open_bus(settings.bus)
    try:
        at = time_of(settings, warehouse, now)
        begin = rehearsed(settings, _event(at, **earthquake), f"{PREFIX}{at:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}")
        publish(bus, begin, *([replace(begin, sequence=begin.sequence + 1, ends=True)] if cancel else []))
    finally:
        bus.close()
        warehouse.close()
    return assessment_of(begin).quake_id


def end_drill(settings: Settings, now: datetime, identity: str) -> None:
    """Cancels a drill that is going on. Raises LookupError when there is none of that id."""
    warehouse, bus = open_warehouse(settings.warehouse), open_bus(settings.bus)
    try:
        row = warehouse.query(answer("alert_by_id"), {"alert_id": f"{identity}.1"}).to_pylist()
        if not row or not row[0]["drill"]:
            raise LookupError(f"no drill {identity!r}; `quake drill` prints the id of the one it begins")
        at = time_of(settings, warehouse, now)
        publish(bus, replace(drill_of(from_record(Alert, row[0])), sequence=sequence_at(at), at=at, ends=True))
    finally:
        bus.close()
        warehouse.close()


def publish(bus: Bus, *drills: Drill) -> None:
    """Puts the messages where the engine takes them."""
    bus.subscribe(EVENTS, ENGINE)
    attributes = {"type": "drill", "source": "drill"}
    bus.publish(EVENTS, [Message(encode(drill), attributes | named(drill.sequence, drill.at)) for drill in drills])


def rehearsed(settings: Settings, event: SeismicEvent, identity: str) -> Drill:
    """The message of a drill: impact and forecast by the champion, in a world where nothing else has happened."""
    storage, at = open_storage(settings.storage), event.ingested_at
    model = load(storage)
    world = world_of(model, no_history())
    world.put(identity, event)
    resolution = Resolution(identity, 1, "active", None, event, 1, None)
    region = home_region(event.latitude, event.longitude)
    circumstances = Circumstances(
        at=at, sequence=sequence_at(at), processed_sequence=0, region=region, role="drill", mode=settings.mode
    )
    impact = impact_of_event(load_magnitude_model(storage), event)
    expected = world.expected(event.latitude, event.longitude, at)
    assessment = assess(resolution, expected, model, impact, circumstances, forecast_level)
    figures = {name: getattr(assessment, name) for name in SHARED}
    return drill_message(figures, circumstances.sequence, at)


def _event(at: datetime, **earthquake: Any) -> SeismicEvent:
    return SeismicEvent(
        source="drill",
        source_event_id="drill",
        origin_time=at,
        updated_at=at,
        ingested_at=at,
        magnitude_type="mw",
        review_status="reviewed",
        **earthquake,
    )


def sequence_at(at: datetime) -> int:
    """A number for a message that ingest has not numbered: the last of its millisecond, which ingest hardly reaches."""
    return (at - EPOCH) // MILLISECOND * PER_MS + PER_MS - 1


def time_of(settings: Settings, warehouse: Warehouse, now: datetime) -> datetime:
    """Now as the service sees it: in a replay or simulation the time of its last report. LookupError before one."""
    if settings.mode == "live":
        return now
    last = warehouse.query(answer("service_status")).to_pylist()[0]["reported_at"]
    if last is None:
        raise LookupError(f"the {settings.mode} has brought no report yet, so it has no time: try again in a moment")
    return last
