"""What came over what was forecast, followed as forecasts close: it needs no held-back years and sees no future."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import exp

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class RunningRatio:
    """Mean of a factor on expected counts: gamma prior of mean 1, counts as evidence, which fades exponentially.

    Harvey and Fernandes (1989), J. Bus. Econ. Stat. 7, 407-417, doi:10.1080/07350015.1989.10509750, equations 2.3 to
    2.6, with a prior that does not fade. Counts vary by mean (1 + spread mean), so a window of many earthquakes is
    evidence of about one over `spread`, however many came.

    >>> RunningRatio(prior=10, memory_days=365.25).closed(expected=30, observed=10, days=7).value
    0.5
    """

    prior: float
    """Made-up earthquakes that came as forecast."""
    memory_days: float
    """Evidence of so long ago weighs 1 / e."""
    spread: float = 0.0
    expected: float = 0.0
    observed: float = 0.0

    @property
    def value(self) -> float:
        """What expected counts are to be multiplied by now."""
        return (self.prior + self.observed) / (self.prior + self.expected)

    def closed(self, expected: float, observed: float, days: float) -> "RunningRatio":
        """After forecasts of `days` length have closed, that expected so many where so many came."""
        left, weight = exp(-days / self.memory_days), 1 / (1 + self.spread * expected)
        seen = left * self.expected + weight * expected, left * self.observed + weight * observed
        return replace(self, expected=seen[0], observed=seen[1])

    def along(self, expected: Iterable[float], observed: Iterable[float], days: float) -> NDArray[np.float64]:
        """`value` as known at the start of each of successive windows of `days`, shape (windows,)."""
        ratio, known = self, []
        for said, came in zip(expected, observed, strict=True):
            known.append(ratio.value)
            ratio = ratio.closed(float(said), float(came), days)
        return np.array(known)
