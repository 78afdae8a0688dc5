"""Builds a backfill from the settings and runs it, in this process or on Beam."""

import json
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from numpy.typing import NDArray

from quake.adapters.history import load_world_history
from quake.adapters.registry.alias import CHAMPION, find, load, load_entry
from quake.adapters.storage import Storage, open_storage
from quake.adapters.warehouse import Warehouse, open_warehouse
from quake.schema import TABLES
from quake.settings import Settings
from quake.world import no_history
from streaming.backfill import Backfill
from streaming.blueprint import Blueprint
from streaming.score import setting_of
from streaming.snapshots import epoch_of

ENGINES = ("worker", "beam")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says."""

    start: datetime
    end: datetime
    engine: str = "worker"
    out: str | None = None
    model_version: str | None = None
    beam_options: list[str] = field(default_factory=list)


def run_backfill(settings: Settings, asked: Asked, now: datetime) -> tuple[str, int]:
    """Scores the period again; returns the output's URL and how many rows of the period it holds then.

    Raises ValueError for an engine or a period that cannot be, LookupError for a model that is not registered.
    """
    if asked.engine not in ENGINES:
        raise ValueError(f"no engine {asked.engine!r}; known: {', '.join(ENGINES)}")
    storage = open_storage(settings.storage)
    version = asked.model_version
    model = load(storage, CHAMPION) if version is None else load_entry(storage, find(storage, version))
    name = f"{asked.start:%Y%m%dT%H%M}-{asked.end:%Y%m%dT%H%M}-{model.version}"
    out = asked.out or f"sqlite:///{settings.data / 'backfill' / name}.db"
    if out == settings.warehouse:
        raise ValueError("a backfill never writes into the warehouse that it reads: give it another --out")
    with closing(open_warehouse(settings.warehouse)) as source, closing(open_warehouse(out)) as target:
        until = settings.history_until or _log_start(source)
        backfill = Backfill(
            source=source,
            out=target,
            start=asked.start,
            end=min(asked.end, now),
            setting=setting_of(storage, model, settings.mode, settings.rules, settings.hours_between_grids),
            history=_history(storage, until),
            epoch=epoch_of(source) or "backfill",
        )
        if asked.engine == "worker":
            backfill.run()
        else:
            _on_beam(backfill, settings, name, out, until, asked.beam_options)
        return out, sum(target.query(f"SELECT COUNT(*) AS n FROM {table}")["n"][0].as_py() for table in TABLES)


def _on_beam(  # pylint: disable=too-many-arguments,too-many-positional-arguments  # what a worker must be told
    backfill: Backfill, settings: Settings, name: str, out: str, until: datetime | None, options: list[str]
) -> None:
    from apache_beam.options.pipeline_options import PipelineOptions

    from streaming.beam_run import run_backfill_on_beam

    blueprint = Blueprint(
        storage=settings.storage,
        model_version=backfill.setting.model.version,
        mode=settings.mode,
        epoch=backfill.epoch,
        history_until=until,
        rules=json.dumps(settings.rules),
        grid_hours=settings.hours_between_grids,
    )
    run_backfill_on_beam(backfill, blueprint, name, out, PipelineOptions(options))


def _log_start(source: Warehouse) -> datetime | None:
    return source.query("SELECT MIN(ingested_at) AS start FROM event_reports")["start"][0].as_py()


def _history(storage: Storage, until: datetime | None) -> dict[str, NDArray[Any]]:
    return no_history() if until is None else load_world_history(storage, end=until)
