"""Report to alert: `python -m benchmarks.serving_latency [--rate 20] [--seconds 60]`, the whole local stack.

`quake up` runs engine, API and gateway over a store of its own and all history. Once the engine has made a state of
every region, as it does in the first minutes, reports go on topic `events` as ingest puts them there, `--rate` a
second; one in four is a large earthquake under a town, which alerts. Latency is from before the report's commit to the
alert's arrival at each of ten subscribers. Beside it, in the same run, the bus's own round trip: a message on a topic
of its own from before its commit to its pull.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.serving_fanout import Crowd
from benchmarks.serving_stack import STREAM, free_port
from quake.adapters.bus import Bus, Message, open_bus
from quake.adapters.places import load_atlas
from quake.adapters.topics import EVENTS
from quake.event import SeismicEvent, encode, stamped
from streaming.sequence import Sequencer

START = datetime(2023, 2, 6, 1, 0, tzinfo=UTC)
READERS = 10
ALERTS_EVERY = 4
GRID_DEG = 3
"""Towns are at least about this far apart, so that no earthquake is taken for another or for its aftershock."""
TOWN = 50_000
"""Inhabitants."""
PROBE_S = 0.25
WARM = 20
"""Reports that are not counted."""


def measure(rate: float, seconds: float, seed: int = 1) -> dict:
    """Runs it; returns percentiles in ms."""
    with TemporaryDirectory() as folder, _service(Path(folder)) as (bus, stream):
        crowd, probe = Crowd([stream] * READERS, "sequence"), Probe(bus)
        try:
            sent, alerting = _publish(bus, rate, round(rate * seconds) + WARM, seed, probe)
            heard = crowd.heard(READERS * len(alerting))
        finally:
            crowd.end()
            probe.end()
    counted = sorted(sent)[WARM:]
    took = np.array([at - sent[sequence] for _, sequence, at in heard if sequence in counted])
    figures = {"reports": len(sent), "alerts_meant": len(alerting), "alerts_heard": len({s for _, s, _ in heard})}
    return figures | {"alert": _percentiles(took), "bus_round_trip": _percentiles(np.array(probe.took))}


class Probe:
    """A subscription that does nothing but receive."""

    def __init__(self, bus: Bus) -> None:
        self.took: list[float] = []
        self._bus, self._over, self._next = bus, threading.Event(), 0.0
        bus.subscribe("probe", "probe")
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def send(self) -> None:
        """One message, when its time has come."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + PROBE_S
            self._bus.publish("probe", [Message(str(time.monotonic()).encode())])

    def end(self) -> None:
        """Listens no more."""
        self._over.set()
        self._thread.join()

    def _listen(self) -> None:
        while not self._over.is_set():
            for message in self._bus.pull("probe", 100, 0.5):
                self.took.append(time.monotonic() - float(message.data))
                self._bus.ack("probe", [message.lease])


def _publish(bus: Bus, rate: float, count: int, seed: int, probe: Probe) -> tuple[dict[int, float], list[int]]:
    """When each report went out, by sequence, and which of them should alert."""
    sequencer, sent, alerting = Sequencer(0), {}, []
    began = time.monotonic()
    for number, event in enumerate(_reports(seed, count)):
        while time.monotonic() < began + number / rate:
            probe.send()
            time.sleep(0.001)
        report = stamped(event, sequencer.next(event.origin_time), event.origin_time + timedelta(minutes=1))
        sent[report.sequence] = time.monotonic()
        bus.publish(EVENTS, [Message(encode(report), {"type": "report", "source": event.source})])
        if number % ALERTS_EVERY == 0:
            alerting.append(report.sequence)
    return sent, alerting


def _reports(seed: int, count: int) -> Iterator[SeismicEvent]:
    """Earthquakes a minute apart: small ones anywhere, and large ones under towns that are far from each other."""
    rng = np.random.default_rng(seed)
    towns = list(_towns(rng))
    for number in range(count):
        large = number % ALERTS_EVERY == 0
        latitude, longitude = towns[number // ALERTS_EVERY] if large else (rng.uniform(-60, 60), rng.uniform(-180, 180))
        at = START + timedelta(days=1, minutes=number)
        yield SeismicEvent(
            source="usgs", source_event_id=f"us{number}", aliases=(f"us{number}",), network="us", origin_time=at,
            updated_at=at, latitude=float(latitude), longitude=float(longitude), depth_km=10.0,
            magnitude=6.3 if large else 3.5, magnitude_type="mww", place="under a town",
        )  # fmt: skip


def _towns(rng: np.random.Generator) -> Iterator[tuple[float, float]]:
    places = load_atlas().places
    large = np.flatnonzero(places.population >= TOWN)
    used = set()
    for index in rng.permutation(large):
        latitude, longitude = float(places.latitude[index]), float(places.longitude[index])
        cell = int(latitude // GRID_DEG), int(longitude // GRID_DEG)
        if cell not in used:
            used.add(cell)
            yield latitude, longitude


@contextmanager
def _service(folder: Path) -> Iterator[tuple[Bus, str]]:
    """`quake up` on a replay of one small earthquake long before; its bus and its stream."""
    (folder / "one.csv").write_text(
        "time,latitude,longitude,depth,magnitude,magType,id,place\n"
        f"{START:%Y-%m-%dT%H:%M:%SZ},-50,-120,10,4.5,mww,first,far away\n"
    )
    names = ("QUAKE_API_PORT", "QUAKE_STREAM_PORT", "QUAKE_DASHBOARD_PORT")
    ports = {name: str(free_port()) for name in names}
    environment = {**os.environ, **ports, "QUAKE_DATA": str(folder), "QUAKE_FORECAST_HOURS": "0"}
    command = [sys.executable, "-m", "launcher", "up", "--no-dashboard", "--feed", f"replay:{folder / 'one.csv'}"]
    with (
        (folder / "up.log").open("wb") as log,
        subprocess.Popen([*command, "--speed", "1000"], env=environment, stderr=log) as process,
    ):
        try:
            _until_warm(process, folder / "up.log")
            bus = open_bus(json.loads((folder / "service.json").read_text())["bus"])
            yield bus, f"ws://127.0.0.1:{ports['QUAKE_STREAM_PORT']}{STREAM}"
            bus.close()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(120)


def _until_warm(process: subprocess.Popen, log: Path, within_s: float = 900.0) -> None:
    """Returns once the engine has made a state of every region, which a first start does while nothing else comes."""
    deadline = time.monotonic() + within_s
    while process.poll() is None and time.monotonic() < deadline:
        if "engine warm" in log.read_text():
            return
        time.sleep(0.5)
    raise RuntimeError(f"the engine was not warm within {within_s:.0f} s")


def _percentiles(seconds: np.ndarray) -> dict[str, float]:
    if seconds.size == 0:
        return {"count": 0}
    half, most, worst = np.percentile(1e3 * seconds, [50, 99, 100])
    named = {"p50_ms": half, "p99_ms": most, "worst_ms": worst}
    return {"count": len(seconds)} | {name: round(float(value), 1) for name, value in named.items()}


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    print(json.dumps(measure(given.rate, given.seconds)))


if __name__ == "__main__":
    main()
