"""A filled store and the API over it on a free port of this machine, for the benchmarks of serving."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from quake.adapters.bus import Message, open_bus
from quake.adapters.commit import commit
from quake.adapters.registry import committed
from quake.adapters.registry.alias import place, read_model, write_aliases
from quake.adapters.snapshot import pack
from quake.adapters.storage import open_storage
from quake.adapters.warehouse import open_warehouse
from quake.model import as_arrays
from quake.risk import HORIZONS_DAYS, MAGNITUDES
from quake.schema import Alert, Assessment, EventReport, Exceedance, Forecast
from quake.settings import Settings
from serving.alert_log import ALERT

START = datetime(2023, 2, 6, 1, 17, 34, tzinfo=UTC)
EXPECTED = {"expected": 0.06, "probability": 0.06, "baseline_expected": 0.004, "baseline_probability": 0.004}
ROWS = tuple(
    Exceedance(horizon_days=days, magnitude_min=least, gain=15.0, **EXPECTED)
    for days in HORIZONS_DAYS
    for least in MAGNITUDES
)
QUAKES, ALERTS, CELLS = 300, 100, 200


def fill(settings: Settings) -> None:
    """Earthquakes in two revisions, their reports, an alert log, a scheduled grid, the champion's plain part."""
    payload, provenance = committed()
    storage = open_storage(settings.storage)
    plain = pack(as_arrays(replace(read_model(payload, "default"), etas=None)))  # its forecast needs no snapshot
    write_aliases(storage, {"champion": place(storage, "default", plain, provenance, START.isoformat())})
    with closing(open_bus(settings.bus)) as bus, closing(open_warehouse(settings.warehouse)) as warehouse:
        numbers = range(1, QUAKES + 1)
        made = [_assessment(number, revision) for number in numbers for revision in (1, 2)]
        warehouse.insert(
            [*made, *map(_report, made), *(_cell(n, days) for n in range(CELLS) for days in HORIZONS_DAYS)]
        )
        alerts = [_alert(number) for number in range(1, ALERTS + 1)]
        commit(bus, warehouse, alerts, {"alerts": [Message(ALERT.dump_json(alert)) for alert in alerts]}, {})


@contextmanager
def served(settings: Settings) -> Iterator[tuple[str, subprocess.Popen]]:
    """The API's address, and its process, which is ended afterwards."""
    port = free_port()
    environment = {"QUAKE_DATA": str(settings.data), "QUAKE_API_PORT": str(port), "QUAKE_RATE_LIMIT": "0"}
    command = [sys.executable, "-m", "serving"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=os.environ | environment, **quiet) as process:
        try:
            yield _once_ready(f"http://127.0.0.1:{port}"), process
        finally:
            process.terminate()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def resident_mb(process: subprocess.Popen) -> float:
    """Memory of the process now, MB."""
    for line in Path(f"/proc/{process.pid}/status").read_text("utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise LookupError("the process has no memory: it has ended")


def _once_ready(url: str) -> str:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/health/ready", timeout=5).status_code == 200:
                return url
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise TimeoutError(f"no API at {url} within 300 s")


def _assessment(number: int, revision: int) -> Assessment:
    when = START + timedelta(minutes=number)
    return Assessment(
        quake_id=f"us{number:06d}", revision=revision, role="champion", model_version="default", status="active",
        superseded_by=None, sequence=2 * number + revision, processed_sequence=2 * number + revision,
        assessed_at=when + timedelta(minutes=revision), origin_time=when, latitude=float(number % 150 - 75),
        longitude=float(number * 7 % 360 - 180), depth_km=10.0, magnitude=4.0 + number % 40 / 10,
        magnitude_type="mww", review_status="automatic", event_type="earthquake", place=f"place {number}",
        source="usgs", source_event_id=f"us{number:06d}", reports=revision, region="r100", intensity=6.5,
        intensity_low=5.5, intensity_high=7.5, people_mmi6=1000, fatalities_low=0.0, fatalities=1.0,
        fatalities_high=9.0, alert_level="yellow", forecast_level=1, probability=0.06, baseline_probability=0.004,
        gain=15.0, forecast=ROWS, mode="live", hindsight=False,
    )  # fmt: skip


def _report(row: Assessment) -> EventReport:
    own = {
        "source_revision": row.revision, "aliases": (row.source_event_id,), "kind": "create",
        "updated_at": row.assessed_at, "ingested_at": row.assessed_at, "network": "us", "nst": 40, "gap_deg": 60.0,
        "dmin_deg": 0.4, "rms_s": 0.7, "content_hash": str(row.revision),
    }  # fmt: skip
    return EventReport(**_shared(row, EventReport) | own)


def _alert(number: int) -> Alert:
    row = _assessment(number, 1)
    own = {
        "alert_id": f"{row.quake_id}.1", "seq": number, "epoch": "e1", "alert_number": 1, "message_type": "ALERT",
        "notify": True, "references": (), "sent_at": row.assessed_at, "reason": "level reached yellow",
        "headline": "Earthquake.", "drill": False,
    }  # fmt: skip
    return Alert(**_shared(row, Alert) | own)


def _cell(number: int, days: int) -> Forecast:
    return Forecast(
        issued_at=START.replace(hour=0, minute=0, second=0), cell=f"c{number:04d}", horizon_days=days,
        magnitude_min=5.0, role="champion", model_version="default", latitude=float(number % 150 - 75),
        longitude=float(number * 7 % 360 - 180), gain=15.0, processed_sequence=9, mode="live", hindsight=False,
        **EXPECTED,
    )  # fmt: skip


def _shared(row: Assessment, kind: type) -> dict[str, Any]:
    """The columns that the two tables have in common."""
    return {name: getattr(row, name) for name in kind.__annotations__ if name in Assessment.__annotations__}
