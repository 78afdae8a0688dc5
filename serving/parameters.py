"""Kinds of parameters, each with its check, unit and example: what OpenAPI says is what is accepted."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import AfterValidator, BeforeValidator, Field

ID_PATTERN = r"^[A-Za-z0-9_.:\-]{1,80}$"
AN_ID = "us7000abcd"
A_TIME = "2023-02-06T01:17:34Z"


def box_of(text: str) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees; west > east spans the antimeridian. Raises ValueError."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ValueError("four numbers are needed: west,south,east,north in degrees") from error
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError("longitudes from -180 to 180 and latitudes from -90 to 90 are needed, south not above north")
    return west, south, east, north


def one_of(kind: type, *options: Any) -> Any:
    """A number out of a few, as a parameter's type."""

    def check(value: Any) -> Any:
        if value not in options:
            raise ValueError(f"one of {', '.join(map(str, options))} is needed")
        return value

    return Annotated[kind, AfterValidator(check), Field(json_schema_extra={"enum": list(options)})]


def _utc(value: datetime) -> datetime:
    """Aware UTC; a time without a zone is taken as UTC."""
    if not 1 < value.year < 9999:
        raise ValueError("a year from 2 to 9998 is needed")
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _iso_only(value: Any) -> Any:
    """Pydantic would read bare numbers as Unix times; a year alone is more likely meant."""
    if not isinstance(value, str) or _is_number(value):
        raise ValueError(f"an ISO 8601 time is needed, such as {A_TIME}")
    return value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _box(text: str) -> str:
    box_of(text)
    return text


Time = Annotated[datetime, BeforeValidator(_iso_only), AfterValidator(_utc)]
"""ISO 8601; without a zone it is UTC."""
Box = Annotated[str, AfterValidator(_box)]
BoundingBox = Annotated[
    Box | None,
    Field(description="west,south,east,north in degrees; west > east spans 180", examples=["20,34,30,42"]),
]
AsOf = Annotated[Time | None, Field(description="As known at that time, ISO 8601", examples=[A_TIME])]
Latitude = Annotated[float, Field(ge=-90, le=90, description="Degrees north", examples=[37.2])]
Longitude = Annotated[float, Field(ge=-180, le=180, description="Degrees east", examples=[37.0])]
UnknownDepth = Annotated[
    float | None,
    Field(ge=-20, le=1000, description="Kilometres, positive down; unknown when left out", examples=[10.0]),
]
Cursor = Annotated[
    str | None,
    Field(max_length=400, description="`next` of the page before, with the same filters", examples=["WzQyXQ"]),
]
OfQuake = Annotated[
    str, Field(pattern=ID_PATTERN.replace("{1,", "{0,"), description="Of one earthquake", examples=[AN_ID])
]
Role = Annotated[
    Literal["champion", "challenger"],
    Field(description="The model that speaks, or one that watches", examples=["champion"]),
]
KnownAt = Annotated[Time | None, Query(description="As known at that time, ISO 8601", examples=[A_TIME])]
QuakeId = Annotated[str, Path(pattern=ID_PATTERN, description="Our id of the earthquake", examples=[AN_ID])]
AlertId = Annotated[str, Path(pattern=ID_PATTERN, description="`{quake_id}.{alert_number}`", examples=[f"{AN_ID}.1"])]
