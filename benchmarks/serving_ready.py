"""How soon after its start the API forecasts: `python -m benchmarks.serving_ready [--events 600000] [--reports 500]`.

A catalogue of ten years lies as history, the engine's state of it as a snapshot of every region, and some reports came
after the snapshot. Then `python -m serving` starts, and is asked for the forecast of a place until it answers from that
state. The earthquakes are drawn (clusters of Gutenberg-Richter magnitudes, b = 1), because only their number matters.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import numpy as np
import pyarrow as pa

from benchmarks.serving_stack import Part, Stack
from quake.adapters.history import CATALOGUE, SCHEMA, write_history
from quake.adapters.history import load_world_history
from quake.adapters.registry import committed
from quake.adapters.registry.alias import place, read_model, write_aliases
from quake.adapters.storage import Storage, open_storage
from quake.event import SeismicEvent
from quake.model import ForecastModel
from quake.risk import NO_IMPACT
from serving.forecast_state import snapshot_name
from streaming.engine import Engine, Setting, State
from streaming.snapshots import save_state

DAYS = 3650
CLUSTERS = 400
SPREAD_DEG = 2.0
MAGNITUDE_MIN = 3.0
WITHIN_S = 600.0


def measure(events: int, reports: int, seed: int = 1) -> dict[str, Any]:
    """Seconds from the start of the process to its first forecast out of the engine's state, and what it holds."""
    now = datetime.now(UTC).replace(microsecond=0)
    drawn = _drawn(np.random.default_rng(seed), events, now)
    with Stack() as stack:
        found = {"events": events, "reports_since": reports, "regions": _engine_leaves(stack, drawn, now, reports)}
        began = time.monotonic()
        part = stack.run([sys.executable, "-m", "serving"], "QUAKE_API_PORT")
        _until_forecast(part, float(drawn["latitude"][-1]), float(drawn["longitude"][-1]))
        took = {"ready_s": time.monotonic() - began, "cpu_s": part.cpu_s(), "resident_mb": part.resident_mb()}
    return found | {name: round(value, 1) for name, value in took.items()}


def _champion(storage: Storage, now: datetime) -> ForecastModel:
    payload, provenance = committed()
    write_aliases(storage, {"champion": place(storage, "default", payload, provenance, now.isoformat())})
    return read_model(payload, "default")


def _drawn(rng: np.random.Generator, count: int, now: datetime) -> dict[str, np.ndarray]:
    """`count` earthquakes of the ten years before an hour ago, oldest first."""
    centre = np.column_stack([rng.uniform(-60, 60, CLUSTERS), rng.uniform(-180, 180, CLUSTERS)])
    which = rng.integers(CLUSTERS, size=count)
    spread = rng.normal(0, SPREAD_DEG, (count, 2))
    ago_s = np.sort(rng.uniform(3600, 86_400 * DAYS, count))[::-1]
    return {
        "origin_time": np.datetime64(now.replace(tzinfo=None), "us") - (1e6 * ago_s).astype("timedelta64[us]"),
        "latitude": centre[which, 0] + spread[:, 0],
        "longitude": (centre[which, 1] + spread[:, 1] + 180) % 360 - 180,
        "magnitude": np.round(MAGNITUDE_MIN + rng.exponential(1 / np.log(10), count), 2),
    }


def _table(drawn: Mapping[str, np.ndarray]) -> pa.Table:
    count = len(drawn["magnitude"])
    texts = {"source": ["usgs"] * count, "magnitude_type": ["mww"] * count, "place": ["somewhere"] * count}
    texts["source_event_id"] = [f"us{number:07d}" for number in range(count)]
    return pa.table({"depth_km": np.full(count, 10.0), **drawn, **texts}).select(SCHEMA.names).cast(SCHEMA)


def _engine_leaves(stack: Stack, drawn: Mapping[str, np.ndarray], now: datetime, reports: int) -> int:
    """History, a snapshot after the first report, and rows of all; returns the snapshot's regions."""
    storage = open_storage(stack.settings.storage)
    model = _champion(storage, now)
    write_history(storage, CATALOGUE, _table(drawn), now - timedelta(hours=1), {"source": "drawn"})
    state = State.empty(model, load_world_history(storage, end=now), "bench")
    engine = Engine(Setting(model, lambda _: NO_IMPACT, "live"), state)
    stack.warehouse.insert(engine.process(_report(0, now, drawn)).rows)
    while engine.warm_a_region():
        pass
    save_state(storage, snapshot_name(stack.settings), engine)
    for number in range(1, reports + 1):
        stack.warehouse.insert(engine.process(_report(number, now, drawn)).rows)
    return len(engine.state.world.marks())


def _report(number: int, now: datetime, drawn: Mapping[str, np.ndarray]) -> SeismicEvent:
    at = now - timedelta(hours=1) + timedelta(seconds=number)
    last = -1 - number
    return SeismicEvent(
        source="usgs", source_event_id=f"new{number}", aliases=(f"new{number}",), network="us", origin_time=at,
        updated_at=at, ingested_at=at, latitude=float(drawn["latitude"][last]), sequence=number + 1,
        longitude=float(drawn["longitude"][last]), depth_km=10.0, magnitude=4.5, magnitude_type="mww",
    )  # fmt: skip


def _until_forecast(part: Part, latitude: float, longitude: float) -> None:
    """Asks until the state answers. Raises RuntimeError when the process ends, or nothing comes in time."""
    url = f"http://127.0.0.1:{part.port}/v1/forecast?latitude={latitude}&longitude={longitude}"
    deadline = time.monotonic() + WITHIN_S
    while part.process.poll() is None and time.monotonic() < deadline:
        try:
            response = httpx.get(url, timeout=30)
            if response.status_code == 200 and response.json()["source"] == "state":
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"no forecast from the state within {WITHIN_S:.0f} s")


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=600_000)
    parser.add_argument("--reports", type=int, default=500)
    given = parser.parse_args()
    print(json.dumps(measure(given.events, given.reports)))


if __name__ == "__main__":
    main()
