"""The scheduled forecast as GeoJSON (RFC 7946): a point a cell, what all cells share beside them."""

from datetime import datetime
from typing import Any, Literal

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from serving.config import WARNING
from serving.cursors import encode_cursor
from serving.queries import GridQuery
from serving.reads import Row

SHARED = ("model_version", "mode", "hindsight", "processed_sequence")
OWN = ("cell", "expected", "probability", "baseline_expected", "baseline_probability", "gain")


class GeoJson(JSONResponse):
    """A GeoJSON document."""

    media_type = "application/geo+json"


class Point(BaseModel):
    """A place."""

    type: Literal["Point"]
    coordinates: tuple[float, float] = Field(description="Degrees east, degrees north")


class Cell(BaseModel):
    """What is expected in one cell, beside a normal day's."""

    cell: str
    expected: float = Field(description="Expected number of earthquakes")
    probability: float = Field(description="Of at least one, 0 to 1")
    baseline_expected: float = Field(description="Expected number on a normal day: the long-term mean there")
    baseline_probability: float = Field(description="The same as a probability, 0 to 1")
    gain: float = Field(description="`expected / baseline_expected`")


class Feature(BaseModel):
    """One cell at its centre."""

    type: Literal["Feature"]
    id: str
    geometry: Point
    properties: Cell


class GridAnswer(BaseModel):
    """A feature collection of one issue, one horizon, one magnitude."""

    type: Literal["FeatureCollection"]
    features: list[Feature]
    next: str | None = Field(description="Pass as `cursor` for what follows; null at the end")
    issued_at: datetime = Field(description="The time from which the horizon runs, UTC")
    horizon_days: int = Field(description="Days", examples=[7])
    magnitude_min: float = Field(description="Earthquakes of this magnitude or larger", examples=[5.0])
    role: str
    warning: str = Field(description="Show it beside every figure")
    model_version: str | None = Field(description="Null when no cell was asked for")
    mode: str | None
    hindsight: bool | None
    processed_sequence: int | None = Field(description="The last report that it knows of")


def grid_answer(rows: list[Row], query: GridQuery, issued_at: datetime) -> dict[str, Any]:
    """The answer to `query`; one row more than its limit means that more follow."""
    kept = rows[: query.limit]
    after = encode_cursor(issued_at, kept[-1]["cell"]) if len(rows) > query.limit else None
    about = {"issued_at": issued_at, "warning": WARNING, "next": after} | query.chosen()
    shared = {name: kept[0][name] if kept else None for name in SHARED}
    return {"type": "FeatureCollection", "features": [_feature(row) for row in kept]} | about | shared


def _feature(row: Row) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [row["longitude"], row["latitude"]]}
    return {"type": "Feature", "id": row["cell"], "geometry": point, "properties": {name: row[name] for name in OWN}}
