"""What the served forecast costs on the whole installed history: a region's beginning, a report, a grid, a snapshot.

`python -m benchmarks.engine_grid DATA`, where DATA is a folder that `quake bootstrap --data DATA` has filled.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from quake.adapters.history import covered_until
from quake.adapters.history import load_world_history
from quake.adapters.registry import committed
from quake.adapters.registry.alias import read_model
from quake.adapters.storage import open_storage
from quake.adapters.warehouse import open_warehouse
from quake.event import SeismicEvent, Tick, stamped
from streaming.engine import Engine, State
from streaming.score import setting_of
from streaming.snapshots import Written, restore, save_state

REPORTS = 300


def reports(history: dict[str, np.ndarray], at: datetime, count: int) -> list[SeismicEvent]:
    """Made-up reports where the history's last earthquakes were, a minute apart."""
    last = {name: column[-count:] for name, column in history.items()}
    made = []
    for number in range(count):
        when = at + timedelta(minutes=number)
        event = SeismicEvent(
            source="usgs",
            source_event_id=f"made{number}",
            origin_time=when - timedelta(minutes=3),
            updated_at=when,
            latitude=float(last["latitude"][number]),
            longitude=float(last["longitude"][number]),
            depth_km=10.0,
            magnitude=float(max(4.0, last["magnitude"][number])),
            network="us",
        )
        made.append(stamped(event, number + 1, when))
    return made


def timed(label: str, work) -> object:
    """Runs `work` and prints its CPU seconds."""
    began = time.process_time()
    found = work()
    print(f"{label:58} {time.process_time() - began:9.3f} s CPU")
    return found


def each(label: str, engine: Engine, stream: list[SeismicEvent]) -> None:
    """Prints the CPU milliseconds of a report."""
    began = time.process_time()
    for report in stream:
        engine.process(report)
    print(f"{label:58} {1000 * (time.process_time() - began) / len(stream):9.3f} ms CPU")


def snapshots(engine: Engine, stream: list[SeismicEvent]) -> None:
    """A whole snapshot, the next one, and the way back from it."""
    with tempfile.TemporaryDirectory() as folder:
        place, written = open_storage(f"file://{folder}"), Written()
        timed("a whole snapshot", lambda: save_state(place, "bench", engine, written))
        rows = engine.process(replace(stream[0], source_event_id="one more", sequence=10**9 + 1, magnitude=5.5)).rows
        timed("a snapshot after one more report", lambda: save_state(place, "bench", engine, written))
        print(f"{'  megabytes kept':58} {sum(len(place.read(path)) for path in place.list('snapshots')) / 1e6:9.1f}")
        warehouse = open_warehouse(f"sqlite:///{folder}/quake.db")
        warehouse.insert(rows)
        began = time.perf_counter()
        state = restore(place, "bench", warehouse, engine.setting, engine.state.world.history, "new").state
        print(f"{'ready from the snapshot':58} {time.perf_counter() - began:9.3f} s wall")
        print(f"{'  regions':58} {len(state.world.marks()):9}")
        warehouse.close()


def main() -> None:
    """Prints the CPU time of each part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="folder that `quake bootstrap --data` has filled")
    storage = open_storage(f"file://{parser.parse_args().data}")
    history = timed("read the history", lambda: load_world_history(storage, end=datetime.now(UTC)))
    model = read_model(committed()[0], "committed")
    setting = timed("find the cells of the grid", lambda: setting_of(storage, model, "live", {}, 24))
    at = covered_until(storage) + timedelta(hours=1)
    engine = Engine(setting, State.empty(model, history, "bench"))
    stream = reports(history, at, REPORTS)
    timed("first report (compiles, begins its regions)", lambda: engine.process(stream[0]))
    timed("begin every region of the world", lambda: engine.state.world.begin(f"r{n:03d}" for n in range(200)))
    each("a report, impact and forecast", engine, stream[1:])
    known = setting.impact_of(stream[0])
    engine.setting = replace(setting, impact_of=lambda _event: known)
    later = [replace(report, source_event_id=f"b{n}", sequence=10**6 + n) for n, report in enumerate(stream)]
    each("a report, forecast alone", engine, later)
    midnight = (at + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = timed("a grid", lambda: engine.process(Tick(sequence=10**9, at=midnight)).rows)
    print(f"{'  rows':58} {len(rows):9}")
    snapshots(engine, stream)


if __name__ == "__main__":
    main()
