"""A real gateway in a thread."""

import asyncio
import threading

from quake.adapters.storage import open_storage
from serving.gateway.server import Gateway


class Running:
    """A gateway in a thread."""

    def __init__(self, world, port, **changed):
        self.settings = world.settings.model_copy(update=changed | {"stream_port": port})
        self.gateway = Gateway(self.settings, world.bus, world.warehouse, open_storage(self.settings.storage))
        self.url = f"http://127.0.0.1:{port}"
        self.stream = f"ws://127.0.0.1:{port}/v1/alerts/stream"
        self._loop, self._stopped = asyncio.new_event_loop(), asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),), daemon=True)
        self._thread.start()

    async def _run(self):
        async with self.gateway.open():
            await self._stopped.wait()

    def stop(self):
        """Once more is no error."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join(60)
        assert not self._thread.is_alive()
        self._loop.close()

    def value(self, metric):
        """Of a gauge or counter."""
        return metric._value.get()  # pylint: disable=protected-access

    @property
    def open_streams(self):
        return self.value(self.gateway.metrics.subscribers.labels("websocket"))
