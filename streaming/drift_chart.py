"""One statistic under control: learn what is usual, then test with River whether it still is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from river.drift import PageHinkley

CLIP = 2.0
"""Standard deviations beyond which a value counts no more: one great earthquake is no drift."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How a statistic is watched, in its own standard deviations."""

    slack: float
    """Half the shift worth an alarm."""
    threshold: float
    """Sum of deviations beyond `slack` that raises it."""
    learning: int
    """Values that the usual mean and spread are learned from before any is tested."""
    memory: int
    """Values over which the usual follows slow change."""
    scale_min: float = 0.0
    """Smallest standard deviation believed in."""


class Chart:
    """A two-sided Page-Hinkley test on standardised values; after an alarm it learns the usual anew."""

    def __init__(self, settled: Settled) -> None:
        self.settled = settled
        self._count, self._mean, self._variance = 0, 0.0, 0.0
        self._test = self._fresh()

    def update(self, value: float) -> tuple[float, float] | None:
        """Takes a value in; when the usual is usual no more, the value and the mean that was usual."""
        usual, raised = self._mean, False
        if self._count >= self.settled.learning:
            scale = max(self._variance**0.5, self.settled.scale_min) or 1.0
            self._test.update(min(CLIP, max(-CLIP, (value - usual) / scale)))
            raised = self._test.drift_detected
        if raised:
            self._count, self._mean, self._variance = 0, 0.0, 0.0
            self._test = self._fresh()
        self._learn(value)
        return (value, usual) if raised else None

    def to_state(self) -> dict[str, Any]:
        """All of it as plain numbers; River itself offers pickle only, and a snapshot runs no code."""
        test = {name: number for name, number in vars(self._test).items() if name in _SUMS}
        mean = vars(self._test)["_x_mean"]
        own = {"count": self._count, "mean": self._mean, "variance": self._variance}
        return own | {"test": test, "tested": [mean.n, mean.get()]}

    @classmethod
    def from_state(cls, settled: Settled, state: Mapping[str, Any]) -> "Chart":
        """The chart that `to_state` described."""
        chart = cls(settled)
        chart._count, chart._mean, chart._variance = state["count"], state["mean"], state["variance"]
        for name, number in state["test"].items():
            setattr(chart._test, name, number)
        for name, number in zip(("n", "_mean"), state["tested"]):
            setattr(vars(chart._test)["_x_mean"], name, number)
        return chart

    def _learn(self, value: float) -> None:
        """Mean and variance over the last `memory` values, all of them weighing the same while there are fewer."""
        self._count += 1
        share, step = 1 / min(self._count, self.settled.memory), value - self._mean
        self._mean += share * step
        self._variance = (1 - share) * (self._variance + share * step * step)

    def _fresh(self) -> PageHinkley:
        return PageHinkley(
            min_instances=1, delta=self.settled.slack, threshold=self.settled.threshold, alpha=1.0, mode="both"
        )


_SUMS = ("_sum_increase", "_sum_decrease", "_min_increase", "_max_decrease")
