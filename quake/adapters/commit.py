"""The engine's commit: rows, then messages, then acks; one transaction where bus and warehouse share a file."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from quake.adapters.bus import Bus, Message
from quake.adapters.warehouse import Warehouse


def together(bus: Bus, warehouse: Warehouse) -> AbstractContextManager[None]:
    """One transaction over both when they are one store; else nothing, and the order of calls carries the promise."""
    store = getattr(bus, "store", None)
    if store is not None and store is getattr(warehouse, "store", None):
        return store.transaction()
    return nullcontext()


def commit(
    bus: Bus,
    warehouse: Warehouse,
    rows: Sequence[object],
    messages: Mapping[str, Sequence[Message]],
    acks: Mapping[str, Sequence[str]],
) -> None:
    """Writes `rows`, publishes `messages` by topic, then acks leases by subscription."""
    with together(bus, warehouse):
        warehouse.insert(rows)
        for topic, batch in messages.items():
            bus.publish(topic, batch)
        for subscription, leases in acks.items():
            bus.ack(subscription, leases)
