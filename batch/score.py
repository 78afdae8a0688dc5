"""`quake score-forecasts`: issued forecasts beside what came, outcomes when the catalogue has settled, then scores.

A forecast's place is the disc of RADIUS_KM around it. Scheduled windows are scored by `batch.score_windows`, what was
said right after earthquakes by `batch.score_events`.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from batch.score_events import SETTLING, SPAN, event_scores, shadow
from batch.score_windows import WORLD, scores_of
from quake.adapters.registry.alias import CHALLENGER, CHAMPION, provenance_of, read_aliases
from quake.adapters.sql import answer
from quake.adapters.storage import Storage, open_storage
from quake.adapters.warehouse import Warehouse, open_warehouse
from quake.geo import EARTH_RADIUS_KM, unit_vectors
from quake.monitoring import MEASURED, measured
from quake.risk import HEADLINE, RADIUS_KM
from quake.schema import Outcome
from quake.settings import Settings

Row = dict[str, Any]

log = structlog.get_logger(__name__)


def score_forecasts(settings: Settings, now: datetime) -> int:
    """Counts what came of every forecast that is due, scores a year of them; the number of new outcomes."""
    storage = open_storage(settings.storage)
    with closing(open_warehouse(settings.warehouse)) as warehouse:
        made = warehouse.insert(list(outcomes(warehouse, now)))
        known = warehouse.query(answer("forecast_outcomes"), {"since": now - SPAN})
        scores = [*scores_of(known), *event_scores(warehouse, now), *_shadowed(warehouse, storage, now)]
    path = f"scores/{now:%Y%m%dT%H%M%S}.json"
    storage.write(path, json.dumps(scores, indent=2).encode())
    log.info("forecasts scored", outcomes=made, known=known.num_rows, path=path)
    _tell(scores)
    _tell_age(storage, now)
    return made


def _shadowed(warehouse: Warehouse, storage: Storage, now: datetime) -> Iterator[Row]:
    """The challenger beside the champion on the live stream."""
    aliases = read_aliases(storage)
    if not {CHALLENGER, CHAMPION} <= aliases.keys():
        return
    pairs = shadow(warehouse, now, aliases[CHALLENGER].version, aliases[CHAMPION].version)
    if pairs is not None:
        yield {"kind": "shadow"} | asdict(pairs)


def _tell(scores: list[Row]) -> None:
    """The headline's figures under the names that monitoring knows."""
    headline = {"kind": "scheduled", "region": WORLD, "role": CHAMPION}
    headline |= dict(zip(("horizon_days", "magnitude_min"), HEADLINE))
    for row in scores:
        if row.items() >= headline.items():
            worst = max(abs(part["mean_probability"] - part["frequency"]) for part in row["reliability"])
            log.info(MEASURED, **measured("information_gain", row["gain"]))
            log.info(MEASURED, **measured("reliability", worst))
            log.info(MEASURED, **measured("interval_coverage", row["interval_coverage"]))


def _tell_age(storage: Storage, now: datetime) -> None:
    """Days since the champion was made; of what it has learned, `trained_to` in its provenance says more."""
    entry = read_aliases(storage).get(CHAMPION)
    if entry is not None:
        made_at = provenance_of(storage, entry.version).get("made_at", entry.registered_at)
        log.info(MEASURED, **measured("model_age", (now - datetime.fromisoformat(made_at)) / timedelta(days=1)))


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


def _points(rows: list[Row]) -> NDArray[np.float64]:
    return unit_vectors(*(np.array([row[name] for row in rows], float) for name in ("latitude", "longitude")))
