"""Work that is done again every few seconds beside the requests, whatever becomes of one time."""

import asyncio
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)


async def repeat(name: str, job: Callable[[], object], every_s: float) -> None:
    """Calls `job` in a thread, `every_s` apart, until cancelled; a failure is logged and the next time comes."""
    while True:
        try:
            await asyncio.to_thread(job)
        except Exception as error:  # pylint: disable=broad-exception-caught  # must outlive storage that fails
            log.error("failed, will be tried again", job=name, error=repr(error))
        await asyncio.sleep(every_s)
