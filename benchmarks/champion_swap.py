"""A champion changed and rolled back in a worker under load: `python -m benchmarks.champion_swap [REPORTS_A_SECOND]`.

The committed model, the installed history, every region of the world begun; the other model has other space-time
parameters, so that all of its states are made anew. Reports are made up, and each is of an earthquake of its own.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from threading import Event, Thread
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from benchmarks.engine_grid import reports
from quake.adapters.bus import Message, Received, open_bus
from quake.adapters.history import covered_until
from quake.adapters.history import load_world_history
from quake.adapters.registry.alias import CHAMPION, find, load, place, read_aliases, write_aliases
from quake.adapters.snapshot import pack
from quake.adapters.storage import Storage, open_storage
from quake.adapters.topics import ENGINE, EVENTS
from quake.adapters.warehouse import open_warehouse
from quake.etas_models import WorldParameters
from quake.event import decode, encode
from quake.model import ForecastModel, as_arrays
from quake.regions import COUNT, region_id
from quake.world import no_history, warmed
from streaming.champion import Succession
from streaming.engine import Engine, State
from streaming.score import setting_of
from streaming.worker import Worker

RATE = 5.0
LOAD_S = 10.0
"""Of load before the change, between change and rollback, and after it."""
WITHIN_S = 900.0
MESSAGES = 10_000
OTHER = "other"


@dataclass
class Timed(Worker):
    """A worker that notes when each report was committed, and under which model."""

    done: dict[int, tuple[float, str]] = field(default_factory=dict)
    again: int = 0
    """Reports that were scored once more."""

    def step(self, engine: Engine, received: Sequence[Received]) -> Engine:
        """As the worker's."""
        engine = Worker.step(self, engine, received)
        for item in received:
            sequence = decode(item.data).sequence
            self.again += sequence in self.done
            self.done[sequence] = time.monotonic(), engine.setting.model.version
        return engine

    def first_under(self, version: str, after: float) -> float:
        """Waits for the first report scored by the model since `after`; the moment of its commit."""
        end = time.monotonic() + WITHIN_S
        while time.monotonic() < end:
            moments = [at for at, model in list(self.done.values()) if model == version and at > after]
            if moments:
                return min(moments)
            time.sleep(0.01)
        raise TimeoutError(f"no row of model {version} within {WITHIN_S} s")


def main(rate: float = RATE) -> None:
    """Prints seconds to warm, to take over and to roll back, what reports waited, and how many came through once."""
    with tempfile.TemporaryDirectory() as folder:
        quake = shutil.which("quake", path=str(sys.prefix) + "/bin")
        subprocess.run([quake, "bootstrap", "--data", folder], check=True, stdout=subprocess.DEVNULL)
        run(folder, rate)


def run(folder: str, rate: float) -> None:
    """One worker, one publisher, one change and its rollback."""
    storage, url = open_storage(f"file://{folder}"), f"sqlite:///{folder}/swap.db"
    warm_at: dict[str, float] = {}
    structlog.configure(processors=[partial(_noted, warm_at)])
    history = load_world_history(storage, end=datetime.now(UTC))
    register_other(storage, load(storage))
    engine, succession = begun(storage, history)
    messages = [Message(encode(report)) for report in reports(history, covered_until(storage), MESSAGES)]
    with closing(open_bus(url)) as bus, closing(open_warehouse(url)) as warehouse:
        worker = Timed(bus, warehouse, lambda: engine, lambda _engine: None, 1e9, follow=succession.follow)
        bus.subscribe(EVENTS, ENGINE)
        sent = under_load(worker, partial(publish, url, messages, rate), partial(change, storage, worker, warm_at))
        while received := bus.pull(ENGINE, 200, 0):
            engine = worker.step(engine, received)
        told(worker, sent, warehouse.query("SELECT quake_id FROM assessments")["quake_id"].to_pylist())


