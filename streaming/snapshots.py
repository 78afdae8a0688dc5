"""The engine's state as a snapshot and back, and the way from the newest snapshot to now through the stored rows."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from alerts.chain import chain_from_record, to_record
from alerts.drill import drill_of
from alerts.sequencer import Sequencer
from quake.adapters.snapshot import Snapshot, newest, save, save_part
from quake.adapters.storage import Storage
from quake.adapters.warehouse import Warehouse
from quake.identity import Identities, report_of
from quake.live import LiveWorld
from quake.regions import COUNT
from quake.risk import Model
from quake.schema import TABLES, Alert, from_record
from quake.world import state_key, world_of
from streaming.drift import Watch
from streaming.engine import ROLE, Engine, Setting, State

log = structlog.get_logger(__name__)


Written = dict[str, tuple[bytes, str]]
"""Region -> the mark of its state as it was last written, and the digest under which."""


def save_state(storage: Storage, name: str, engine: Engine, written: Written | None = None) -> None:
    """Writes the engine's whole state under `name`; of the regions those that changed since `written`, brought up."""
    state, written = engine.state, {} if written is None else written
    records = {"identities": state.identities.to_records(), "chains": [to_record(c) for c in state.chains.values()]}
    records["watch"] = state.watch.to_state()
    arrays = {f"world_{key}": array for key, array in state.world.to_arrays().items()}
    arrays |= {key: np.frombuffer(json.dumps(value).encode(), np.uint8) for key, value in records.items()}
    meta = {
        "model_version": engine.setting.model.version,
        "state_key": state_key(engine.setting.model),
        "processed_sequence": state.identities.processed_sequence,
        "epoch": state.sequencer.epoch,
        "seq": state.sequencer.last_seq,
        "day": state.day,
    }
    _write_regions(storage, name, state.world, written)
    save(storage, name, meta, arrays, {region: digest for region, (_, digest) in written.items()})


def _write_regions(storage: Storage, name: str, world: LiveWorld, written: Written) -> None:
    marks = world.marks()
    for region in written.keys() - marks.keys():
        del written[region]
    for region, mark in marks.items():
        if region not in written or written[region][0] != mark:
            written[region] = mark, save_part(storage, name, region, world.region_arrays(region))


def restore(
    storage: Storage, name: str, warehouse: Warehouse, setting: Setting, history: dict[str, NDArray], new_epoch: str
) -> Engine:
    """The engine as it was after its last commit: the newest snapshot, then every row stored since.

    The rows are the log: folding them gives the same state as never having stopped (tested), whatever model is
    champion now, because assessments are taken as they were made. Messages not committed are still on the bus.
    """
    epoch = epoch_of(warehouse)
    snapshot = newest(storage, name)
    if snapshot is not None and epoch in (None, snapshot.meta["epoch"]) and _stored(warehouse, snapshot):
        state = unpack_state(snapshot, setting.model, history)
    else:
        state = State.empty(setting.model, history, epoch or new_epoch)
    engine = Engine(setting, state)
    start = state.identities.processed_sequence
    _top_up(engine, warehouse)
    log.info("engine restored", snapshot=start, now=state.identities.processed_sequence, epoch=state.sequencer.epoch)
    return engine


def _stored(warehouse: Warehouse, snapshot: Snapshot) -> bool:
    """Whether the warehouse holds the report that the snapshot was taken after: else it is another warehouse's."""
    if snapshot.processed_sequence == 0:
        return True
    sql = "SELECT quake_id FROM event_reports WHERE processed_sequence = @last"
    found = warehouse.query(sql, {"last": snapshot.processed_sequence}).num_rows > 0
    if not found:
        log.warning("snapshot set aside: its reports are not in the warehouse", last=snapshot.processed_sequence)
    return found


def unpack_state(snapshot: Snapshot, model: Model, history: dict[str, NDArray]) -> State:
    """The state that `save_state` wrote, over the history it was begun with.

    States of regions that another model's parameters made are made anew: from history and the live part.
    """

    def records(key: str) -> list[dict[str, Any]]:
        return json.loads(snapshot.arrays[key].tobytes())

    world = world_of(model, history)
    columns = {k.removeprefix("world_"): v for k, v in snapshot.arrays.items() if k.startswith("world_")}
    world.restore(columns, snapshot.parts if snapshot.meta.get("state_key") == state_key(model) else {})
    chains = {chain.quake_id: chain for chain in map(chain_from_record, records("chains"))}
    sequencer = Sequencer(snapshot.meta["epoch"], snapshot.meta["seq"])
    identities = Identities.from_records(records("identities"))
    watch = Watch.from_state(records("watch"), COUNT) if "watch" in snapshot.arrays else Watch(COUNT)
    return State(identities, world, chains, sequencer, snapshot.meta["day"], watch)


def _top_up(engine: Engine, warehouse: Warehouse) -> None:
    """Folds the stored reports, and between them the ticks and drills that are known to have led to an alert."""
    state, after = engine.state, engine.state.identities.processed_sequence
    reports = list(_rows(warehouse, "event_reports", "processed_sequence", after))
    made = _rows(warehouse, "assessments", "processed_sequence", after)
    alerts = {alert.seq: alert for alert in _rows(warehouse, "alerts", "seq", state.sequencer.last_seq)}
    engine.recorded = {(row.quake_id, row.revision): row for row in made if row.role == ROLE}
    of_reports, told = {report.sequence for report in reports}, {alert.sequence: seq for seq, alert in alerts.items()}
    for report in reports:
        # A tick came first where its number says so, or where the report's own alert has the later place in the log.
        _apply_ticks(
            engine, alerts, of_reports, lambda a, r=report: a.sequence < r.sequence or a.seq < told.get(r.sequence, 0)
        )
        engine.process(report_of(report))
    _apply_ticks(engine, alerts, of_reports, lambda _alert: True)
    engine.recorded = {}
    if alerts and state.sequencer.last_seq != max(alerts):
        raise ValueError(
            f"the stored rows lead to alert {state.sequencer.last_seq}, but the log ends at {max(alerts)}: "
            "they were made by other rules; start with an empty data folder"
        )


def _apply_ticks(engine: Engine, alerts: dict[int, Alert], of_reports: set[int], due: Callable[[Alert], bool]) -> None:
    while (
        (alert := alerts.get(engine.state.sequencer.last_seq + 1))
        and (alert.drill or alert.sequence not in of_reports)
        and due(alert)
    ):
        if alert.drill and alert.message_type != "EXPIRED":
            engine.process(drill_of(alert))
        else:
            engine.expire_chain(alert.quake_id, alert.sent_at, alert.sequence)


def _rows(warehouse: Warehouse, table: str, order: str, after: int) -> Iterator[Any]:
    kind = TABLES[table].row
    sql = f"SELECT * FROM {table} WHERE {order} > @after ORDER BY {order}"
    for record in warehouse.query(sql, {"after": after}).to_pylist():
        yield from_record(kind, record)


def epoch_of(warehouse: Warehouse) -> str | None:
    """The life of the alert log that the rows belong to."""
    found = warehouse.query("SELECT epoch FROM alerts ORDER BY sent_at DESC, seq DESC LIMIT 1").to_pylist()
    return found[0]["epoch"] if found else None
