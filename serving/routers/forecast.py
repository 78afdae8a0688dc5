"""What may follow anywhere: for a point, now; for the world, as last issued on schedule."""

from dataclasses import fields
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi import Query as FromQuery
from pydantic import BaseModel, Field

from quake.geo import place_distance_km
from quake.risk import QUANTILES, RADIUS_KM, largest_magnitudes
from quake.schema import Exceedance, as_record
from serving import reads
from serving.answers import json_response
from serving.config import WARNING, mode_of
from serving.geojson import GeoJson, GridAnswer, grid_answer
from serving.models import model_of
from serving.parameters import Latitude, Longitude
from serving.problems import documented
from serving.queries import GridQuery, Query
from serving.services import Given, Services

router = APIRouter(prefix="/v1/forecast", tags=["forecast"], responses=documented(422, 429))
FIELDS = tuple(field.name for field in fields(Exceedance))
NEAR_DEG = 2.0
"""Cells are looked for so far away; the nearest speaks for a point at most `NEAR_KM` from its centre."""
NEAR_KM = 150.0
NOT_ISSUED = "no scheduled forecast has been issued yet: the engine issues them when the feed's time passes 00:00 UTC"


class PointQuery(Query):
    """Where."""

    latitude: Latitude
    longitude: Longitude
    radius_km: float = Field(
        RADIUS_KM, ge=RADIUS_KM, le=RADIUS_KM, description="Kilometres; the one that is scored", examples=[RADIUS_KM]
    )


class Largest(BaseModel):
    """The largest earthquake of a horizon stays below `magnitude` with the probability `quantile`."""

    horizon_days: int
    quantile: float = Field(description="0.5, 0.9, 0.99")
    magnitude: float | None = Field(description="Null: below 4, or none; 7 stands for 7 and more")


class PointAnswer(BaseModel):
    """Expected earthquakes around a point, beside a normal day's."""

    latitude: float = Field(description="Degrees north", examples=[37.2])
    longitude: float = Field(description="Degrees east", examples=[37.0])
    radius_km: float = Field(description="Kilometres", examples=[RADIUS_KM])
    source: Literal["state", "grid"] = Field(
        description="`state`: from all reports so far. `grid`: of the nearest cell of the newest scheduled forecast"
    )
    issued_at: datetime = Field(description="The time from which horizons run, UTC; in replay the feed's own")
    processed_sequence: int = Field(description="The last report that it knows of")
    cell: str | None = Field(description="Of the grid; null for `state`")
    cell_distance_km: float | None = Field(description="From the point to the centre of the cell; null for `state`")
    model_version: str
    mode: str = Field(description="`live`, `replay` of the past, or `simulate`")
    hindsight: bool = Field(description="The model was fitted to a time span that holds `issued_at`")
    warning: str = Field(description="Show it beside every figure")
    forecast: list[model_of(Exceedance)] = Field(description="1, 7, 30 days x magnitude 4, 5, 6, 7")  # type: ignore
    largest: list[Largest] = Field(description="How large the largest earthquake to come may be, for each horizon")


@router.get(
    "",
    response_model=PointAnswer,
    responses=documented(503),
    summary="Expected counts and probabilities within 100 km of a point",
)
def point_forecast(request: Request, given: Given, query: Annotated[PointQuery, FromQuery()]) -> Response:
    """From the state of this moment; where it is not at hand, of the nearest cell of the newest scheduled forecast."""
    found = _from_state(given, query) or _from_grid(given, query)
    if found is None:
        detail = f"the forecast's state does not reach here yet, and {_no_grid(given)}"
        raise HTTPException(503, detail, {"Retry-After": "10"})
    where = {"latitude": query.latitude, "longitude": query.longitude, "radius_km": RADIUS_KM, "warning": WARNING}
    return json_response(request, where | found | {"largest": _largest(found["forecast"])})


@router.get(
    "/grid",
    response_class=GeoJson,
    response_model=GridAnswer,
    responses=documented(404),
    summary="The newest scheduled forecast of every cell, as GeoJSON",
)
def forecast_grid(request: Request, given: Given, query: Annotated[GridQuery, FromQuery()]) -> Response:
    """One feature a cell, at its centre; one horizon and magnitude at a time. Immutable once issued: `issued_at` with
    `cell` names a row for good. `next` goes on within the same issue, even when a newer one has come."""
    issued_at, after_cell = query.place()
    issued_at = issued_at or reads.grid_issued(given.warehouse, query.role, query.as_of or reads.FAR_AHEAD)
    if issued_at is None:
        raise HTTPException(404, NOT_ISSUED)
    asked = {"issued_at": issued_at, "after_cell": after_cell, "limit": query.limit + 1} | query.chosen()
    rows = reads.grid(given.warehouse, query.box(), **asked)
    return json_response(request, grid_answer(rows, query, issued_at), GeoJson.media_type)


def _largest(forecast: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_horizon: dict[int, dict[float, float]] = {}
    for item in forecast:
        by_horizon.setdefault(item["horizon_days"], {})[item["magnitude_min"]] = item["probability"]
    return [
        {"horizon_days": days, "quantile": quantile, "magnitude": magnitude}
        for days, chances in by_horizon.items()
        for quantile, magnitude in zip(QUANTILES, largest_magnitudes(chances))
    ]


def _from_state(given: Services, query: PointQuery) -> dict[str, Any] | None:
    at = given.forecaster.now()
    state, found = given.forecaster.state, given.forecaster.expect(query.latitude, query.longitude, at)
    if state is None or found is None:
        return None
    model = state.model
    return {
        "source": "state", "issued_at": at, "processed_sequence": state.processed_sequence, "cell": None,
        "cell_distance_km": None, "model_version": model.version, "mode": mode_of(given.settings),
        "hindsight": model.trained_from <= at <= model.trained_to, "forecast": [as_record(item) for item in found],
    }  # fmt: skip


def _from_grid(given: Services, query: PointQuery) -> dict[str, Any] | None:
    issued_at = reads.grid_issued(given.warehouse, "champion")
    if issued_at is None:
        return None
    rows = reads.cells_near(given.warehouse, _around(query), "champion", issued_at)
    apart = {
        row["cell"]: place_distance_km(query.latitude, query.longitude, row["latitude"], row["longitude"])
        for row in rows
    }
    nearest = min(apart, key=apart.__getitem__, default=None)
    if nearest is None or apart[nearest] > NEAR_KM:
        return None
    cell = [row for row in rows if row["cell"] == nearest]
    shared = {name: cell[0][name] for name in ("issued_at", "processed_sequence", "model_version", "mode", "hindsight")}
    forecast = [{name: row[name] for name in FIELDS} for row in cell]
    return shared | {"source": "grid", "cell": nearest, "cell_distance_km": apart[nearest], "forecast": forecast}


def _no_grid(given: Services) -> str:
    issued_at = reads.grid_issued(given.warehouse, "champion")
    near = f"the newest scheduled forecast has no cell within {NEAR_KM:.0f} km"
    return near if issued_at else NOT_ISSUED


def _around(query: PointQuery) -> tuple[float, float, float, float]:
    """A box of NEAR_DEG each way; the whole circle of longitudes near a pole."""
    south, north = max(-90.0, query.latitude - NEAR_DEG), min(90.0, query.latitude + NEAR_DEG)
    if max(-south, north) > 85:
        return -180.0, south, 180.0, north
    reach = 12 * NEAR_DEG if max(-south, north) > 60 else 2 * NEAR_DEG
    return query.longitude - reach, south, query.longitude + reach, north
