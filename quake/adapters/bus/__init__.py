"""The message bus port: topics, durable subscriptions, leases. One file and one row in `BUSES` a scheme."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from types import MappingProxyType
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """What is published: bytes and a few strings beside them."""

    data: bytes
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Received:
    """A message on loan: `lease` settles it, `attempt` counts deliveries from 1."""

    lease: str
    data: bytes
    attributes: Mapping[str, str]
    attempt: int


class Bus(Protocol):
    """At-least-once delivery. A pulled message comes back after its lease unless it is acked."""

    def subscribe(self, topic: str, subscription: str) -> None:
        """Makes the durable subscription if it is not there; it gets what is published from then on."""

    def unsubscribe(self, subscription: str) -> None:
        """Ends the subscription: nothing is kept for it any longer. One that is not there is no error."""

    def publish(self, topic: str, messages: Sequence[Message]) -> None:
        """Appends the messages to the topic, durably, in this order."""

    def pull(self, subscription: str, limit: int = 100, timeout_s: float = 1.0) -> list[Received]:
        """Up to `limit` messages, oldest first; waits up to `timeout_s` for the first, then may return none."""

    def ack(self, subscription: str, leases: Sequence[str]) -> None:
        """Settles the messages for good. Leases that have run out are ignored."""

    def nack(self, subscription: str, leases: Sequence[str]) -> None:
        """Hands the messages back at once; after `max_attempts` they go to topic `{topic}.dead`."""

    def backlog(self, subscription: str) -> int:
        """Messages not acked yet."""

    def close(self) -> None:
        """Lets go of every connection."""


BUSES: dict[str, str] = {
    "pubsub": "quake.adapters.bus.pubsub:PubSubBus",
    "sqlite": "quake.adapters.bus.sqlite:SqliteBus",
}
"""Scheme -> `module:class`; the class takes the URL."""


def open_bus(url: str) -> Bus:
    """The bus at `url`. Raises ValueError naming the known schemes."""
    return adapter("bus", BUSES, url)(url)


def adapter(port: str, table: Mapping[str, str], url: str) -> Callable[[str], Any]:
    """The class that `table` names for the scheme of `url`, imported only now."""
    scheme = url.partition("://")[0]
    if scheme not in table:
        raise ValueError(f"no {port} for {url!r}; known: {', '.join(sorted(table))}")
    module, _, name = table[scheme].partition(":")
    return getattr(import_module(module), name)
