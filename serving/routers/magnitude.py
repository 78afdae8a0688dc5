"""The magnitude that review is expected to find, beside "the first value stays"."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi import Query as FromQuery
from pydantic import Field

from quake.adapters.magnitude_model import load_magnitude_model
from quake.magnitude import QUANTILES, EmpiricalInterval, FirstReport
from serving.answers import json_response
from serving.parameters import UnknownDepth, Latitude, Longitude
from serving.problems import documented
from serving.queries import Query
from serving.services import Given

router = APIRouter(prefix="/v1/magnitude", tags=["earthquakes"], responses=documented(422, 429))


class MagnitudeQuery(Query):
    """A first automatic report, as an agency would give it."""

    magnitude: float = Field(ge=-5, le=10, description="First magnitude", examples=[6.1])
    magnitude_type: str | None = Field(None, max_length=10, description="mww, mb, ml, ...", examples=["mb"])
    network: str = Field("", max_length=20, description="Network that made it: us, ci, ...", examples=["us"])
    minutes_since_origin: float = Field(10.0, ge=0, le=1e6, description="Age of the report, minutes", examples=[10])
    latitude: Latitude = 0.0
    longitude: Longitude = 0.0
    depth_km: UnknownDepth = None
    nst: int | None = Field(None, ge=0, le=10_000, description="Stations used", examples=[40])
    gap_deg: float | None = Field(None, ge=0, le=360, description="Largest azimuthal gap, degrees", examples=[60])
    dmin_deg: float | None = Field(
        None, ge=0, le=180, description="Distance to the nearest station, degrees", examples=[0.4]
    )
    rms_s: float | None = Field(None, ge=0, le=1000, description="Root mean square residual, seconds", examples=[0.7])


@dataclass(frozen=True, slots=True)
class ReviewedAnswer:
    """Quantiles of the magnitude after review."""

    low: float
    median: float
    high: float
    quantiles: tuple[float, ...]
    first_value: float
    """What "the first value stays" says."""
    model: str
    """`first value stays` with the changes seen so far, or `linear quantiles`, once they have won on unseen pairs."""


@router.get("", response_model=ReviewedAnswer, summary="The magnitude after review")
def reviewed_magnitude(request: Request, given: Given, query: Annotated[MagnitudeQuery, FromQuery()]) -> Response:
    """10, 50 and 90 % quantiles, given a first automatic report. The model in use is the one that passed the gate."""
    model = load_magnitude_model(given.storage)
    found = model.predict(FirstReport(automatic=True, **query.model_dump()))
    name = "first value stays" if isinstance(model, EmpiricalInterval) else "linear quantiles"
    return json_response(request, ReviewedAnswer(*found, QUANTILES, query.magnitude, name))
