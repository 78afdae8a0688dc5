"""Who listens, by filter: listeners with one filter differ in nothing but the message they were sent last."""

import asyncio
import copy
import time
from collections.abc import Iterator
from itertools import chain, count
from operator import attrgetter

from alerts.audience import Audience
from alerts.filter import Filter
from quake.schema import Alert
from serving.gateway.connection import StreamConnection
from serving.gateway.points import PointFilter, Points
from serving.subscriber import Subscriber

LINGER_S = 60.0
"""A filter without listeners is kept up to date this long, for those who come back."""
_NUMBERS = count()
_number = attrgetter("number")


class Listener:
    """A connection that hears the log as it grows."""

    __slots__ = ("connection", "heard_at", "moved", "number", "place", "sent", "write")

    def __init__(self, connection: StreamConnection, place: Subscriber) -> None:
        self.connection, self.place, self.number = connection, place, next(_NUMBERS)
        self.write = connection.transport.write
        self.sent, self.heard_at = place.sent, time.monotonic()
        self.moved: asyncio.Future[None] | None = None
        """Done when the listener has to go on by itself, or has left."""

    def go_on(self) -> None:
        """Says so; once more is no error."""
        if self.moved and not self.moved.done():
            self.moved.set_result(None)


class Group:
    """Listeners with one filter, and what they know."""

    def __init__(self, wanted: Filter, audience: Audience) -> None:
        self.wanted, self.audience = wanted, audience
        self.listeners: dict[Listener, None] = {}
        self.left_at = time.monotonic()

    def knowledge(self) -> Audience:
        """What the group knows, for one who goes on alone."""
        return _copied(self.audience, self.wanted)


class Groups:
    """All listeners."""

    def __init__(self) -> None:
        self._groups: dict[Filter, Group] = {}
        self._points = Points()

    def __bool__(self) -> bool:
        return bool(self._groups)

    def known(self, wanted: Filter) -> Audience | None:
        """What those with this filter know; None when there are none."""
        group = self._groups.get(wanted)
        return group.knowledge() if group else None

    def everyone(self) -> Iterator[Listener]:
        """Every listener."""
        return (listener for group in self._groups.values() for listener in group.listeners)

    def hearing(self, alert: Alert) -> list[Listener]:
        """Those for whom the next message of the log is, as they came: the kernel writes to sockets in the order in
        which they were made for a fifth less than across them."""
        self._points.ask(alert)
        groups = [group for group in self._groups.values() if group.audience.offer(alert)]
        return sorted(chain.from_iterable(group.listeners for group in groups), key=_number)

    def add(self, listener: Listener) -> None:
        """Takes in one whose place knows as much as all others."""
        place = listener.place
        group = self._groups.get(place.audience.wanted) or self._make(place.audience)
        group.listeners[listener] = None
        listener.sent, listener.heard_at = place.sent, time.monotonic()
        listener.moved = asyncio.get_running_loop().create_future()

    def remove(self, listener: Listener) -> None:
        """Lets one go who may be there."""
        group = self._groups.get(listener.place.audience.wanted)
        if group and listener in group.listeners:
            del group.listeners[listener]
            group.left_at = time.monotonic()

    def settle(self) -> list[Group]:
        """Those with listeners; those that have had none for a while are forgotten."""
        long_ago = time.monotonic() - LINGER_S
        for group in [group for group in self._groups.values() if not group.listeners and group.left_at < long_ago]:
            del self._groups[group.wanted]
            self._points.remove(group.wanted)
        return [group for group in self._groups.values() if group.listeners]

    def _make(self, audience: Audience) -> Group:
        wanted = audience.wanted
        stands_for: Filter | PointFilter = wanted if wanted.latitude is None else self._points.add(wanted)
        self._groups[wanted] = Group(wanted, _copied(audience, stands_for))
        return self._groups[wanted]


def _copied(audience: Audience, wanted: Filter | PointFilter) -> Audience:
    """A copy that goes on by itself, with `wanted` in place of its filter."""
    return copy.deepcopy(audience, {id(audience.wanted): wanted})
