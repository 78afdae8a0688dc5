"""Real processes of the service over a store of their own, for benchmarks of the alert stream."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import httpx
import psutil

from quake.adapters.bus import Bus, Message, open_bus
from quake.adapters.commit import commit
from quake.adapters.warehouse import Warehouse, open_warehouse
from quake.schema import Alert
from quake.settings import Settings
from serving.alert_log import ALERT

STREAM = "/v1/alerts/stream"
MODULES = {"gateway": ("serving.gateway", "QUAKE_STREAM_PORT"), "api": ("serving", "QUAKE_API_PORT")}
READY_S = 300.0


@dataclass(slots=True)
class Part:
    """One process that holds streams."""

    process: subprocess.Popen
    port: int

    @property
    def stream(self) -> str:
        """Where its stream is."""
        return f"ws://127.0.0.1:{self.port}{STREAM}"

    def cpu_s(self) -> float:
        """CPU seconds so far, user and system."""
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system

    def resident_mb(self) -> float:
        """Resident set in MB."""
        return psutil.Process(self.process.pid).memory_info().rss / 1e6

    def counted(self, name: str) -> float:
        """The value of one line of its metrics, 0 where it has none yet."""
        for line in httpx.get(f"http://127.0.0.1:{self.port}/metrics", timeout=30).text.splitlines():
            if line.startswith(f"{name} "):
                return float(line.split()[-1])
        return 0.0


@dataclass(slots=True)
class Stack:
    """A store in a temporary folder, and the processes started over it."""

    folder: Path = field(init=False)
    settings: Settings = field(init=False)
    bus: Bus = field(init=False)
    warehouse: Warehouse = field(init=False)
    _ends: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        self.folder = Path(self._ends.enter_context(TemporaryDirectory()))
        self.settings = Settings(data=self.folder)
        self.bus, self.warehouse = open_bus(self.settings.bus), open_warehouse(self.settings.warehouse)
        self._ends.callback(self.bus.close)
        self._ends.callback(self.warehouse.close)
        return self

    def __exit__(self, *_error: object) -> None:
        self._ends.close()

    def start(self, *kinds: str) -> list[Part]:
        """A `gateway` or an `api` for each, once all are ready."""
        parts = [self.run([sys.executable, "-m", MODULES[kind][0]], MODULES[kind][1]) for kind in kinds]
        self.until_ready(*parts)
        return parts

    def until_ready(self, *parts: Part) -> None:
        """Returns once all answer that they are ready. Raises RuntimeError when one ends or takes too long."""
        deadline = time.monotonic() + READY_S
        while not all(_ready(part.port) for part in parts):
            if any(part.process.poll() is not None for part in parts) or time.monotonic() > deadline:
                raise RuntimeError(f"not ready: {[part.process.args for part in parts]}")
            time.sleep(0.2)

    def run(self, command: list[str], setting: str) -> Part:
        """A process that is given a free port in `setting`, and ended with the stack."""
        port = free_port()
        own = {setting: str(port), "QUAKE_DATA": str(self.folder), "QUAKE_RATE_LIMIT": "0", "OMP_NUM_THREADS": "1"}
        own["QUAKE_LOG_JSON"] = "true"
        log = self._ends.enter_context((self.folder / f"{port}.log").open("wb"))
        # pylint: disable-next=consider-using-with  # it ends with the stack
        process = subprocess.Popen(command, env={**os.environ, **own}, stdout=log, stderr=log)
        self._ends.callback(_end, process)
        return Part(process, port)

    def publish(self, *alerts: Alert) -> None:
        """Rows and messages, as the engine commits them."""
        messages = [Message(ALERT.dump_json(alert), {"seq": str(alert.seq)}) for alert in alerts]
        commit(self.bus, self.warehouse, alerts, {"alerts": messages}, {})


def raise_file_limit() -> None:
    """As many sockets as the system lets us have."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _end(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
