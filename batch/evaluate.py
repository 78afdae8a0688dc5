"""Two models and the normal day on the same unseen earthquakes: paired scores with their intervals.

A forecast is made after each earthquake, as `quake.risk` serves it, from what was known then. Its score is the
log-likelihood of what its probability said: at least one M >= MC within RADIUS_KM and HORIZON_DAYS, or none.
"""

import hashlib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import structlog
from numpy.typing import NDArray
from pydantic import TypeAdapter

from batch.train_provenance import code_digest
from quake.adapters.storage import Storage
from quake.catalog import DAY_S
from quake.hindcast import DELAY_S, HORIZON_DAYS, followers, hindcasts
from quake.model import ForecastModel
from quake.quakes import MC, Quakes
from quake.score import Interval, bernoulli_gain, block_bootstrap

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Replay:
    """Forecasts of several models for the same places and times, oldest first, and what came of them."""

    probability: NDArray[np.float64]
    """P(at least one), shape (forecasts, models)."""
    baseline: NDArray[np.float64]
    """The same on the first model's normal day, shape (forecasts,)."""
    observed: NDArray[np.int64]
    """Earthquakes that came, shape (forecasts,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a challenger fared beside the champion and the normal day; intervals in nats a forecast."""

    challenger: str
    champion: str
    start: datetime
    end: datetime
    forecasts: int
    followed: int
    """Forecasts after which at least one earthquake came."""
    over_champion: Interval
    over_baseline: Interval
    champion_over_baseline: Interval


KEPT = TypeAdapter(Verdict)


def evaluate_once(
    storage: Storage, challenger: ForecastModel, champion: ForecastModel, quakes: Quakes, seed: int = 1
) -> Verdict:
    """`evaluate`, kept in storage: the same models, earthquakes and code are not judged again."""
    digest = hashlib.sha256(f"{code_digest()} {inspect.getsource(inspect.getmodule(Verdict))} {seed}".encode())
    for name in quakes.columns:
        digest.update(quakes.column(name).tobytes())
    path = f"evaluations/{challenger.version}-{champion.version}-{digest.hexdigest()[:16]}.json"
    if storage.exists(path):
        log.info("verdict found", path=path)
        return KEPT.validate_json(storage.read(path))
    verdict = evaluate(challenger, champion, quakes, seed)
    storage.write(path, KEPT.dump_json(verdict, indent=1))
    return verdict


def evaluate(challenger: ForecastModel, champion: ForecastModel, quakes: Quakes, seed: int = 1) -> Verdict:
    """The verdict on everything that neither model was fitted to. Raises ValueError when nothing is left."""
    start, end = unseen(challenger, champion, quakes)
    played = replay((champion, challenger), quakes, start, end)
    if played.observed.size == 0:
        raise ValueError(f"no M >= {MC} from {start:%Y-%m-%d} to {end:%Y-%m-%d} that neither model has seen")
    happened = played.observed > 0
    old, new = played.probability.T
    pairs = (new, old), (new, played.baseline), (old, played.baseline)
    gains = [_interval(forecast, happened, other, seed) for forecast, other in pairs]
    return Verdict(
        challenger=challenger.version,
        champion=champion.version,
        start=start,
        end=end,
        forecasts=len(happened),
        followed=int(happened.sum()),
        over_champion=gains[0],
        over_baseline=gains[1],
        champion_over_baseline=gains[2],
    )


def unseen(challenger: ForecastModel, champion: ForecastModel, quakes: Quakes) -> tuple[datetime, datetime]:
    """The newest window that neither model was fitted to; its end is the last known earthquake."""
    if len(quakes) == 0:
        raise ValueError("there is no history to evaluate on; run: quake bootstrap")
    return max(challenger.trained_to, champion.trained_to), datetime.fromtimestamp(float(quakes.origin_s[-1]), UTC)


def replay(models: Sequence[ForecastModel], quakes: Quakes, start: datetime, end: datetime) -> Replay:
    """Every model's forecast after each M >= MC of the window whose horizon has passed by its end."""
    targets = quakes.between(start, end, MC)
    kept = targets.origin_s + DELAY_S + HORIZON_DAYS * DAY_S < end.timestamp()
    rows = [
        [said[0].baseline_probability, *(item.probability for item in said)]
        for said in hindcasts(models, quakes, start, end)
    ]
    table = np.array(rows, float).reshape(-1, len(models) + 1)[kept]
    return Replay(table[:, 1:], table[:, 0], followers(targets)[kept])


def _interval(forecast: NDArray, happened: NDArray, other: NDArray, seed: int) -> Interval:
    return block_bootstrap(bernoulli_gain(forecast, happened, other), np.random.default_rng(seed))
