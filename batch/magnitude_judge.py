"""Judges a magnitude model on pairs it has never seen, and holds the gate it must pass to replace the first value."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batch.magnitude_pairs import Pairs
from quake.magnitude import QUANTILES, EmpiricalInterval, MagnitudeModel

Array = NDArray[np.float64]

MIN_PAIRS = 2000
"""With fewer real pairs nothing but the empirical interval may be champion."""
MIN_GAIN = 0.15
"""Pinball loss must fall by this share against the first value, its lower bound (95 %, bootstrap) above zero ..."""
COVERAGE = (0.77, 0.83)
"""... and the 80 % interval must cover this share of the pairs never trained on."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a challenger did on pairs never trained on, and whether it may replace the first value."""

    pairs: int
    """All of them, trained on or not."""
    test_pairs: int
    loss: float
    """Mean pinball loss of the 10, 50 and 90 % quantiles, magnitude units."""
    first_value_loss: float
    """Of the first value taken for all three."""
    interval_loss: float
    """Of the first value with its empirical interval."""
    gain: float
    """1 - loss / first_value_loss, with its 95 % interval."""
    gain_low: float
    gain_high: float
    coverage: float
    """Share of reviewed magnitudes inside the 10 to 90 % range."""
    interval_coverage: float
    """The same of the empirical interval."""
    promoted: bool
    reason: str


def judge(
    challenger: MagnitudeModel, stays: EmpiricalInterval, later: Pairs, pairs: int, rng: np.random.Generator
) -> Verdict:
    """Both models on `later`, which neither has seen, and the gate's decision; `pairs` counts all there are."""
    first = np.array([[report.magnitude] * 3 for report in later.reports])
    ours, interval = predictions(challenger, later), predictions(stays, later)
    losses, plain, empirical = (pinball(found, later.reviewed) for found in (ours, first, interval))
    gains = [1 - losses[rows].mean() / plain[rows].mean() for rows in rng.integers(0, len(later), (500, len(later)))]
    figures = {
        "pairs": pairs,
        "test_pairs": len(later),
        "loss": float(losses.mean()),
        "first_value_loss": float(plain.mean()),
        "interval_loss": float(empirical.mean()),
        "gain": float(1 - losses.mean() / plain.mean()),
        "gain_low": float(np.quantile(gains, 0.025)),
        "gain_high": float(np.quantile(gains, 0.975)),
        "coverage": _coverage(ours, later),
        "interval_coverage": _coverage(interval, later),
    }
    failed = [words for words, holds in GATE.items() if not holds(figures)]
    return Verdict(**figures, promoted=not failed, reason="; ".join(failed) or "passed")


GATE: dict[str, Callable[[dict[str, float]], bool]] = {
    f"fewer than {MIN_PAIRS} pairs": lambda found: found["pairs"] >= MIN_PAIRS,
    f"gain below {MIN_GAIN:.0%}": lambda found: found["gain"] >= MIN_GAIN,
    "gain not above zero for sure": lambda found: found["gain_low"] > 0,
    "no better than the empirical interval": lambda found: found["loss"] < found["interval_loss"],
    f"coverage outside {COVERAGE[0]:.0%} to {COVERAGE[1]:.0%}": lambda found: COVERAGE[0]
    <= found["coverage"]
    <= COVERAGE[1],
}
"""What a challenger fails by -> the condition it must meet."""


def predictions(model: MagnitudeModel, pairs: Pairs) -> Array:
    """Quantiles of every pair, shape (n, 3)."""
    return np.array([model.predict(report) for report in pairs.reports], dtype=float)


def pinball(found: Array, reviewed: Array) -> Array:
    """Mean pinball loss over the three quantiles, of each pair. Koenker and Bassett (1978), doi:10.2307/1913643."""
    error = reviewed[:, None] - found
    return np.maximum(np.array(QUANTILES) * error, (np.array(QUANTILES) - 1) * error).mean(1)


def _coverage(found: Array, pairs: Pairs) -> float:
    return float(((found[:, 0] <= pairs.reviewed) & (pairs.reviewed <= found[:, 2])).mean())
