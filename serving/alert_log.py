"""The newest part of the alert log in memory: in order, each message encoded once for all who hear it."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter

from quake.schema import Alert, from_record
from serving.config import MEMORY

ALERT: TypeAdapter[Alert] = TypeAdapter(Alert)
"""Reads and writes an alert as JSON: on the bus, in frames, in lists."""
TERMINAL = ("CANCEL", "EXPIRED")


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame and the place in the log that a client holds once it has it."""

    type: str
    text: str
    seq: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of the log as filters see it, and its whole JSON."""

    alert: Alert
    """Without its forecast, which is the most of it."""
    body: str

    def frame(self, previous_seq: int) -> Frame:
        """The frame for a subscriber who was last sent `previous_seq`."""
        text = f'{{"type":"alert","previous_seq":{previous_seq},"alert":{self.body}}}'
        return Frame("alert", text, self.alert.seq)


def entry_of(alert: Alert) -> Entry:
    """The log entry of an alert."""
    return Entry(replace(alert, forecast=()), ALERT.dump_json(alert).decode())


def entry_of_row(row: dict[str, Any]) -> Entry:
    """The log entry of a row of table `alerts`."""
    return entry_of(from_record(Alert, row))


def entry_of_message(data: bytes) -> Entry:
    """The log entry of a message of topic `alerts`. Raises ValueError when it is no alert."""
    return entry_of(ALERT.validate_json(data))


class AlertLog:
    """Messages of one epoch by increasing `seq`. Older ones are dropped, save those of chains that go on."""

    def __init__(self) -> None:
        self.epoch = ""
        self.first_seq = 0
        """Every message after this one is in memory."""
        self._entries: list[Entry] = []
        self._chains: dict[str, list[Entry]] = {}
        self._open: set[str] = set()

    @property
    def last_seq(self) -> int:
        """The newest message; 0 before the first."""
        return self._entries[-1].alert.seq if self._entries else self.first_seq

    def append(self, entry: Entry) -> None:
        """Takes in the next message. Raises ValueError when it is not after the last."""
        if entry.alert.seq <= self.last_seq:
            raise ValueError(f"seq {entry.alert.seq} is not after {self.last_seq}")
        self.epoch = entry.alert.epoch
        self._entries.append(entry)
        self._chains.setdefault(entry.alert.quake_id, []).append(entry)
        (self._open.discard if entry.alert.message_type in TERMINAL else self._open.add)(entry.alert.quake_id)
        if len(self._entries) > MEMORY + _spare():
            self._forget(_spare())

    def after(self, seq: int) -> Sequence[Entry]:
        """The messages after `seq` that are in memory, oldest first."""
        return self._entries[bisect_right(self._entries, seq, key=_seq) :]

    def between(self, seq: int, end: int) -> Sequence[Entry]:
        """Those of `after` up to message `end`."""
        if seq >= end:
            return ()
        last = bisect_right(self._entries, end, key=_seq)
        return self._entries[bisect_right(self._entries, seq, key=_seq) : last]

    def background(self, seq: int) -> list[Entry]:
        """What a subscriber at `seq` must be taken to know of, oldest first: its messages of chains that go on after
        it, or may do so. `seq` is not before `first_seq`."""
        going_on = self._open | {entry.alert.quake_id for entry in self.after(seq)}
        known = (entry for chain in going_on for entry in self._chains[chain] if entry.alert.seq <= seq)
        return sorted(known, key=_seq)

    def _forget(self, count: int) -> None:
        for entry in self._entries[:count]:
            if entry.alert.message_type in TERMINAL:
                self._let_go(entry)
        self.first_seq = self._entries[count - 1].alert.seq
        del self._entries[:count]

    def _let_go(self, end: Entry) -> None:
        """Forgets a chain up to its end; an earthquake that came back after it goes on."""
        chain = [entry for entry in self._chains[end.alert.quake_id] if entry.alert.seq > end.alert.seq]
        if chain:
            self._chains[end.alert.quake_id] = chain
        else:
            del self._chains[end.alert.quake_id]


def _spare() -> int:
    """Forgotten at once, because one at a time would cost more."""
    return max(1, MEMORY // 10)


def _seq(entry: Entry) -> int:
    return entry.alert.seq
