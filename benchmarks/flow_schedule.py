"""Whether schedules run: a real Prefect server, the drift flow by cron each minute, and the clock.

    python -m benchmarks.flow_schedule [--port N]

Prefect's scheduler fails with SQLAlchemy 2.1 (`InvalidRequestError`): the pin in pyproject.toml is what this proves.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from threading import Thread

LONGEST_S = 240.0


def main() -> None:
    """Starts server and flow, waits for a run that the scheduler made, prints its seconds."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, default=4219)
    port = parser.parse_args().port
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"QUAKE_DATA": folder, "DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
        print(json.dumps(_raced(Path(folder), port) | {name: version(name) for name in ("prefect", "sqlalchemy")}))
        # The serving thread ends with the process only.
        os._exit(0)


def _raced(folder: Path, port: int) -> dict[str, object]:
    from contextvars import copy_context

    from prefect import serve

    from batch.flows import FLOWS, server
    from quake.settings import Settings

    started = time.monotonic()
    with server(Settings(data=folder), port):
        each_minute = FLOWS["drift"].to_deployment("each minute", cron="* * * * *")
        context = copy_context()
        Thread(target=context.run, args=(serve, each_minute), kwargs={"pause_on_shutdown": False}, daemon=True).start()
        found = asyncio.run(_scheduled(started))
    return {"seconds": round(time.monotonic() - started, 1)} | found


async def _scheduled(started: float) -> dict[str, object]:
    from prefect import get_client
    from prefect.client.schemas.sorting import FlowRunSort
    from prefect.states import StateType

    async with get_client() as client:
        while time.monotonic() - started < LONGEST_S:
            for run in await client.read_flow_runs(sort=FlowRunSort.EXPECTED_START_TIME_ASC, limit=10):
                if run.auto_scheduled and run.state_type in (StateType.COMPLETED, StateType.FAILED):
                    return {"flow_run": run.name, "state": run.state_type.value, "due": str(run.expected_start_time)}
            await asyncio.sleep(2)
    raise TimeoutError(f"no scheduled run ended within {LONGEST_S:g} s")


if __name__ == "__main__":
    main()
