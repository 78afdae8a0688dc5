"""A viewer of the map without a browser: a client of Streamlit's own WebSocket and of the alert stream."""

import asyncio
import time

from streamlit.proto import BackMsg_pb2, ForwardMsg_pb2
from websockets.asyncio.client import ClientConnection, connect

REFRESH_S = 5.0
"""As in dashboard/pages_map.py."""


class Viewer:
    """A session of the map without a browser."""

    def __init__(self, address: str, stream: str) -> None:
        self._wire, self._stream = address.replace("http", "ws") + "/_stcore/stream", stream
        self.loaded = asyncio.Event()
        self.bytes = 0
        self.took_s: list[float] = []
        """Of each refresh so far, from when it was due."""

    async def look(self) -> None:
        """Loads the map and refreshes it until cancelled."""
        async with connect(self._wire, max_size=None, subprotocols=["streamlit"], proxy=None) as wire:
            async with connect(self._stream, proxy=None) as alerts:
                listening = asyncio.create_task(_drain(alerts))
                try:
                    fragment = await self._run(wire, "")
                    self.loaded.set()
                    start = time.monotonic()
                    while True:
                        start += REFRESH_S
                        await asyncio.sleep(max(0.0, start - time.monotonic()))
                        await self._run(wire, fragment)
                        self.took_s.append(time.monotonic() - start)
                finally:
                    listening.cancel()

    async def _run(self, wire: ClientConnection, fragment: str) -> str:
        """One run of the script, or of the fragment that refreshes; the id of that fragment."""
        asked = BackMsg_pb2.BackMsg()  # pylint: disable=no-member  # made at import from its description
        asked.rerun_script.query_string = ""
        asked.rerun_script.fragment_id = fragment
        await wire.send(asked.SerializeToString())
        while True:
            data = await wire.recv()
            self.bytes += len(data)
            message = ForwardMsg_pb2.ForwardMsg.FromString(data)  # pylint: disable=no-member
            if message.WhichOneof("type") == "auto_rerun":
                fragment = message.auto_rerun.fragment_id
            if message.WhichOneof("type") == "script_finished":
                return fragment


async def _drain(alerts: ClientConnection) -> None:
    async for _ in alerts:
        pass
