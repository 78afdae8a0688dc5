"""Compiles the forecast's loops while the image is built, so that a worker's first report does not wait for numba.

Where the machine code goes is NUMBA_CACHE_DIR. The processor it is for must be named (NUMBA_CPU_NAME,
NUMBA_CPU_FEATURES): it is part of the cache's key, and an image runs on other machines than the one that built it.
"""

from datetime import UTC, datetime, timedelta

import numpy as np

from quake.adapters.registry import committed
from quake.adapters.registry.alias import read_model
from quake.event import SeismicEvent
from quake.world import world_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATITUDE, LONGITUDE = 35.0, -118.0


def compile_ahead() -> int:
    """Lets a world learn, forecast and forget earthquakes of a made-up history; returns how many it had."""
    model, history = read_model(committed()[0], "committed"), made_up()
    world = world_of(model, history)
    for number in range(3):
        at = NOW + timedelta(days=number)
        world.put(f"quake-{number}", report(at))
        world.expected(LATITUDE, LONGITUDE, at)
    world.remove("quake-1")
    world.expected(LATITUDE, LONGITUDE, NOW + timedelta(days=4))
    return len(history["ids"])


def made_up(count: int = 400) -> dict[str, np.ndarray]:
    """A history of `count` earthquakes in two years before `NOW`."""
    rng = np.random.default_rng(1)
    return {
        "ids": np.array([f"made-up-{number}" for number in range(count)]),
        "origin_s": np.sort(NOW.timestamp() - 86_400 * rng.uniform(1, 730, count)),
        "latitude": rng.normal(LATITUDE, 0.5, count),
        "longitude": rng.normal(LONGITUDE, 0.5, count),
        "magnitude": 3.0 + rng.exponential(0.4, count),
    }


def report(at: datetime) -> SeismicEvent:
    """A magnitude 6 in the middle of the history."""
    place = {"latitude": LATITUDE, "longitude": LONGITUDE, "depth_km": 10.0, "magnitude": 6.0}
    times = {"origin_time": at, "updated_at": at, "ingested_at": at}
    return SeismicEvent(source="made up", source_event_id=at.isoformat(), **place, **times)


if __name__ == "__main__":
    print(f"compiled over {compile_ahead()} earthquakes")
