"""Gains of what was said right after earthquakes, by region; and of a challenger over the champion on the same ones.

These windows overlap, as earthquakes come in sequences: they get information gain with a block bootstrap, no
number test.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from quake.adapters.registry.alias import CHALLENGER, CHAMPION
from quake.adapters.sql import answer
from quake.adapters.warehouse import Warehouse
from quake.geo import EARTH_RADIUS_KM, unit_vectors
from quake.risk import HEADLINE, RADIUS_KM
from quake.score import Interval, bernoulli_gain, block_bootstrap

SETTLING = timedelta(days=30)
"""Outcomes are counted this long after a forecast's window has closed."""
HORIZON = timedelta(days=HEADLINE[0])
SPAN = timedelta(days=365)
"""How far back earthquakes are scored."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A challenger beside a champion on the live stream: how many earthquakes, the gain in nats a forecast."""

    challenger: str
    champion: str
    forecasts: int
    gain: Interval


def event_scores(warehouse: Warehouse, now: datetime, seed: int = 1) -> Iterator[Row]:
    """A row for each role, of the world and of each region: gain over the normal day."""
    said = followed(warehouse, now)
    for role in sorted({row["role"] for row in said}):
        rows = [row for row in said if row["role"] == role]
        yield _score(rows, "world", role, seed)
        for region in sorted({row["region"] for row in rows}):
            yield _score([row for row in rows if row["region"] == region], region, role, seed)


def shadow(warehouse: Warehouse, now: datetime, challenger: str, champion: str, seed: int = 1) -> Pairs | None:
    """How the challenger did beside the champion where both have spoken; None where that never happened."""
    said = {
        (row["quake_id"], row["revision"], row["role"], row["model_version"]): row for row in followed(warehouse, now)
    }
    keys = [key[:2] for key in said if key[2:] == (CHALLENGER, challenger)]
    pairs = [
        (said[*key, CHALLENGER, challenger], said[*key, CHAMPION, champion])
        for key in keys
        if (*key, CHAMPION, champion) in said
    ]
    if not pairs:
        return None
    new, old = (np.array([row["probability"] for row in side]) for side in zip(*pairs))
    happened = np.array([row["observed"] > 0 for row, _ in pairs])
    gain = block_bootstrap(bernoulli_gain(new, happened, old), np.random.default_rng(seed))
    return Pairs(challenger, champion, len(pairs), gain)


def followed(warehouse: Warehouse, now: datetime) -> list[Row]:
    """What was said of each earthquake whose window closed SETTLING ago, with `observed`: how many M >= 5 came."""
    as_of = now - SETTLING - HORIZON
    said = warehouse.query(answer("event_forecasts"), {"since": now - SPAN, "as_of": as_of}).to_pylist()
    came = [row for row in warehouse.query(answer("events_as_known_at"), {"as_of": now}).to_pylist() if _counts(row)]
    for row, observed in zip(said, _observed(said, came).tolist()):
        row["observed"] = observed
    return said


def _counts(row: Row) -> bool:
    return row["event_type"] == "earthquake" and (row["magnitude"] or 0.0) >= HEADLINE[1] - 1e-9


def _observed(said: list[Row], came: list[Row]) -> NDArray[np.int64]:
    if not said or not came:
        return np.zeros(len(said), np.int64)
    places = (unit_vectors(*(np.array([row[name] for row in rows], float) for name in ("latitude", "longitude")))
              for rows in (said, came))  # fmt: skip
    points, quakes = places
    near = cKDTree(quakes).query_ball_point(points, 2 * np.sin(RADIUS_KM / EARTH_RADIUS_KM / 2))
    times = [row["origin_time"] for row in came]
    windows = [(row["assessed_at"], row["assessed_at"] + HORIZON) for row in said]
    counts = [sum(first < times[other] <= last for other in others) for (first, last), others in zip(windows, near)]
    return np.array(counts, np.int64)


def _score(rows: list[Row], region: str, role: str, seed: int) -> Row:
    probability, baseline = (np.array([row[name] for row in rows]) for name in ("probability", "baseline_probability"))
    happened = np.array([row["observed"] > 0 for row in rows])
    gain = block_bootstrap(bernoulli_gain(probability, happened, baseline), np.random.default_rng(seed))
    about = {"kind": "event-triggered", "region": region, "role": role}
    about |= {"horizon_days": HEADLINE[0], "magnitude_min": HEADLINE[1], "forecasts": len(rows)}
    figures = {"followed": int(happened.sum()), "gain": gain.value, "gain_low": gain.low, "gain_high": gain.high}
    return about | figures
