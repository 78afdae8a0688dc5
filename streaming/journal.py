"""How a step's state lies in three cells of a key: a dump, the payloads since, and a token that names both.

A process keeps the step in memory and trusts it while its token is the stored one; after a failed bundle, a move or a
restart the tokens differ, and the step is made again. Payloads with a number wait until their turn.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from typing import Protocol

from streaming.records import Output
from streaming.steps import Step

LEAST_BYTES = 200_000
"""A dump is written once the payloads since weigh more than the last one, and at least so much: the cost of keeping
state stays flat, and making a step again costs about as much as reading its dump."""


class Cell(Protocol):
    """One value, as Beam's ReadModifyWriteState."""

    def read(self) -> bytes | None:
        """What was written last."""

    def write(self, value: bytes) -> None:
        """Replaces it."""


class Bag(Protocol):
    """Values in no order, as Beam's BagState."""

    def read(self) -> Iterable[bytes]:
        """All of them."""

    def add(self, value: bytes) -> None:
        """One more."""

    def clear(self) -> None:
        """None any more."""


@dataclass(slots=True)
class Cells:
    """What is stored under one key."""

    token: Cell
    dump: Cell
    since: Bag


@dataclass(slots=True)
class Token:
    """Which payloads a step has been given, in which order; equal tokens mean equal states."""

    digest: str = ""
    next: int = 1
    """The number whose turn it is; as of the dump in the stored token."""
    count: int = 0
    """Payloads since the dump."""
    since_bytes: int = 0
    dump_bytes: int = 0


@dataclass(slots=True)
class Kept:
    """A step in memory, and the payloads that wait for their turn."""

    step: Step
    next: int = 1
    waiting: dict[int, bytes] = field(default_factory=dict)
    digest: str = ""

    def take(self, number: int, payload: bytes) -> list[Output]:
        """What follows from the payload and those that waited for it; number 0 has no turn to wait for."""
        if number == 0:
            return [self.step.take(payload)]
        if number >= self.next:
            self.waiting[number] = payload
        outputs = []
        while self.next in self.waiting:
            outputs.append(self.step.take(self.waiting.pop(self.next)))
            self.next += 1
        return outputs


class Journal:
    """The steps that one process keeps in memory, by key. Threads may share it, each with other keys."""

    def __init__(self, begin: Callable[[str], Step]) -> None:
        self._begin = begin
        self._kept: dict[str, Kept] = {}

    def take(self, key: str, number: int, payload: bytes, cells: Cells) -> list[Output]:
        """Gives the key's step a payload and stores what it has become; on an exception nothing is stored."""
        token = _token(cells.token.read())
        kept = self._kept.pop(key, None)
        if kept is None or kept.digest != token.digest:
            kept = self._made(key, token, cells)
        outputs = kept.take(number, payload)
        token = _store(kept, token, number, payload, cells)
        kept.digest = token.digest
        self._kept[key] = kept
        cells.token.write(json.dumps(asdict(token)).encode())
        return outputs

    def _made(self, key: str, token: Token, cells: Cells) -> Kept:
        kept = Kept(self._begin(key), token.next, digest=token.digest)
        dumped = cells.dump.read()
        if dumped:
            kept.step.load(dumped)
        for entry in sorted(cells.since.read()) if token.count else ():
            kept.take(int.from_bytes(entry[8:16]), entry[16:])
        return kept


def _store(kept: Kept, token: Token, number: int, payload: bytes, cells: Cells) -> Token:
    digest = blake2b(payload + number.to_bytes(8), key=token.digest.encode(), digest_size=16).hexdigest()
    size = token.since_bytes + len(payload)
    if size <= max(token.dump_bytes, LEAST_BYTES):
        cells.since.add(_entry(token.count, number, payload))
        return Token(digest, token.next, token.count + 1, size, token.dump_bytes)
    dumped = kept.step.dump()
    cells.dump.write(dumped)
    cells.since.clear()
    for count, waiting in enumerate(kept.waiting.items()):
        cells.since.add(_entry(count, *waiting))
    return Token(digest, kept.next, len(kept.waiting), sum(map(len, kept.waiting.values())), len(dumped))


def _entry(count: int, number: int, payload: bytes) -> bytes:
    return count.to_bytes(8) + number.to_bytes(8) + payload


def _token(stored: bytes | None) -> Token:
    return Token(**json.loads(stored)) if stored else Token()
