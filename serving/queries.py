"""Query parameters, checked and described: what OpenAPI says is what is accepted, and nothing else is."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from serving.config import MAX_ITEMS
from serving.cursors import decode_cursor

ID_PATTERN = r"^[A-Za-z0-9_.:\-]{1,80}$"


def _utc(value: datetime) -> datetime:
    """Aware UTC; a time without a zone is taken as UTC."""
    if not 1 < value.year < 9999:
        raise ValueError("a year from 2 to 9998 is needed")
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _iso_only(value: Any) -> Any:
    """Pydantic would read bare numbers as Unix times; a year alone is more likely meant."""
    if isinstance(value, str) and value.replace(".", "").replace("-", "", 1).isdigit():
        raise ValueError("an ISO 8601 time is needed, such as 2023-02-06T01:17:34Z")
    return value


def _box(text: str) -> str:
    box_of(text)
    return text


def box_of(text: str) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees; west > east spans the antimeridian. Raises ValueError."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ValueError("four numbers are needed: west,south,east,north in degrees") from error
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError("longitudes from -180 to 180 and latitudes from -90 to 90 are needed, south not above north")
    return west, south, east, north


Time = Annotated[datetime, BeforeValidator(_iso_only), AfterValidator(_utc)]
Box = Annotated[str, AfterValidator(_box)]
QuakeId = Annotated[str, Path(pattern=ID_PATTERN, description="Our id of the earthquake", examples=["us7000abcd"])]
AlertId = Annotated[str, Path(pattern=ID_PATTERN, description="`{quake_id}.{alert_number}`", examples=["us7000abcd.1"])]


class Query(BaseModel):
    """An unknown parameter is an error, so that a typing slip is no silent 'everything'."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _known(cls, given: Any) -> Any:
        unknown = sorted(given.keys() - cls.model_fields.keys()) if isinstance(given, dict) else []
        if unknown:
            raise ValueError(f"no parameter {', '.join(unknown)[:100]}; known: {', '.join(cls.model_fields)}")
        return given


class PageQuery(Query):
    """What every list takes."""

    limit: int = Field(100, ge=1, le=MAX_ITEMS, description="Rows a page")
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before")


class EventQuery(PageQuery):
    """Which earthquakes."""

    since: Time | None = Field(None, description="Origin time at or after, ISO 8601", examples=["2023-02-06T00:00:00Z"])
    until: Time | None = Field(None, description="Origin time before, ISO 8601")
    updated_since: Time | None = Field(None, description="Assessed after: what is new since you last asked")
    as_of: Time | None = Field(None, description="As known at that time")
    min_magnitude: float | None = Field(None, ge=-5, le=10, description="Magnitude at least; unknown ones drop out")
    bbox: Box | None = Field(
        None, description="west,south,east,north in degrees; west > east spans 180", examples=["20,34,30,42"]
    )
    status: Literal["active", "withdrawn", "superseded", "any"] = Field(
        "active", description="`withdrawn` by its agency, `superseded` by another id"
    )

    def asked(self) -> dict[str, Any]:
        """Parameters of `reads.events`, cursor included. Raises Unusable for a cursor that is none."""
        given = self.model_dump(exclude_none=True, exclude={"limit", "cursor", "bbox"})
        given["bbox"] = box_of(self.bbox) if self.bbox else None
        if self.cursor:
            given["before_time"], given["before_id"] = decode_cursor(self.cursor, datetime, str)
        return given


class AssessmentQuery(PageQuery):
    """Which assessments."""

    quake_id: str = Field("", pattern=r"^[A-Za-z0-9_.:\-]{0,80}$", description="Of one earthquake")
    role: Literal["champion", "challenger"] = Field(
        "champion", description="The model that speaks, or one that watches"
    )
    as_of: Time | None = Field(None, description="As known at that time")


class ReportQuery(PageQuery):
    """Which reports."""
