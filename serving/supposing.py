"""Reports that need not have happened, and what each would mean: the body and the answer of `POST /v1/assess`."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from quake.event import SeismicEvent
from quake.exposure import Town
from quake.schema import Exceedance
from serving.models import model_of
from serving.parameters import A_TIME, Latitude, Longitude, Time, UnknownDepth

MAX_REPORTS = 100


class SupposedReport(BaseModel):
    """A report as an agency would give it; only place and magnitude must be known."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)

    latitude: Latitude
    longitude: Longitude
    magnitude: float = Field(ge=-5, le=10, examples=[7.8])
    magnitude_type: str | None = Field(None, max_length=10, description="mww, mb, ml, ...", examples=["mww"])
    depth_km: UnknownDepth = None
    origin_time: Time | None = Field(
        None, strict=False, description="Not after the service's time, its default; ISO 8601", examples=[A_TIME]
    )
    review_status: Literal["automatic", "reviewed"] = Field(
        "automatic", description="An automatic magnitude is taken as review is expected to change it"
    )
    network: str = Field("", max_length=20, description="us, ci, ...", examples=["us"])
    nst: int | None = Field(None, ge=0, le=10_000, description="Stations used", examples=[40])
    gap_deg: float | None = Field(None, ge=0, le=360, description="Largest azimuthal gap, degrees", examples=[60])
    dmin_deg: float | None = Field(None, ge=0, le=180, description="To the nearest station, degrees", examples=[0.4])
    rms_s: float | None = Field(None, ge=0, le=1000, description="Root mean square residual, seconds", examples=[0.7])

    def event(self, now: datetime) -> SeismicEvent:
        """As the engine would meet it at `now`."""
        given = self.model_dump() | {"origin_time": self.origin_time or now}
        return SeismicEvent(source="supposed", source_event_id="supposed", updated_at=now, ingested_at=now, **given)


class AssessBody(BaseModel):
    """One report or many; each is taken alone, as if only it had happened."""

    model_config = ConfigDict(extra="forbid")

    reports: Annotated[list[SupposedReport], Field(min_length=1, max_length=MAX_REPORTS)]


class Supposed(BaseModel):
    """What one report would mean."""

    magnitude_expected: float = Field(description="After review")
    magnitude_sigma: float = Field(description="Its standard deviation; 0 for a reviewed report")
    intensity: float = Field(description="Expected Modified Mercalli intensity at the epicentre")
    intensity_low: float = Field(description="16 % quantile")
    intensity_high: float = Field(description="84 % quantile")
    town_intensity: float | None = Field(description="At the most shaken place of 1,000 people; null below MMI 3")
    people_mmi: list[int] = Field(description="People at MMI 1, 2, ..., 10; none are counted below 3")
    people_mmi6: int = Field(description="People at MMI VI or more")
    fatalities_low: float | None = Field(description="16 % quantile; null, as the two below, where coefficients lack")
    fatalities: float | None = Field(description="Median of the expected deaths from shaking")
    fatalities_high: float | None = Field(description="84 % quantile")
    alert_level: str = Field(description="none, green, yellow, orange, red: our own levels, never PAGER's")
    note: str = Field(description="What to say beside the level")
    places: list[model_of(Town)] = Field(description="Towns worth naming")  # type: ignore[valid-type]
    forecast_level: int | None = Field(description="0 to 3; null, as the three below, while no state is at hand")
    probability: float | None = Field(description="P(at least one M >= 5 within 100 km in 7 days)")
    baseline_probability: float | None = Field(description="The same on a normal day")
    gain: float | None = Field(description="Expected number over the normal day's")
    forecast: list[model_of(Exceedance)] = Field(  # type: ignore[valid-type]
        description="1, 7, 30 days x magnitude 4, 5, 6, 7; empty while no state is at hand"
    )


class AssessAnswer(BaseModel):
    """In the order of the reports."""

    items: list[Supposed]
    assessed_at: datetime = Field(description="The time from which horizons run, UTC; in replay the feed's own")
    model_version: str | None = Field(description="Null while no state is at hand")
    mode: str = Field(description="`live`, `replay` of the past, or `simulate`")
    warning: str = Field(description="Show it beside every figure")
