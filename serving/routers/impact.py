"""The shaking at a point: what an earthquake is expected to have been like at somebody's home."""

from dataclasses import dataclass
from typing import Annotated, Self

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi import Query as FromQuery
from pydantic import Field, model_validator

from quake.adapters.magnitude_model import load_magnitude_model
from quake.adapters.places import load_regimes
from quake.geo import place_distance_km
from quake.impact import intensity_here, probability_of_intensity
from quake.intensity_regime import regime_at
from quake.magnitude import FirstReport
from serving import reads
from serving.answers import json_response
from serving.parameters import AN_ID
from serving.problems import Unusable, documented
from serving.queries import Query
from serving.services import Given, Services

router = APIRouter(prefix="/v1/intensity", tags=["earthquakes"], responses=documented(404, 422, 429))
THRESHOLDS = tuple(range(3, 10))


class IntensityQuery(Query):
    """A point, and either an earthquake of ours or one that is only thought of."""

    latitude: float = Field(ge=-90, le=90, description="The point, degrees north", examples=[36.2])
    longitude: float = Field(ge=-180, le=180, description="The point, degrees east", examples=[36.16])
    quake_id: str = Field(
        "", pattern=r"^[A-Za-z0-9_.:\-]{0,80}$", description="Our id; else the next five say which", examples=[AN_ID]
    )
    epicentre_latitude: float | None = Field(None, ge=-90, le=90, description="Degrees north", examples=[37.2])
    epicentre_longitude: float | None = Field(None, ge=-180, le=180, description="Degrees east", examples=[37.0])
    depth_km: float | None = Field(None, ge=-20, le=1000, description="Positive down; unknown: 10", examples=[10.0])
    magnitude: float | None = Field(None, ge=-5, le=10, description="Moment magnitude", examples=[7.8])
    magnitude_sigma: float = Field(0.0, ge=0, le=2, description="Its standard deviation", examples=[0.1])

    @model_validator(mode="after")
    def _one_earthquake(self) -> Self:
        given = [self.epicentre_latitude, self.epicentre_longitude, self.magnitude]
        if self.quake_id and any(value is not None for value in (*given, self.depth_km)):
            raise ValueError("either quake_id or an epicentre with a magnitude is needed, not both")
        if not self.quake_id and None in given:
            raise ValueError("quake_id is needed, or epicentre_latitude, epicentre_longitude and magnitude")
        return self


@dataclass(frozen=True, slots=True)
class Source:
    """The earthquake that was asked about."""

    quake_id: str | None
    latitude: float
    longitude: float
    depth_km: float | None
    magnitude: float
    """The one expected after review."""
    magnitude_sigma: float
    regime: str
    """`active` crust, `stable` continent or `subduction`."""


@dataclass(frozen=True, slots=True)
class IntensityExceedance:
    """P(MMI >= intensity), and its range when what all places of the earthquake share lies one sigma down or up."""

    intensity: int
    low: float
    probability: float
    high: float


@dataclass(frozen=True, slots=True)
class IntensityAnswer:
    """Expected shaking at the point."""

    latitude: float
    longitude: float
    earthquake: Source
    epicentral_distance_km: float
    intensity: float
    """Expected MMI, 1 to 10; hardly felt below 3."""
    intensity_low: float
    """16 % quantile."""
    intensity_high: float
    """84 % quantile."""
    exceedance: tuple[IntensityExceedance, ...]


@router.get("", response_model=IntensityAnswer, summary="The shaking at a point")
def intensity_at_point(request: Request, given: Given, query: Annotated[IntensityQuery, FromQuery()]) -> Response:
    """Expected intensity and the chance of each from III to IX, from equations alone: stiff soil, strike unknown."""
    source = _known(given, query.quake_id) if query.quake_id else _thought_of(query)
    distance = place_distance_km(source.latitude, source.longitude, query.latitude, query.longitude)
    what = source.magnitude, source.depth_km
    how = {"regime": source.regime, "magnitude_sigma": source.magnitude_sigma}
    chances = zip(THRESHOLDS, *probability_of_intensity(*what, [distance], THRESHOLDS, **how))
    exceedance = tuple(IntensityExceedance(step, *map(float, chance)) for step, *chance in chances)
    expected = intensity_here(*what, distance, **how)
    return json_response(
        request, IntensityAnswer(query.latitude, query.longitude, source, distance, *expected, exceedance)
    )


def _thought_of(query: IntensityQuery) -> Source:
    place = query.epicentre_latitude, query.epicentre_longitude
    regime = regime_at(load_regimes(), *place)
    return Source(None, *place, query.depth_km, query.magnitude, query.magnitude_sigma, regime)


def _known(given: Services, quake_id: str) -> Source:
    row = reads.event(given.warehouse, quake_id)
    if row is None:
        raise HTTPException(404, f"no earthquake {quake_id!r}; GET /v1/events lists those known")
    if row["status"] != "active" or row["event_type"] != "earthquake" or row["magnitude"] is None:
        raise Unusable("query.quake_id", quake_id, "an active earthquake whose magnitude is known")
    place = row["latitude"], row["longitude"]
    magnitude, sigma = _expected_magnitude(given, row)
    return Source(quake_id, *place, row["depth_km"], magnitude, sigma, regime_at(load_regimes(), *place))


def _expected_magnitude(given: Services, row: reads.Row) -> tuple[float, float]:
    """Median and standard deviation after review, as the engine takes them; a reviewed one stays as it is."""
    if row["review_status"] == "reviewed":
        return row["magnitude"], 0.0
    minutes = (row["assessed_at"] - row["origin_time"]).total_seconds() / 60
    names = ("magnitude", "magnitude_type", "latitude", "longitude", "depth_km")
    report = FirstReport(
        network="", automatic=True, minutes_since_origin=minutes, **{name: row[name] for name in names}
    )
    expected = load_magnitude_model(given.storage).predict(report)
    return expected.median, expected.sigma
