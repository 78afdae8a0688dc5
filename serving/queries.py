"""What each list can be asked; an unknown parameter is an error."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from quake.schema import HORIZONS_DAYS, MAGNITUDES
from serving.config import MAX_CELLS, MAX_ITEMS
from serving.cursors import decode_cursor
from serving.parameters import A_TIME, AsOf, BoundingBox, Cursor, OfQuake, Role, Time, box_of, one_of

Horizon = Annotated[one_of(int, *HORIZONS_DAYS), Field(description="Days", examples=[7])]
MagnitudeMin = Annotated[
    one_of(float, *MAGNITUDES), Field(description="Earthquakes of this magnitude or larger", examples=[5.0])
]
Since = Annotated[Time | None, Field(description="Origin time at or after, ISO 8601", examples=[A_TIME])]


class Query(BaseModel):
    """An unknown parameter is an error, so that a typing slip is no silent 'everything'."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _known(cls, given: Any) -> Any:
        unknown = sorted(given.keys() - cls.model_fields.keys()) if isinstance(given, dict) else []
        if unknown:
            raise ValueError(f"no parameter {', '.join(unknown)[:100]}; known: {', '.join(cls.model_fields)}")
        return given


class PageQuery(Query):
    """What every list takes."""

    limit: int = Field(100, ge=1, le=MAX_ITEMS, description="Rows a page", examples=[100])
    cursor: Cursor = None


class EventQuery(PageQuery):
    """Which earthquakes."""

    since: Since = None
    until: Time | None = Field(None, description="Origin time before, ISO 8601", examples=[A_TIME])
    updated_since: Time | None = Field(
        None, description="Assessed after, ISO 8601: what is new since you last asked", examples=[A_TIME]
    )
    as_of: AsOf = None
    min_magnitude: float | None = Field(
        None, ge=-5, le=10, description="Magnitude at least; unknown ones drop out", examples=[4.5]
    )
    bbox: BoundingBox = None
    status: Literal["active", "withdrawn", "superseded", "any"] = Field(
        "active", description="`withdrawn` by its agency, `superseded` by another id", examples=["any"]
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

    quake_id: OfQuake = ""
    role: Role = "champion"
    as_of: AsOf = None


class ReportQuery(PageQuery):
    """Which reports."""


class GridQuery(Query):
    """Which part of which scheduled forecast."""

    horizon_days: Horizon = 7
    magnitude_min: MagnitudeMin = 5.0
    role: Role = "champion"
    as_of: AsOf = None
    bbox: BoundingBox = None
    limit: int = Field(MAX_CELLS, ge=1, le=MAX_CELLS, description="Cells a page", examples=[1000])
    cursor: Cursor = None

    def place(self) -> tuple[datetime | None, str]:
        """The issue and the cell to go on after. Raises Unusable for a cursor that is none."""
        issued_at, cell = decode_cursor(self.cursor, datetime, str) if self.cursor else (None, "")
        return issued_at, cell

    def chosen(self) -> dict[str, Any]:
        """Horizon, magnitude and role."""
        return {"horizon_days": self.horizon_days, "magnitude_min": self.magnitude_min, "role": self.role}

    def box(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north; None for the world."""
        return box_of(self.bbox) if self.bbox else None
