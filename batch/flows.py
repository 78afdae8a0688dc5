"""The Prefect flows over `batch.flow_steps`, when they run, and the local server with schedules, triggers and a UI."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

import httpx
import structlog
from prefect import flow, serve, task
from prefect.cache_policies import NO_CACHE
from prefect.events import DeploymentEventTrigger, emit_event

from batch.flow_steps import STEPS, waiting_alarms
from quake.settings import Settings

DRIFT = "quake.drift"
"""The event that starts `retrain`."""
CRONS = {"chain": "0 3 1 * *", "score": "30 1 * * *", "drift": "0 2 * * *"}
"""UTC: the whole chain each month, outcomes and windows each day."""

log = structlog.get_logger(__name__)


def as_task(step: Callable[..., Any], *arguments: Any) -> Any:
    """The step as a Prefect task of its name; steps keep their own results, so nothing is cached."""
    return task(step, name=step.__name__, cache_policy=NO_CACHE, persist_result=False)(*arguments)


def _run(name: str) -> str:
    return str(STEPS[name](Settings(), datetime.now(UTC), as_task))


@flow(name="chain", persist_result=False)
def chain() -> str:
    """Profile, prepare, train, register, judge, promote or refuse."""
    return _run("chain")


@flow(name="retrain", persist_result=False)
def retrain() -> str:
    """The chain after drift."""
    return _run("retrain")


@flow(name="score", persist_result=False)
def score() -> str:
    """Forecasts beside what came."""
    return _run("score")


@flow(name="drift", persist_result=False)
def drift() -> str:
    """Two windows of the warehouse, compared."""
    return _run("drift")


FLOWS = {"chain": chain, "retrain": retrain, "score": score, "drift": drift}


def serve_flows(settings: Settings, port: int = 4200) -> None:
    """A Prefect server on loopback, the flows with their schedules and triggers, until a signal ends it."""
    stopped = Event()
    with server(settings, port):
        # Prefect keeps the server's address in a context variable: a bare thread would start a server of its own.
        watcher = Thread(target=copy_context().run, args=(announce_drift, settings, stopped), daemon=True)
        watcher.start()
        try:
            serve(*deployments(), pause_on_shutdown=False)
        finally:
            stopped.set()


def deployments() -> list[Any]:
    """Every flow as a deployment: by cron, and `retrain` by the drift event."""
    trigger = DeploymentEventTrigger(name="retrain on drift", expect={DRIFT}, enabled=True)
    made = [FLOWS[name].to_deployment(name, cron=cron) for name, cron in CRONS.items()]
    return [*made, FLOWS["retrain"].to_deployment("retrain", triggers=[trigger], concurrency_limit=1)]


def announce_drift(
    settings: Settings, stopped: Event, every_s: float = 10.0, emit: Callable[..., Any] = emit_event
) -> None:
    """Emits one drift event whenever alarms wait for a decision that have not been told of."""
    told: set[tuple[Any, ...]] = set()
    while not stopped.wait(every_s):
        keys = {(row["region"], row["statistic"], row["processed_sequence"]) for row in waiting_alarms(settings)}
        if keys - told:
            names = sorted(f"{region}/{statistic}" for region, statistic, _ in keys - told)
            emit(DRIFT, {"prefect.resource.id": "quake.drift-watch"}, payload={"alarms": names})
            log.info("drift announced", alarms=names)
            told |= keys


@contextmanager
def server(settings: Settings, port: int, timeout_s: float = 90.0) -> Iterator[str]:
    """A Prefect server of our own, its state in the data folder; yields its address, which the process then uses."""
    from prefect import settings as prefect_settings

    home, url = settings.data / "prefect", f"http://127.0.0.1:{port}/api"
    home.mkdir(parents=True, exist_ok=True)
    quiet = {"PREFECT_LOGGING_SERVER_LEVEL": "WARNING", "PREFECT_UI_API_URL": url}
    environment = os.environ | {"PREFECT_HOME": str(home)} | quiet
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            _wait(url, process, timeout_s)
            os.environ["PREFECT_API_URL"] = url
            with prefect_settings.temporary_settings({prefect_settings.PREFECT_API_URL: url}):
                yield url
        finally:
            os.environ.pop("PREFECT_API_URL", None)
            process.terminate()


def _wait(url: str, process: subprocess.Popen, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/health", timeout=2.0).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise TimeoutError(f"no Prefect server at {url} after {timeout_s:g} s; is the port taken?")
