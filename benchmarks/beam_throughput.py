"""What the pipeline costs a report: `python -m benchmarks.beam_throughput [REPORTS ...]`, CPU seconds of one process.

`plain` is the engine in a loop; `full` the bounded pipeline; `empty` the same pipeline whose steps only repeat what the
real ones put out. The engine's own cost in the pipeline is full minus empty.
"""

import pickle
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import apache_beam as beam
import numpy as np
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from benchmarks.beam_world import SETTING, begin
from benchmarks.beam_recording import PUT_OUT, Repeating, recording
from benchmarks.identity_stream import adversarial_stream
from quake.event import SeismicEvent, encode
from streaming.dofns import Incoming
from streaming.engine import Engine
from streaming.pipeline import CORE, Sinks, build
from streaming.records import Row

SIZES = (10_000, 100_000)
A_DAY = 1_000
"""Reports a day in the stream: some three times the real world's."""


def stream(count: int) -> list[SeismicEvent]:
    """Adversarial reports at `A_DAY`, in order of arrival."""
    steps = adversarial_stream(np.random.default_rng(1), count // 3, days=count / A_DAY)
    return [step.message for step in steps if isinstance(step.message, SeismicEvent)][:count]


def plain(reports: list[SeismicEvent]) -> float:
    """CPU seconds of the engine in a loop."""
    engine = Engine(SETTING, begin().state)
    return _cpu(lambda: [engine.process(report) for report in reports])


def piped(reports: list[SeismicEvent], core: tuple) -> float:
    """CPU seconds of the bounded pipeline, its rows thrown away."""
    incoming = [Incoming(position, encode(report), {}) for position, report in enumerate(reports, start=1)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "incoming"
        path.write_bytes(pickle.dumps(incoming))

        def run() -> None:
            with beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([])) as pipeline:
                source = beam.Create([str(path)]) | beam.FlatMap(_read)
                build(pipeline, source, Sinks(beam.Filter(_nothing), None), begin, True, core)

        return _cpu(run)


def main(sizes: list[int]) -> None:
    """Prints microseconds of CPU a report for each size, and how much they grow."""
    own = {}
    print("reports    plain     full    empty   full-empty   ratio to plain   reports/s (full)")
    for size in sizes or SIZES:
        reports = stream(size)
        PUT_OUT.clear()
        piped(reports, tuple(recording(kind) for kind in CORE))
        costs = [
            cost / len(reports) * 1e6
            for cost in (plain(reports), piped(reports, CORE), piped(reports, (Repeating,) * 3))
        ]
        own[size] = costs[1] - costs[2]
        figures = " ".join(f"{cost:8.0f}" for cost in costs)
        print(
            f"{len(reports):7d} {figures} {own[size]:12.0f} {own[size] / costs[0]:16.2f} {1e6 / costs[1]:18.0f}",
            flush=True,
        )
    print(f"growth of the engine's own cost: {own[max(own)] / own[min(own)]:.2f}")


def _cpu(run: Callable[[], object]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


def _read(path: str) -> list[Incoming]:
    return pickle.loads(Path(path).read_bytes())


def _nothing(_row: Row) -> bool:
    return False


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]])
