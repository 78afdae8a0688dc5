"""Judges 10,000 adversarial earthquakes with 20 restarts: `python -m benchmarks.identity_adversarial [EVENTS] [SEED]`."""

import sys
from dataclasses import fields

import numpy as np

from benchmarks.identity_judge import Verdict, judge
from benchmarks.identity_pipeline import Pipeline
from benchmarks.identity_stream import Step, adversarial_stream

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


def verdict_on(events: int, seed: int) -> tuple[Verdict, Pipeline, list[Step]]:
    """Generates, runs and judges; a run without restarts must have put out the same, or it is a fault."""
    rng = np.random.default_rng(seed)
    steps = adversarial_stream(rng, events, max(1.0, events / EVENTS_A_DAY))
    pipeline, undisturbed = run(steps, RESTARTS, rng), run(steps, 0, rng)
    verdict = judge(steps, pipeline)
    for name in ("reports", "assessments", "alerts"):
        if getattr(pipeline, name) != getattr(undisturbed, name):
            verdict.fault("a restart changed something", name)
    return verdict, pipeline, steps


def main() -> None:
    """Prints the verdict; the exit status is 1 if there is any fault."""
    events, seed = (int(text) for text in [*sys.argv[1:], *["10000", "1"][len(sys.argv) - 1 :]])
    verdict, _, _ = verdict_on(events, seed)
    for field in fields(verdict):
        print(f"{field.name:20} {getattr(verdict, field.name)}")
    sys.exit(1 if verdict.faults else 0)


if __name__ == "__main__":
    main()
