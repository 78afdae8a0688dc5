"""The whole chain as a person starts it: `quake up`, an alert, SQL meanwhile, kill -9, Ctrl-C, and again."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

QUAKE = [sys.executable, "-m", "launcher"]
COUNT = 40
COUNTS = """SELECT (SELECT COUNT(*) FROM event_reports) AS reports, (SELECT COUNT(*) FROM assessments) AS assessments,
    (SELECT COUNT(*) FROM alerts) AS alerts, (SELECT MAX(seq) FROM alerts) AS last_seq"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A data folder, free ports, and a catalogue of an hour around a large earthquake."""
    folder = tmp_path_factory.mktemp("up")
    start = datetime(2023, 2, 6, 1, 0, tzinfo=UTC)
    lines = ["time,latitude,longitude,depth,magnitude,magType,id,place"]
    for number in range(COUNT):
        at, magnitude = start + timedelta(minutes=2 * number), 7.8 if number == 3 else 4.0 + number % 10 / 10
        place = f"{at:%Y-%m-%dT%H:%M:%SZ},{37 + number % 7 / 10},{37 + number % 5 / 10},10,{magnitude},mww"
        lines.append(f"{place},us{number:04d},near Gaziantep")
    (folder / "hour.csv").write_text("\n".join(lines))
    ports = {name: str(free_port()) for name in ("QUAKE_API_PORT", "QUAKE_STREAM_PORT", "QUAKE_DASHBOARD_PORT")}
    environment = {**os.environ, **ports, "QUAKE_DATA": str(folder), "QUAKE_SNAPSHOT_S": "3"}
    return folder, environment


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(site, log: str, end: signal.Signals = signal.SIGINT):
    """`quake up` on a replay at 300 times its speed; ends with Ctrl-C, or another signal."""
    folder, environment = site
    command = [*QUAKE, "up", "--no-dashboard", "--feed", f"replay:{folder / 'hour.csv'}", "--speed", "300"]
    with (folder / log).open("w") as output, subprocess.Popen(command, env=environment, stderr=output) as process:
        try:
            wait_for(lambda: "Quakestream is up" in (folder / log).read_text(), process, 120)
            yield process
        finally:
            process.send_signal(end)
            process.wait(timeout=60)
    assert not [child for child in psutil.process_iter(["cmdline"]) if belongs(child, folder)]


def belongs(process: psutil.Process, folder: Path) -> bool:
    """Whether the process was started on our folder: the supervisor names it on its command line."""
    return str(folder / "supervisor.conf") in (process.info["cmdline"] or [])


def wait_for(ready, process, seconds: float) -> None:
    """Until `ready` answers true; fails when the process ends or the time is up."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)


def ask(site, sql: str) -> dict:
    """The first row of `quake sql --format json`."""
    shown = subprocess.run(
        [*QUAKE, "sql", sql, "--format", "json"], env=site[1], capture_output=True, text=True, check=True
    ).stdout
    rows = json.loads(shown) if shown.lstrip().startswith("[") else [json.loads(line) for line in shown.splitlines()]
    return rows[0]


def test_chaos_first_light_and_again(site):
    folder, environment = site
    with running(site, "first.log") as up:
        watch = [*QUAKE, "watch", "--last-seq", "0", "--count", "1", "--timeout", "60", "--json"]
        alert = json.loads(subprocess.run(watch, env=environment, capture_output=True, text=True, check=True).stdout)
        assert alert["message_type"] == "ALERT" and alert["mode"] == "replay" and alert["probability"] > 0
        engine = next(p for p in psutil.Process(up.pid).children(recursive=True) if p.cmdline()[-1] == "score")
        engine.kill()
        wait_for(lambda: ask(site, COUNTS)["reports"] == COUNT, up, 90)
        by_type = ask(site, "SELECT magnitude_type, COUNT(*) n FROM event_reports GROUP BY 1 ORDER BY n DESC")
        assert by_type == {"magnitude_type": "mww", "n": COUNT}
    before = ask(site, COUNTS)
    assert before["assessments"] == COUNT and before["alerts"] == before["last_seq"] >= 1
    with running(site, "again.log", signal.SIGTERM) as up:
        wait_for(lambda: "engine restored" in (folder / "again.log").read_text(), up, 60)
    assert ask(site, COUNTS) == before
    restored = [line for line in (folder / "again.log").read_text().splitlines() if "engine restored" in line]
    assert f"now={COUNT}" in restored[0]
