"""What the pipeline costs a report: `python -m benchmarks.beam_throughput [REPORTS ...]`, CPU seconds of one process.

`plain` is the engine in a loop; `full` the bounded pipeline; `empty` the same pipeline whose steps begin alike, but
only repeat what the real ones put out. The engine's own cost in the pipeline is full minus empty. `--loop REPORTS` is
the loop alone, tenth by tenth.
"""

import gc
import pickle
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path

import apache_beam as beam
import numpy as np
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from numpy.typing import NDArray

from benchmarks import beam_world
from benchmarks.beam_recording import PUT_OUT, recording, repeating
from benchmarks.identity_quakes import truths
from benchmarks.identity_stream import START, adversarial_stream
from quake.event import SeismicEvent, Tick, encode
from quake.live import COLUMNS
from quake.regions import COUNT, region_id
from streaming.dofns import Incoming
from streaming.engine import Engine, State
from streaming.log import with_ticks
from streaming.pipeline import CORE, Sinks, build
from streaming.records import Row
from streaming.steps import Beginning

SIZES = (10_000, 100_000)
A_DAY = 1_000
"""Reports a day in the stream: some three times the real world's."""
PAST, PAST_DAYS = 60_000, 180.0
"""Earthquakes known before the first report, as any job knows its history: an empty world is asked faster."""


def reports_alone(count: int) -> list[SeismicEvent]:
    """Adversarial reports at `A_DAY`, in order of arrival."""
    steps = adversarial_stream(np.random.default_rng(1), count // 3, days=count / A_DAY)
    return [step.message for step in steps if isinstance(step.message, SeismicEvent)][:count]


def stream(count: int) -> list[SeismicEvent | Tick]:
    """The same with the tick of every hour: alerts end at ticks."""
    reports = reports_alone(count)
    messages = with_ticks(reports, reports[-1].ingested_at)
    return [message for message in messages if isinstance(message, SeismicEvent) or message.at.minute == 0]


@cache
def begin() -> Beginning:
    """A world that knows PAST earthquakes, every region begun, and issues no grids: they are no report's cost."""
    beginning, history = beam_world.begin(), _past()
    state = State.empty(beginning.setting.model, history, beam_world.EPOCH)
    state.world.begin(region_id(index) for index in range(COUNT))
    return replace(beginning, setting=replace(beginning.setting, grid_hours=0), history=history, state=state)


def _past() -> dict[str, NDArray]:
    """The earthquakes of another such stream, over before this one starts."""
    quakes = sorted(truths(np.random.default_rng(2), PAST, PAST_DAYS), key=lambda quake: quake.at_s)
    columns = np.array([(quake.at_s, quake.latitude, quake.longitude, quake.magnitude, 10.0) for quake in quakes]).T
    columns[0] += START.timestamp() - columns[0].max() - 1
    return {"ids": np.array([f"past{quake.number}" for quake in quakes])} | dict(zip(COLUMNS, columns))


def plain(messages: Sequence[SeismicEvent | Tick]) -> float:
    """CPU seconds of the engine in a loop."""
    beginning = begin()
    engine = Engine(beginning.setting, deepcopy(beginning.state))
    return _cpu(lambda: [engine.process(message) for message in messages])


def tenths(messages: Sequence[SeismicEvent | Tick]) -> Iterator[float]:
    """CPU microseconds a report of each tenth of the loop."""
    beginning = begin()
    engine = Engine(beginning.setting, deepcopy(beginning.state))
    size = -(-len(messages) // 10)
    for start in range(0, len(messages), size):
        part = messages[start : start + size]
        reports = sum(isinstance(message, SeismicEvent) for message in part)
        yield _cpu(lambda part=part: [engine.process(message) for message in part]) / reports * 1e6


def piped(messages: Sequence[SeismicEvent | Tick], core: tuple) -> float:
    """CPU seconds of the bounded pipeline, its rows thrown away."""
    incoming = [Incoming(position, encode(message), {}) for position, message in enumerate(messages, start=1)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "incoming"
        path.write_bytes(pickle.dumps(incoming))

        def run() -> None:
            with beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([])) as pipeline:
                source = beam.Create([str(path)]) | beam.FlatMap(_read)
                build(pipeline, source, Sinks(beam.Filter(_nothing), None), begin, True, core)

        return _cpu(run)


def tell_tenths(size: int) -> None:
    """Prints what a report costs in each tenth of a long loop, and how much that grows."""
    messages = stream(size)
    plain(messages[:100])
    costs = []
    for cost in tenths(messages):
        costs.append(cost)
        print(f"{len(costs) * size // 10:8d} reports {cost:8.0f} us", flush=True)
    print(f"last tenth over first: {costs[-1] / costs[0]:.2f}")


def main(sizes: list[int]) -> None:
    """Prints microseconds of CPU a report for each size, and how much they grow."""
    own = {}
    print("reports    plain     full    empty   full-empty   ratio to plain   reports/s (full)")
    for size in sizes or SIZES:
        messages = stream(size)
        PUT_OUT.clear()
        piped(messages, tuple(recording(kind) for kind in CORE))
        costs = [
            cost / size * 1e6
            for cost in (
                plain(messages),
                piped(messages, CORE),
                piped(messages, tuple(repeating(kind) for kind in CORE)),
            )
        ]
        own[size] = costs[1] - costs[2]
        figures = " ".join(f"{cost:8.0f}" for cost in costs)
        print(
            f"{size:7d} {figures} {own[size]:12.0f} {own[size] / costs[0]:16.2f} {1e6 / costs[1]:18.0f}",
            flush=True,
        )
    print(f"growth of the engine's own cost: {own[max(own)] / own[min(own)]:.2f}")


def _cpu(run: Callable[[], object]) -> float:
    gc.freeze()  # what was noted before is not looked through again, as the worker does with its state
    began = time.process_time()
    run()
    return time.process_time() - began


def _read(path: str) -> list[Incoming]:
    return pickle.loads(Path(path).read_bytes())


def _nothing(_row: Row) -> bool:
    return False


if __name__ == "__main__":
    if sys.argv[1:2] == ["--loop"]:
        tell_tenths(int(sys.argv[2]))
    else:
        main([int(size) for size in sys.argv[1:]])