def begun(storage: Storage, history: dict[str, NDArray]) -> tuple[Engine, Succession]:
    """An engine under the champion, every region of the world begun, and what follows the alias file for it."""
    made, model, began = partial(setting_of, storage, mode="simulate", rules={}), load(storage), time.monotonic()
    succession = Succession(storage, history, made(model), made)
    world = warmed(model, history, {}, map(region_id, range(COUNT)))
    print(f"{len(history['ids'])} earthquakes of history, {COUNT} regions begun in {time.monotonic() - began:.1f} s")
    state = replace(State.empty(model, no_history(), "swap"), world=world)
    return Engine(succession.setting, state), succession


def under_load(
    worker: Timed, publisher: Callable[[Event, list[float]], None], meanwhile: Callable[[], None]
) -> list[float]:
    """Runs worker and publisher while `meanwhile` goes on; the moments at which reports were sent."""
    stopped, sent = Event(), list[float]()
    threads = [Thread(target=worker.run, args=(stopped, 0.05)), Thread(target=publisher, args=(stopped, sent))]
    for thread in threads:
        thread.start()
    try:
        meanwhile()
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
    return sent


def register_other(storage: Storage, model: ForecastModel) -> None:
    """The model once more, with half the background everywhere."""
    regions = {name: replace(value, mu=value.mu / 2) for name, value in model.etas.regions.items()}
    etas = WorldParameters(regions, replace(model.etas.default, mu=model.etas.default.mu / 2))
    payload = pack(as_arrays(replace(model, version=OTHER, etas=etas)))
    place(storage, OTHER, payload, {}, datetime.now(UTC).isoformat())


def publish(url: str, messages: Sequence[Message], rate: float, stopped: Event, sent: list[float]) -> None:
    """One message after the other at `rate` a second, until stopped."""
    began = time.monotonic()
    with closing(open_bus(url)) as bus:
        for number, message in enumerate(messages):
            if stopped.wait(max(0.0, began + number / rate - time.monotonic())):
                return
            sent.append(time.monotonic())
            bus.publish(EVENTS, [message])


def change(storage: Storage, worker: Timed, warm_at: dict[str, float]) -> None:
    """Promotes the other model and then the first again, and prints how long each took."""
    first = load(storage).version
    time.sleep(LOAD_S)
    asked = crown(storage, OTHER)
    scored = worker.first_under(OTHER, asked)
    print(f"promoted: warm after {warm_at[OTHER] - asked:.1f} s, first row {scored - warm_at[OTHER]:.2f} s later")
    time.sleep(LOAD_S)
    asked = crown(storage, first)
    print(f"rolled back: first row after {worker.first_under(first, asked) - asked:.2f} s")
    time.sleep(LOAD_S)


def crown(storage: Storage, version: str) -> float:
    """Points the alias file at a version; the moment at which it did."""
    write_aliases(storage, read_aliases(storage) | {CHAMPION: find(storage, version)})
    return time.monotonic()


def told(worker: Timed, sent: list[float], quakes: list[str]) -> None:
    """What the reports waited, and that each came through once. Exits with 1 where one did not."""
    waited = np.array([worker.done[number][0] - at for number, at in enumerate(sent, start=1) if number in worker.done])
    median, late = np.quantile(waited, (0.5, 0.99))
    print(f"report to commit: median {median:.3f} s, 99 % {late:.2f} s, most {waited.max():.2f} s")
    print(f"{len(sent)} reports sent, {len(worker.done)} scored, {worker.again} of those twice, {len(quakes)} rows")
    raise SystemExit(not len(sent) == len(worker.done) == len(quakes) or worker.again > 0)


def _noted(warm_at: dict[str, float], _logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """A processor of structlog that notes when a model was warm and prints nothing."""
    if event["event"] == "model warm":
        warm_at[event["model_version"]] = time.monotonic()
    raise structlog.DropEvent


if __name__ == "__main__":
    main(*(float(argument) for argument in sys.argv[1:]))
