"""`quake score`: builds the worker from the settings and runs it until a signal."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any


from alerts.table import with_overrides
from quake.adapters.bus import open_bus
from quake.adapters.history import load_world_history
from quake.adapters.magnitude_model import load_magnitude_model
from quake.adapters.registry.alias import load
from quake.adapters.report_impact import expected_magnitude, impact_of_report
from quake.adapters.snapshot import engine_snapshots
from quake.adapters.storage import Storage, open_storage
from quake.adapters.warehouse import open_warehouse
from quake.event import SeismicEvent
from quake.grid import active_cells
from quake.magnitude import MagnitudeModel
from quake.model import ForecastModel
from quake.risk import NO_IMPACT, Impact
from quake.settings import Settings
from streaming.champion import Succession
from streaming.engine import Engine, Setting
from streaming.snapshots import Written, restore, save_state
from streaming.worker import Worker, stop_on_signals


def run_worker(settings: Settings) -> None:
    """Scores what the bus brings until SIGTERM or SIGINT; every commit is whole, whenever it ends."""
    stopped = stop_on_signals()
    storage, bus = open_storage(settings.storage), open_bus(settings.bus)
    warehouse = open_warehouse(settings.warehouse)
    made = partial(
        setting_of, storage, mode=settings.mode, rules=settings.rules, grid_hours=settings.hours_between_grids
    )
    history = load_world_history(storage, end=settings.history_until or datetime.now(UTC))
    succession = Succession(storage, history, made(load(storage)), made)
    name = engine_snapshots(settings.mode, settings.warehouse)

    def again() -> Engine:
        return restore(storage, name, warehouse, succession.setting, history, new_epoch=secrets.token_hex(4))

    written: Written = {}

    def save(engine: Engine) -> None:
        save_state(storage, name, engine, written)

    Worker(bus, warehouse, again, save, settings.snapshot_s, settings.batch_size, succession.follow).run(stopped)
    succession.close()
    warehouse.close()
    bus.close()


def setting_of(
    storage: Storage, model: ForecastModel, mode: str, rules: Mapping[str, Any], grid_hours: int = 0
) -> Setting:
    """What scores and decides: the model given, the impact by the magnitude model that the storage holds now, and the
    alert rules with those that differ; grids where the model's normal year is not empty."""
    impact = partial(impact_of_event, load_magnitude_model(storage))
    cells = active_cells(model) if grid_hours else ()
    return Setting(model, impact, mode, with_overrides(rules), cells, grid_hours)


def impact_of_event(magnitudes: MagnitudeModel, event: SeismicEvent) -> Impact:
    """Shaking and people for the magnitude that review is expected to find; nothing for what is no earthquake."""
    if event.magnitude is None or event.event_type != "earthquake":
        return NO_IMPACT
    return impact_of_report(event, *expected_magnitude(magnitudes, event))
