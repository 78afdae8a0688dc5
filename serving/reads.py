"""Questions to the warehouse, each one file of SQL; parameters are never null, so that every dialect can type them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from quake.adapters.sql import answer
from quake.adapters.warehouse import Warehouse
from quake.geo import wrap_longitude

TIMEOUT_S = 20.0
LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)
FAR_AHEAD = datetime(9999, 12, 30, tzinfo=UTC)
WORLD = (-180.0, -90.0, 180.0, 90.0)
NO_MAGNITUDE = -99.0
"""Stands for an unknown magnitude where one must be compared."""

Row = dict[str, Any]
Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


def events(warehouse: Warehouse, **asked: Any) -> list[Row]:
    """Latest assessments, newest origin first; see `events_page.sql` for what may be asked."""
    box = _inside(asked.pop("bbox", None))
    defaults = {
        "as_of": FAR_AHEAD, "since": LONG_AGO, "until": FAR_AHEAD, "updated_since": LONG_AGO, "status": "any",
        "min_magnitude": NO_MAGNITUDE, "before_time": FAR_AHEAD, "before_id": "", "limit": 1000,
    }  # fmt: skip
    return ask(warehouse, "events_page", defaults | box | asked)


def event(warehouse: Warehouse, quake_id: str, as_of: datetime = FAR_AHEAD) -> Row | None:
    """The latest assessment of one earthquake, whatever its status."""
    rows = ask(warehouse, "event_latest", {"quake_id": quake_id, "as_of": as_of})
    return rows[0] if rows else None


def reports(warehouse: Warehouse, quake_id: str, after: int, limit: int) -> list[Row]:
    """The agencies' reports of one earthquake in the engine's order, after a `processed_sequence`."""
    return ask(warehouse, "reports_page", {"quake_id": quake_id, "after": after, "limit": limit})


def assessments(warehouse: Warehouse, **asked: Any) -> list[Row]:
    """Assessments, newest first; see `assessments_page.sql` for what may be asked."""
    return ask(warehouse, "assessments_page", asked)


def alert_epoch(warehouse: Warehouse) -> str:
    """The epoch of the alert log that goes on; empty before the first alert."""
    rows = ask(warehouse, "alert_log_end", {})
    return rows[0]["epoch"] if rows else ""


def alerts_after(warehouse: Warehouse, epoch: str, seq: int, limit: int) -> list[Row]:
    """Messages of the alert log after `seq`, oldest first."""
    return ask(warehouse, "alerts_since", {"epoch": epoch, "seq": seq, "limit": limit})


def alerts_from(warehouse: Warehouse, epoch: str, seq: int, quake_id: str, limit: int) -> list[Row]:
    """The same, of one earthquake unless `quake_id` is empty."""
    return ask(warehouse, "alerts_oldest", {"epoch": epoch, "seq": seq, "quake_id": quake_id, "limit": limit})


def alerts_before(warehouse: Warehouse, epoch: str, seq: int, quake_id: str, limit: int) -> list[Row]:
    """Messages of the alert log before `seq`, newest first; of one earthquake unless `quake_id` is empty."""
    return ask(warehouse, "alerts_newest", {"epoch": epoch, "seq": seq, "quake_id": quake_id, "limit": limit})


def alert(warehouse: Warehouse, alert_id: str) -> Row | None:
    """One message by its id."""
    rows = ask(warehouse, "alert_by_id", {"alert_id": alert_id})
    return rows[0] if rows else None


def grid_issued(warehouse: Warehouse, role: str, as_of: datetime = FAR_AHEAD) -> datetime | None:
    """When the newest scheduled forecast known at `as_of` was issued; None before the first."""
    return ask(warehouse, "forecast_issued", {"role": role, "as_of": as_of})[0]["issued_at"]


def grid(warehouse: Warehouse, bbox: Box | None, **asked: Any) -> list[Row]:
    """Cells of one scheduled forecast by id; see `forecast_grid.sql` for what must be asked."""
    return ask(warehouse, "forecast_grid", asked | _inside(bbox))


def cells_near(warehouse: Warehouse, bbox: Box, role: str, issued_at: datetime) -> list[Row]:
    """Everything that one scheduled forecast says of the cells in a box."""
    return ask(warehouse, "forecast_near", {"role": role, "issued_at": issued_at} | _inside(bbox))


def decision(warehouse: Warehouse, model_version: str) -> Row | None:
    """The newest decision about a model."""
    rows = ask(warehouse, "model_decision", {"model_version": model_version})
    return rows[0] if rows else None


def status(warehouse: Warehouse) -> Row:
    """Counts, newest times and the model in use: one row."""
    return ask(warehouse, "service_status", {})[0]


def ask(warehouse: Warehouse, name: str, parameters: Mapping[str, Any]) -> list[Row]:
    """The rows that answer `name`."""
    return warehouse.query(answer(name), parameters, timeout_s=TIMEOUT_S).to_pylist()


def _inside(bbox: Box | None) -> Row:
    """Parameters of a box; west > east spans the antimeridian."""
    west, south, east, north = bbox or WORLD
    return {"west": wrap_longitude(west), "south": south, "east": _eastern(east), "north": north}


def _eastern(longitude: float) -> float:
    """180 stays 180: it is where a box ends."""
    return 180.0 if longitude == 180 else wrap_longitude(longitude)
