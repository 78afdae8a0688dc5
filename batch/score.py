"""Issued forecasts beside what came: outcomes when the catalogue has settled, and scores of the scheduled windows.

A forecast's place is the disc of RADIUS_KM around it. Number tests and reliability use non-overlapping windows only.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from quake.adapters.sql import answer
from quake.adapters.storage import open_storage
from quake.adapters.warehouse import Warehouse, open_warehouse
from quake.geo import EARTH_RADIUS_KM, unit_vectors
from quake.monitoring import MEASURED, measured
from quake.risk import HEADLINE, RADIUS_KM
from quake.schema import Outcome
from quake.score import bernoulli_gain, brier_skill, number_test, reliability
from quake.settings import Settings

SETTLING = timedelta(days=30)
"""Outcomes are counted this long after a forecast's window has closed."""
EDGES = (0.0, 1e-3, 1e-2, 0.05, 0.1, 0.2, 0.4, 1.0 + 1e-9)
"""Borders of the reliability table's probabilities."""

Row = dict[str, Any]

log = structlog.get_logger(__name__)


def score_forecasts(settings: Settings, now: datetime) -> int:
    """Counts what came of every forecast that is due, scores all that are known; the number of new outcomes."""
    with closing(open_warehouse(settings.warehouse)) as warehouse:
        made = warehouse.insert(list(outcomes(warehouse, now)))
        known = warehouse.query(answer("forecast_outcomes")).to_pylist()
    scores = list(scores_of(known))
    path = f"scores/{now:%Y%m%dT%H%M%S}.json"
    open_storage(settings.storage).write(path, json.dumps(scores, indent=2).encode())
    log.info("forecasts scored", outcomes=made, known=len(known), path=path)
    _tell(scores)
    return made


def _tell(scores: list[Row]) -> None:
    """The headline's figures under the names that monitoring knows."""
    headline = ("champion", *HEADLINE)
    for row in scores:
        if (row["role"], row["horizon_days"], row["magnitude_min"]) == headline and row["forecasts"]:
            worst = max(abs(part["mean_probability"] - part["frequency"]) for part in row["reliability"])
            log.info(MEASURED, **measured("information_gain", row["gain"]))
            log.info(MEASURED, **measured("reliability", worst))


def outcomes(warehouse: Warehouse, now: datetime) -> Iterator[Outcome]:
    """An outcome for each forecast whose window closed SETTLING ago and that has none yet.

    Earthquakes count as they were known when it fell due, so a late run counts the same as a punctual one.
    """
    due = warehouse.query(answer("forecasts_due"), {"as_of": now - SETTLING}).to_pylist()
    for (issued_at, horizon_days), group in groupby(due, key=lambda row: (row["issued_at"], row["horizon_days"])):
        forecasts = list(group)
        known_at = issued_at + timedelta(days=horizon_days) + SETTLING
        came = warehouse.query(answer("events_as_known_at"), {"as_of": known_at}).to_pylist()
        counts = observed(forecasts, came, issued_at, issued_at + timedelta(days=horizon_days))
        for forecast, count in zip(forecasts, counts.tolist()):
            key = {name: forecast[name] for name in ("cell", "magnitude_min", "role")}
            yield Outcome(**key, issued_at=issued_at, horizon_days=horizon_days, observed=count, known_at=known_at)


def observed(forecasts: list[Row], came: list[Row], start: datetime, end: datetime) -> NDArray[np.int64]:
    """Earthquakes in each forecast's disc with start < origin time <= end and at least its magnitude."""
    inside = [row for row in came if row["magnitude"] is not None and start < row["origin_time"] <= end]
    inside = [row for row in inside if row["event_type"] == "earthquake"]
    if not inside:
        return np.zeros(len(forecasts), np.int64)
    discs, quakes = (_points(rows) for rows in (forecasts, inside))
    near = np.linalg.norm(discs[:, None] - quakes[None], axis=-1) <= 2 * np.sin(RADIUS_KM / EARTH_RADIUS_KM / 2)
    magnitude = np.array([row["magnitude"] for row in inside])
    wanted = np.array([row["magnitude_min"] for row in forecasts])
    return (near & (magnitude[None] >= wanted[:, None] - 1e-9)).sum(1)


def scores_of(known: list[Row], seed: int = 1) -> Iterator[Row]:
    """The scores of each role, horizon and magnitude, on windows that do not overlap."""

    def kind(row: Row) -> tuple[str, int, float]:
        return row["role"], row["horizon_days"], row["magnitude_min"]

    for (role, horizon_days, magnitude_min), group in groupby(sorted(known, key=kind), key=kind):
        rows = list(_scheduled(list(group), horizon_days))
        about = {"role": role, "horizon_days": horizon_days, "magnitude_min": magnitude_min}
        yield about | _scores(rows, np.random.default_rng(seed))


def _scheduled(rows: list[Row], horizon_days: int) -> Iterator[Row]:
    """Rows issued at midnight UTC, of every `horizon_days`-th day: their windows only touch."""
    for row in rows:
        issued_at = row["issued_at"].astimezone(UTC)
        if issued_at.hour == issued_at.minute == 0 and issued_at.toordinal() % horizon_days == 0:
            yield row


def _scores(rows: list[Row], rng: np.random.Generator) -> Row:
    if not rows:
        return {"forecasts": 0}
    names = ("expected", "probability", "baseline_probability", "observed")
    expected, probability, baseline, count = (np.array([row[name] for row in rows], float) for name in names)
    windows = np.array([row["issued_at"].timestamp() for row in rows])
    at_least, at_most = number_test(float(expected.sum()), int(count.sum()))
    table = reliability(probability, count > 0, windows, EDGES, rng)
    return {
        "forecasts": len(rows),
        "expected": float(expected.sum()),
        "observed": int(count.sum()),
        "number_test": [at_least, at_most],
        "gain": float(bernoulli_gain(probability, count > 0, baseline).mean()),
        "brier_skill": brier_skill(probability, count > 0, baseline) if baseline.any() else None,
        "reliability": [asdict(row) for row in table],
    }


def _points(rows: list[Row]) -> NDArray[np.float64]:
    return unit_vectors(*(np.array([row[name] for row in rows], float) for name in ("latitude", "longitude")))
