"""Judges earthquake streams with 20 restarts: `python -m benchmarks.identity_adversarial [EVENTS [SEED]]`."""

import sys
from dataclasses import fields

import numpy as np

from benchmarks.identity_judge import judge
from benchmarks.identity_pipeline import Pipeline
from benchmarks.identity_stream import Step, adversarial_stream, simulated_stream
from benchmarks.identity_verdict import Verdict

RESTARTS = 20
REDELIVERED = 500
"""Messages that the bus delivers again after a restart: it promises at least once."""
EVENTS_A_DAY = 400
"""As many as the USGS feed holds on a busy day."""


def run(steps: list[Step], restarts: int, rng: np.random.Generator) -> Pipeline:
    """The pipeline after all steps, killed and restored at `restarts` random ones, with the last messages once more."""
    stops = set(rng.choice(len(steps), restarts, replace=False).tolist())
    pipeline = Pipeline()
    for index, step in enumerate(steps):
        if index in stops:
            pipeline = pipeline.restarted()
            for again in steps[max(0, index - REDELIVERED) : index]:
                pipeline.process(again.message)
        pipeline.process(step.message)
    return pipeline


def verdict_on(steps: list[Step], rng: np.random.Generator) -> tuple[Verdict, Pipeline]:
    """Runs and judges; a run without restarts must have put out the same, or it is a fault."""
    pipeline, undisturbed = run(steps, RESTARTS, rng), run(steps, 0, rng)
    verdict = judge(steps, pipeline)
    for name in ("reports", "assessments", "alerts"):
        if getattr(pipeline, name) != getattr(undisturbed, name):
            verdict.fault("a restart changed something", name)
    return verdict, pipeline


def streams(events: int, rng: np.random.Generator) -> dict[str, list[Step]]:
    """The adversarial stream, and the simulator's of about as many days."""
    days = max(1.0, events / EVENTS_A_DAY)
    return {"adversarial": adversarial_stream(rng, events, days), "simulated": simulated_stream(rng, days)}


def main() -> None:
    """Prints the verdicts; the exit status is 1 if there is any fault."""
    events, seed = (int(text) for text in [*sys.argv[1:], *["10000", "1"][len(sys.argv) - 1 :]])
    rng, faults = np.random.default_rng(seed), 0
    for name, steps in streams(events, rng).items():
        verdict, _ = verdict_on(steps, rng)
        faults += verdict.faults.total()
        print(f"{name} stream")
        for field in fields(verdict):
            print(f"  {field.name:20} {getattr(verdict, field.name)}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
