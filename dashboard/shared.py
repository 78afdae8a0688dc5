"""Answers that all viewers share: each is asked for once in a while, however many look."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any


class Shared:
    """The `kept` newest answers by key; safe to use from several threads. Neither an error nor None is kept."""

    def __init__(self, kept: int = 64, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = kept, clock
        self._kept: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._locks: dict[Hashable, Lock] = {}
        self._lock = Lock()

    def get(self, key: Hashable, seconds: float, ask: Callable[[], Any]) -> Any:
        """What `ask()` gave under `key` within the last `seconds`; only one thread asks at a time."""
        with self._lock:
            asking = self._locks.setdefault(key, Lock())
        with asking:
            at, answer = self._kept.get(key, (float("-inf"), None))
            if self._clock() - at >= seconds:
                answer = ask()
                if answer is not None:
                    self._keep(key, answer)
        return answer

    def _keep(self, key: Hashable, answer: Any) -> None:
        with self._lock:
            self._kept[key] = (self._clock(), answer)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                forgotten, _ = self._kept.popitem(last=False)
                self._locks.pop(forgotten, None)
