"""`quake drift`: Evidently on two windows of what came in, page in storage, figures in the table `drift_reports`.

This is for people. It looks at every column by itself and takes a swarm for drift, so it starts no retraining: what
does is `streaming.drift`, which tells sequences from faults.
"""

import re
import warnings
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog

from quake.adapters.sql import answer
from quake.adapters.storage import open_storage
from quake.adapters.warehouse import Warehouse, open_warehouse
from quake.monitoring import MEASURED, measured
from quake.schema import DriftReport
from quake.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = ("magnitude", "depth_km", "latitude", "longitude", "nst", "gap_deg", "dmin_deg", "rms_s")
WORDS = ("source", "magnitude_type", "review_status", "network")
ROWS_MIN = 100
"""A window with fewer reports says nothing."""
SHARE = "drifted share"

log = structlog.get_logger(__name__)


def compare(settings: Settings, now: datetime, days: int = 30) -> list[DriftReport]:
    """Figures of the `days` before `now` against as many before them, written as rows; none with too few reports."""
    middle, start = now - timedelta(days=days), now - timedelta(days=2 * days)
    with closing(open_warehouse(settings.warehouse)) as warehouse:
        reference, current = _window(warehouse, start, middle), _window(warehouse, middle, now)
        if min(len(reference), len(current)) < ROWS_MIN:
            log.warning("too few reports to compare", reference=len(reference), current=len(current), wanted=ROWS_MIN)
            return []
        page, figures = compared(reference, current)
        path = f"drift/{now:%Y%m%dT%H%M%S}-{days}d.html"
        storage = open_storage(settings.storage)
        storage.write(path, page.encode())
        window = {"window_start": middle, "window_end": now, "report_url": f"{storage.url}/{path}"}
        rows = [DriftReport(**figure, **window) for figure in figures]
        warehouse.insert(rows)
    share = next(row.value for row in rows if row.name == SHARE)
    log.info(MEASURED, **measured("drift_share", share))
    return rows


def compared(reference: "pd.DataFrame", current: "pd.DataFrame") -> tuple[str, list[dict[str, Any]]]:
    """Evidently's page, and name, value, threshold and verdict of each of its figures."""
    with warnings.catch_warnings():
        # Evidently 0.7 reaches for numpy.core and for deprecated names of litestar when it is imported.
        warnings.simplefilter("ignore")
        from evidently import DataDefinition, Dataset, Report
        from evidently.presets import DataDriftPreset

        kinds = DataDefinition(numerical_columns=_told(NUMBERS, reference, current), categorical_columns=list(WORDS))
        new, old = (Dataset.from_pandas(rows, data_definition=kinds) for rows in (current, reference))
        done = Report([DataDriftPreset()]).run(new, old)
        return done.get_html_str(as_iframe=False), list(filter(None, map(_figure, done.dict()["metrics"])))


def _told(names: tuple[str, ...], *windows: "pd.DataFrame") -> list[str]:
    """Columns that have values in every window: an agency that never says a thing does not drift in it."""
    return [name for name in names if all(rows[name].notna().any() for rows in windows)]


def _figure(metric: dict[str, Any]) -> dict[str, Any] | None:
    config, value = metric["config"], metric["value"]
    if "DriftedColumnsCount" in config["type"]:
        limit = float(config["drift_share"])
        return {"name": SHARE, "value": value["share"], "threshold": limit, "drifted": value["share"] >= limit}
    column = config.get("column")
    if column is None:
        return None
    distance = not re.search("p_value", config["method"])
    limit = float(config["threshold"])
    drifted = value >= limit if distance else value < limit
    return {"name": column, "value": float(value), "threshold": limit, "drifted": bool(drifted)}


def _window(warehouse: Warehouse, start: datetime, end: datetime) -> "pd.DataFrame":
    rows = warehouse.query(answer("reports_between"), {"since": start, "as_of": end}).to_pandas()
    rows[list(NUMBERS)] = rows[list(NUMBERS)].astype("float64")
    rows[list(WORDS)] = rows[list(WORDS)].fillna("unknown").astype(str)
    return rows
