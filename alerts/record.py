"""The notifier's hand on log and tables: one thread that asks and writes, rows of one moment in one commit."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from quake.adapters.bus import Bus, Received
from quake.adapters.commit import commit
from quake.adapters.sql import answer
from quake.adapters.topics import ALERTS, NOTIFY
from quake.adapters.warehouse import Warehouse
from quake.schema import Alert, from_record

PAGE = 1000
Row = dict[str, Any]


class Recorder:
    """Bus and warehouse, asked from one thread of its own."""

    def __init__(self, bus: Bus, warehouse: Warehouse) -> None:
        self._bus, self._warehouse = bus, warehouse
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="record")
        self._puller = ThreadPoolExecutor(1, thread_name_prefix="pull")
        self._rows: list[tuple[object, asyncio.Future]] = []
        self._writing: set[asyncio.Task] = set()

    async def write(self, row: object) -> None:
        """Writes one row, durable on return; rows that wait at the same time share a commit."""
        done = asyncio.get_running_loop().create_future()
        self._rows.append((row, done))
        if len(self._rows) == 1:
            writing = asyncio.create_task(self._flush())
            self._writing.add(writing)
            writing.add_done_callback(self._writing.discard)
        await done

    async def decide(self, rows: Sequence[object], leases: Sequence[str]) -> None:
        """Writes what was decided and settles the messages that led to it; in one transaction where there is one."""
        await self._run(commit, self._bus, self._warehouse, rows, {}, {NOTIFY: leases} if leases else {})

    async def subscribe(self) -> None:
        """Makes the durable subscription, if it is not there."""
        await self._run(self._bus.subscribe, ALERTS, NOTIFY)

    async def pull(self, timeout_s: float) -> list[Received]:
        """Messages of topic `alerts`: they say that the log has grown."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._puller, self._bus.pull, NOTIFY, 500, timeout_s)

    async def ask(self, name: str, **parameters: Any) -> list[Row]:
        """The rows that answer the named question."""
        found = await self._run(self._warehouse.query, answer(name), parameters)
        return found.to_pylist()

    async def alerts(self, name: str, **parameters: Any) -> list[Alert]:
        """The same, of rows that are alerts."""
        return [alert_of(row) for row in await self.ask(name, **parameters)]

    async def alerts_after(self, epoch: str, seq: int) -> list[Alert]:
        """The next messages of the log, oldest first, at most `PAGE`."""
        return await self.alerts("alerts_since", epoch=epoch, seq=seq, limit=PAGE)

    async def close(self) -> None:
        """Waits for what is being written."""
        await asyncio.to_thread(self._puller.shutdown)
        await asyncio.to_thread(self._thread.shutdown)

    async def _flush(self) -> None:
        rows, self._rows = self._rows, []
        try:
            await self._run(self._warehouse.insert, [row for row, _ in rows])
        except Exception as error:  # pylint: disable=broad-exception-caught  # handed to each who waits
            _settle(rows, lambda done: done.set_exception(error))
            return
        _settle(rows, lambda done: done.set_result(None))

    async def _run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)


def alert_of(row: Row) -> Alert:
    """The alert in a row that may hold more."""
    return from_record(Alert, row)


def _settle(rows: list[tuple[object, asyncio.Future]], settle: Callable[[asyncio.Future], None]) -> None:
    for _, done in rows:
        if not done.done():
            settle(done)
