"""Runs the gateway: `python -m serving.gateway`, on QUAKE_STREAM_PORT."""

import asyncio
import gc
import logging
import resource
import signal
from contextlib import closing

from quake.adapters.bus import open_bus
from quake.adapters.log import configure
from quake.adapters.storage import open_storage
from quake.adapters.warehouse import open_warehouse
from quake.settings import Settings
from serving.gateway.server import Gateway
from serving.unguarded import refuse_unguarded


def run_gateway(settings: Settings) -> None:
    """Serves the stream until SIGTERM or SIGINT. Raises SystemExit where the address would need keys that are not
    set."""
    refuse_unguarded(settings)
    configure("gateway", settings.log_json)
    raise_file_limit()
    logging.getLogger("websockets.server").addFilter(_tells_of_us)
    with closing(open_bus(settings.bus)) as bus, closing(open_warehouse(settings.warehouse)) as warehouse:
        asyncio.run(_until_stopped(Gateway(settings, bus, warehouse, open_storage(settings.storage))))


def raise_file_limit() -> None:
    """Each stream is a file: as many as the system lets us have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _tells_of_us(record: logging.LogRecord) -> bool:
    """Half-open connections and other people's handshakes are not worth a traceback each."""
    return record.getMessage() != "opening handshake failed"


async def _until_stopped(gateway: Gateway) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with gateway.open():
        # Nothing of what is here by now goes away before the end: no collection, in which all wait, looks at it again.
        gc.collect()
        gc.freeze()
        await stopped.wait()


if __name__ == "__main__":
    run_gateway(Settings())
