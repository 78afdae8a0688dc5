"""The world that the champion forecasts in: the engine's newest snapshot, brought up to date from its rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from quake.adapters.history import load_world_history
from quake.adapters.snapshot import Snapshot, newest, engine_snapshots
from quake.adapters.storage import Storage
from quake.adapters.warehouse import Warehouse
from quake.etas_depth import known_depth
from quake.live import Entry, LiveWorld
from quake.model import ForecastModel
from quake.regions import COUNT
from quake.settings import Settings
from quake.world import state_key, world_of
from serving import reads

log = structlog.get_logger(__name__)
REMEMBERED = timedelta(days=3700)
"""Of the history; older rows are in the snapshot's sums, or forgotten by a model that keeps none."""


@dataclass(slots=True)
class ForecastState:
    """A model and its world after report number `processed_sequence`; one thread at a time may touch it."""

    model: ForecastModel
    world: LiveWorld
    processed_sequence: int
    snapshot: str = ""
    """The path of the snapshot it was loaded from; empty where there was none."""
    regions: frozenset[str] = frozenset()
    """Those that the snapshot has a state of; a space-time model is asked in these only, because to begin another
    from all history takes minutes without compiled code."""
    assessed_at: datetime | None = None
    """The time of the newest report taken in since the snapshot."""
    supposed: int = 0
    """Hypothetical earthquakes entered and taken back; each leaves a little behind in sums and memory."""


def load_state(
    settings: Settings, storage: Storage, warehouse: Warehouse, model: ForecastModel, now: datetime
) -> ForecastState:
    """The newest snapshot over the history, then every row since; without a snapshot, the rows alone."""
    until, named = settings.history_until or now, newest_name(settings, storage)
    history = load_world_history(storage, until - REMEMBERED, until)
    snapshot = newest(storage, snapshot_name(settings)) if named else None
    if snapshot is None or not _stored(warehouse, snapshot):
        state = ForecastState(model, world_of(model, history, frozenset()), 0)
    else:
        parts = snapshot.parts if snapshot.meta.get("state_key") == state_key(model) else {}
        world = world_of(model, history, frozenset(parts))
        columns = {k.removeprefix("world_"): v for k, v in snapshot.arrays.items() if k.startswith("world_")}
        world.restore(columns, parts)
        state = ForecastState(model, world, snapshot.processed_sequence, named, frozenset(parts))
    start = state.processed_sequence
    top_up(state, warehouse)
    about = {"regions": len(state.regions), "snapshot": start, "now": state.processed_sequence}
    log.info("forecast state loaded", model_version=model.version, **about)
    return state


def snapshot_name(settings: Settings) -> str:
    """Under which the engine of these settings keeps its snapshots."""
    return engine_snapshots(settings.mode, settings.warehouse)


def newest_name(settings: Settings, storage: Storage) -> str:
    """The path of the engine's newest snapshot; empty before the first."""
    found = [path for path in storage.list(f"snapshots/{snapshot_name(settings)}") if path.endswith(".json")]
    return found[-1] if found else ""


def at_hand(state: ForecastState, latitude: float, longitude: float) -> bool:
    """Whether the place can be asked at once."""
    return state.model.etas is None or state.regions.issuperset(state.world.regions_at(latitude, longitude))


def incomplete(state: ForecastState) -> bool:
    """Whether a newer snapshot may know regions that this state lacks."""
    return state.model.etas is not None and len(state.regions) < COUNT


def top_up(state: ForecastState, warehouse: Warehouse) -> int:
    """Takes in every earthquake assessed since; returns how many there were."""
    rows = reads.ask(warehouse, "world_changes", {"after": state.processed_sequence})
    for row in rows:
        take_in(state.world, row)
        state.processed_sequence = max(state.processed_sequence, row["processed_sequence"])
        state.assessed_at = max(state.assessed_at or row["assessed_at"], row["assessed_at"])
    if state.assessed_at:
        state.world.forget(state.assessed_at)
    return len(rows)


def take_in(world: LiveWorld, row: dict[str, Any]) -> None:
    """One row of `world_changes`: the earthquake as it stands now, or out."""
    if row["status"] != "active" or row["event_type"] != "earthquake" or row["magnitude"] is None:
        world.remove(row["quake_id"])
        return
    names = tuple(sorted({row["source_event_id"], *(row["aliases"] or ())}))
    place = row["origin_time"].timestamp(), row["latitude"], row["longitude"], row["magnitude"]
    world.enter(row["quake_id"], Entry(*place, known_depth(row["depth_km"]), names))


def _stored(warehouse: Warehouse, snapshot: Snapshot) -> bool:
    """Whether the warehouse holds the report that the snapshot was taken after: else it is another warehouse's."""
    last = snapshot.processed_sequence
    return last == 0 or bool(reads.ask(warehouse, "report_by_number", {"processed_sequence": last}))
