"""The process `python -m alerts` (`quake notify`): hands alerts to subscribers by mail and webhook."""

import asyncio
import fcntl
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

import structlog

from alerts.cap import check_sender
from alerts.channels import Parcel, open_channels
from alerts.notifier import Notifier
from alerts.outbox import Outbox
from alerts.record import Recorder
from quake.adapters.bus import open_bus
from quake.adapters.log import configure
from quake.adapters.storage import open_storage
from quake.adapters.warehouse import open_warehouse
from quake.settings import Settings

log = structlog.get_logger(__name__)


def run_notifier(settings: Settings) -> None:
    """Delivers until SIGTERM or SIGINT. Raises ValueError for settings that cannot be meant."""
    check_sender(settings.sender)
    with only_one(settings.data / f"notify-{crc32(settings.warehouse.encode()):08x}.lock"):
        _serve(settings)


def _serve(settings: Settings) -> None:
    bus, warehouse = open_bus(settings.bus), open_warehouse(settings.warehouse)
    try:
        asyncio.run(_run(settings, Recorder(bus, warehouse)))
    finally:
        warehouse.close()
        bus.close()


@contextmanager
def only_one(file: Path) -> Iterator[None]:
    """Holds the file for this process, and nobody else does. Raises ValueError when another one holds it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ValueError(f"another notifier serves this alert log: it holds {file}") from error
        yield


async def _run(settings: Settings, recorder: Recorder) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    outbox = Outbox(open_channels(settings), recorder.write, lambda parcel: _stands(parcel, notifier))
    notifier = Notifier(recorder, open_storage(settings.storage), outbox)
    try:
        await notifier.run(stopped)
    finally:
        await recorder.close()
    log.info("notifier stopped", waiting=outbox.waiting, **outbox.counts)


def _stands(parcel: Parcel, notifier: Notifier) -> bool:
    """Whether the recipient has a subscription still."""
    wanted = parcel.to.channel, parcel.to.recipient
    return any((each.channel, each.recipient) == wanted for each in notifier.subscriptions.values())


if __name__ == "__main__":
    SETTINGS = Settings()
    configure("notify", SETTINGS.log_json)
    run_notifier(SETTINGS)
