"""`quake rebuild`: makes the engine's tables again from the raw archive, by the worker itself; nobody is told."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from threading import Event

from quake.adapters.archive import archived
from quake.adapters.bus import Message, Received
from quake.adapters.history import load_world_history
from quake.adapters.registry.alias import load
from quake.adapters.snapshot import engine_snapshots
from quake.adapters.storage import open_storage
from quake.adapters.topics import EVENTS
from quake.adapters.warehouse import Warehouse, open_warehouse
from quake.schema import TABLES
from quake.settings import Settings
from streaming.engine import Engine
from streaming.score import setting_of
from streaming.snapshots import restore, save_state
from streaming.worker import Worker


@dataclass(slots=True)
class Replayed:
    """A bus that brings an archive's pages to its one reader, keeps nothing, and says when it has ended."""

    pages: Iterator[Sequence[Received]]
    ended: Event = field(default_factory=Event)

    def subscribe(self, topic: str, subscription: str) -> None:
        """There is one reader, from the beginning."""

    def pull(  # pylint: disable=unused-argument  # the port names them
        self, subscription: str, limit: int = 100, timeout_s: float = 1.0
    ) -> Sequence[Received]:
        """The next page, whatever its length; none at the end."""
        page = next(self.pages, ())
        if not page:
            self.ended.set()
        return page

    def publish(self, topic: str, messages: Sequence[Message]) -> None:
        """Lets it be: alerts and wishes of the past were heard in their time."""

    def ack(self, subscription: str, leases: Sequence[str]) -> None:
        """Nothing comes again."""


def run_rebuild(settings: Settings, archive: str) -> dict[str, int]:
    """Folds the archive at `archive` into the settings' warehouse; returns rows by table.

    Raises ValueError when the archive is empty or the warehouse is not, LookupError without a champion.
    """
    with closing(open_warehouse(settings.warehouse)) as warehouse:
        rebuild(settings, warehouse, archived(archive, EVENTS), secrets.token_hex(4))
        return count_rows(warehouse)


def rebuild(settings: Settings, warehouse: Warehouse, pages: Iterable[Sequence[Received]], epoch: str) -> None:
    """Folds pages of messages as the worker does, with the champion of today, and leaves a snapshot for the engine.

    `epoch` names the life of the alert log that this begins: clients of the former one start anew.
    """
    if any(count_rows(warehouse, ("event_reports", "assessments", "alerts")).values()):
        raise ValueError("the warehouse has rows already: a rebuild begins with empty tables")
    following = iter(pages)
    first = next(following, ())
    if not first:
        raise ValueError("the archive is empty")
    begun = datetime.fromisoformat(min(item.attributes["received_at"] for item in first))
    storage, name = open_storage(settings.storage), engine_snapshots(settings.mode, settings.warehouse)
    setting = setting_of(storage, load(storage), settings.mode, settings.rules, settings.hours_between_grids)
    history = load_world_history(storage, end=settings.history_until or begun)

    def again() -> Engine:
        return restore(storage, name, warehouse, setting, history, new_epoch=epoch)

    bus = Replayed(chain([first], following))
    Worker(bus, warehouse, again, lambda engine: save_state(storage, name, engine), settings.snapshot_s).run(bus.ended)


def count_rows(warehouse: Warehouse, tables: Iterable[str] = tuple(TABLES)) -> dict[str, int]:
    """Rows by table."""
    return {name: warehouse.query(f"SELECT COUNT(*) AS n FROM {name}")["n"][0].as_py() for name in tables}
