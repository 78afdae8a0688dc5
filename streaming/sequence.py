"""The one order of all messages, and the minutes that pass in it. Pure: the caller says what time it is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MILLISECOND = timedelta(milliseconds=1)
PER_MS = 1024
"""Sequence numbers in a millisecond."""
MAX_TICKS = 1440
"""Of a longer gap only the last day's ticks are made up for."""


class Sequencer:
    """Gives out strictly increasing numbers that name a time, and the ticks that are due. `last` restores it."""

    def __init__(self, last: int = 0) -> None:
        self.last = last
        self._minute: datetime | None = None

    def next(self, at: datetime) -> int:
        """The next number: `at` in ms times 1024, or one more than the last if that is larger."""
        self.last = max(self.last + 1, (at - EPOCH) // MILLISECOND * PER_MS)
        return self.last

    def due(self, at: datetime) -> Iterator[datetime]:
        """The whole minutes reached since the last call, oldest first; none at the first call."""
        minute = at.replace(second=0, microsecond=0)
        if self._minute is not None and minute > self._minute:
            missed = min((minute - self._minute) // MINUTE, MAX_TICKS)
            yield from (minute - back * MINUTE for back in range(missed - 1, -1, -1))
        self._minute = max(minute, self._minute or minute)
