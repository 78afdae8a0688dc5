"""The magnitude that review is expected to find, beside "the first value stays"."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi import Query as FromQuery
from pydantic import Field

from quake.adapters.magnitude_model import load_magnitude_model
from quake.adapters.storage import open_storage
from quake.magnitude import QUANTILES, EmpiricalInterval, FirstReport
from serving.answers import json_response
from serving.problems import documented
from serving.queries import Query
from serving.services import Given

router = APIRouter(prefix="/v1/magnitude", tags=["earthquakes"], responses=documented(422, 429))


class MagnitudeQuery(Query):
    """A first automatic report, as an agency would give it."""

    magnitude: float = Field(ge=-5, le=10, description="First magnitude", examples=[6.1])
    magnitude_type: str | None = Field(None, max_length=10, description="mww, mb, ml, ...", examples=["mb"])
    network: str = Field("", max_length=20, description="Network that made it: us, ci, ...", examples=["us"])
    minutes_since_origin: float = Field(10.0, ge=0, le=1e6, description="Age of the report, minutes")
    latitude: float = Field(0.0, ge=-90, le=90, description="Degrees north")
    longitude: float = Field(0.0, ge=-180, le=180, description="Degrees east")
    depth_km: float | None = Field(None, ge=-20, le=1000, description="Kilometres, positive down")
    nst: int | None = Field(None, ge=0, le=10_000, description="Stations used")
    gap_deg: float | None = Field(None, ge=0, le=360, description="Largest azimuthal gap, degrees")
    dmin_deg: float | None = Field(None, ge=0, le=180, description="Distance to the nearest station, degrees")
    rms_s: float | None = Field(None, ge=0, le=1000, description="Root mean square residual, seconds")


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
    model = load_magnitude_model(open_storage(given.settings.storage))
    found = model.predict(FirstReport(automatic=True, **query.model_dump()))
    name = "first value stays" if isinstance(model, EmpiricalInterval) else "linear quantiles"
    return json_response(request, ReviewedAnswer(*found, QUANTILES, query.magnitude, name))
