"""Other people's SQL, answered in a process of its own that is ended when it takes too long or too much memory.

The warehouse's dialect lets through one SELECT over the tables and nothing else; its DuckDB reaches no file, network
or setting. What neither can promise is that a SELECT is small: REPEAT alone makes gigabytes of one row. Hence the cell.
"""

import json
import select
import subprocess
import sys
import time
from threading import Lock
from typing import Any

import structlog

from quake.settings import Settings

ROWS = 5_000
"""Most rows of an answer."""
BYTES = 2_000_000
"""Most bytes of an answer."""
SECONDS = 10.0
"""Longest that a question may take."""
START_SECONDS = 30.0
"""What the first question may take besides: the cell starts and fills its mirror."""
PATIENCE_S = 5.0
"""How long a question waits for those before it: they are answered one at a time."""

log = structlog.get_logger(__name__)


class Refused(ValueError):
    """The question cannot be answered; the text says why."""


class Busy(RuntimeError):
    """Another question is being answered."""


class Questions:
    """The cell, started at the first question; safe to use from several threads."""

    def __init__(self, settings: Settings, seconds: float = SECONDS) -> None:
        self._url, self._seconds = settings.warehouse, seconds
        self._lock = Lock()
        self._cell: subprocess.Popen[bytes] | None = None
        self._fresh = True

    def ask(self, sql: str, parameters: dict[str, Any], rows: int = ROWS) -> dict[str, Any]:
        """`columns`, `types`, `rows` and `cut`: `rows` or `bytes` where the answer was longer than allowed, else empty.

        Raises Refused for SQL that cannot be answered or is too dear, TimeoutError, and Busy.
        """
        if not self._lock.acquire(timeout=PATIENCE_S):  # pylint: disable=consider-using-with  # `with` cannot give up
            raise Busy("another question is being answered; ask again in a moment")
        try:
            asked = {"sql": sql, "parameters": parameters, "rows": rows, "bytes": BYTES, "seconds": self._seconds}
            return self._checked(self._exchange(json.dumps(asked).encode() + b"\n"))
        finally:
            self._lock.release()

    def close(self) -> None:
        """Ends the cell."""
        if self._cell is not None:
            self._cell.kill()
            self._cell.wait()
            for pipe in (self._cell.stdin, self._cell.stdout):
                pipe.close()
            self._cell = None

    def _exchange(self, line: bytes) -> bytes:
        cell = self._started()
        deadline = time.monotonic() + self._seconds + (START_SECONDS if self._fresh else 1.0)
        try:
            cell.stdin.write(line)
            cell.stdin.flush()
            answer = _read_line(cell, deadline)
        except (BrokenPipeError, TimeoutError):
            answer = None if cell.poll() is None else b""
        if not answer or not answer.endswith(b"\n"):
            log.warning("question ended", reason="time" if answer is None else "memory")
            self.close()
            if answer is None:
                raise TimeoutError(f"the question took longer than {self._seconds:g} s")
            raise Refused("the question needs more memory than a question may use")
        self._fresh = False
        return answer

    def _started(self) -> subprocess.Popen[bytes]:
        if self._cell is None or self._cell.poll() is not None:
            self.close()
            line = [sys.executable, "-m", "serving.question_cell", self._url]
            # pylint: disable-next=consider-using-with  # it outlives the question; `close` ends it
            self._cell = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
            self._fresh = True
        return self._cell

    def _checked(self, line: bytes) -> dict[str, Any]:
        answer = json.loads(line)
        kind = answer.get("error")
        if kind == "timeout":
            raise TimeoutError(f"the question took longer than {self._seconds:g} s")
        if kind == "memory":  # what it could not get, it may still hold part of
            self.close()
            raise Refused("the question needs more memory than a question may use")
        if kind == "sql":
            raise Refused(answer["text"])
        return answer


def _read_line(cell: "subprocess.Popen[bytes]", deadline: float) -> bytes:
    """The next line; what came of it when the cell has ended. Raises TimeoutError at the monotonic `deadline`."""
    parts: list[bytes] = []
    while not (parts and parts[-1].endswith(b"\n")):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([cell.stdout], [], [], left)[0]:
            raise TimeoutError
        part = cell.stdout.read(1 << 16)
        if not part:
            break
        parts.append(part)
    return b"".join(parts)
