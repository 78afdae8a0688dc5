"""Parameters of the FDSN event service, version 1.2 (fdsn.org/webservices): names, short names, ranges, defaults."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from serving.parameters import A_TIME, AN_ID, Time
from serving.queries import Query
from serving.reads import FAR_AHEAD, LONG_AGO, NO_MAGNITUDE

MAX_EVENTS = 20_000
"""Most events of one answer, as USGS and others have it; more than that is answered 413."""
SHORT_NAMES = {
    "start": "starttime", "end": "endtime", "minlat": "minlatitude", "maxlat": "maxlatitude", "minlon": "minlongitude",
    "maxlon": "maxlongitude", "lat": "latitude", "lon": "longitude", "minmag": "minmagnitude",
    "maxmag": "maxmagnitude", "magtype": "magnitudetype",
}  # fmt: skip
ORDERS = ("time", "time-asc", "magnitude", "magnitude-asc")
MEANINGS: dict[str, tuple[str, Any]] = {
    "starttime": ("Origin time at or after, UTC", A_TIME),
    "endtime": ("Origin time at or before, UTC", A_TIME),
    "updatedafter": ("Assessed after, UTC", A_TIME),
    "minlatitude": ("South edge, degrees north", 30.0),
    "maxlatitude": ("North edge, degrees north", 42.0),
    "minlongitude": ("West edge, degrees east; larger than maxlongitude spans 180", 20.0),
    "maxlongitude": ("East edge, degrees east", 42.0),
    "latitude": ("Centre of the ring, degrees north", 37.2),
    "longitude": ("Centre of the ring, degrees east", 37.0),
    "minradius": ("Inner radius, degrees of arc", 0.0),
    "maxradius": ("Outer radius, degrees of arc", 2.0),
    "mindepth": ("Kilometres, positive down", 0.0),
    "maxdepth": ("Kilometres, positive down", 70.0),
    "minmagnitude": ("Magnitude at least", 4.5),
    "maxmagnitude": ("Magnitude at most", 9.0),
    "magnitudetype": ("mww, mb, ml, ..., in any case", "mww"),
    "eventid": ("Our id of the earthquake", AN_ID),
    "catalog": ("The only one there is", "quakestream"),
    "contributor": ("Feed whose solution is preferred", "usgs"),
    "limit": ("Events at most", 100),
    "offset": ("The first event to give, counted from 1", 1),
    "orderby": ("Newest first unless said otherwise", "time-asc"),
    "format": ("QuakeML 1.2, FDSN text or GeoJSON", "geojson"),
    "nodata": ("HTTP status when nothing is found", "404"),
    "includeallorigins": ("Not offered: only preferred origins are kept", False),
    "includeallmagnitudes": ("Not offered: only preferred magnitudes are kept", False),
    "includearrivals": ("Not offered", False),
}
"""Of every parameter, what it means, in which unit, and an example."""


class FdsnQuery(Query):
    """What `/fdsnws/event/1/query` takes; angles in degrees, depths in km, times UTC."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    starttime: Time = LONG_AGO
    endtime: Time = FAR_AHEAD
    updatedafter: Time = LONG_AGO
    minlatitude: float = Field(-90.0, ge=-90, le=90)
    maxlatitude: float = Field(90.0, ge=-90, le=90)
    minlongitude: float = Field(-180.0, ge=-180, le=180)
    maxlongitude: float = Field(180.0, ge=-180, le=180)
    latitude: float = Field(0.0, ge=-90, le=90)
    longitude: float = Field(0.0, ge=-180, le=180)
    minradius: float = Field(0.0, ge=0, le=180)
    maxradius: float = Field(180.0, ge=0, le=180)
    mindepth: float = Field(-100.0, ge=-100, le=1000)
    maxdepth: float = Field(1000.0, ge=-100, le=1000)
    minmagnitude: float = Field(NO_MAGNITUDE, ge=NO_MAGNITUDE, le=12)
    maxmagnitude: float = Field(12.0, ge=NO_MAGNITUDE, le=12)
    magnitudetype: str = Field("", pattern=r"^[A-Za-z0-9]{0,10}$")
    eventid: str = Field("", pattern=r"^[A-Za-z0-9_.:\-]{0,80}$")
    catalog: Literal["", "quakestream"] = ""
    contributor: str = Field("", pattern=r"^[A-Za-z0-9_\-]{0,40}$")
    limit: int = Field(MAX_EVENTS, ge=1, le=MAX_EVENTS)
    offset: int = Field(1, ge=1, lt=2**31)
    orderby: Literal["time", "time-asc", "magnitude", "magnitude-asc"] = "time"
    format: Literal["xml", "quakeml", "text", "geojson"] = "xml"
    nodata: Literal["204", "404"] = "204"
    includeallorigins: bool = False
    includeallmagnitudes: bool = False
    includearrivals: bool = False

    @field_validator("includeallorigins", "includeallmagnitudes", "includearrivals")
    @classmethod
    def _not_offered(cls, value: bool) -> bool:
        if value:
            raise ValueError("only preferred origins and magnitudes are kept: leave it out, or false")
        return value

    @model_validator(mode="after")
    def _in_order(self) -> "FdsnQuery":
        for least, most in (("starttime", "endtime"), ("minlatitude", "maxlatitude"), ("minradius", "maxradius")):
            if getattr(self, least) > getattr(self, most):
                raise ValueError(f"{least} must not be above {most}")
        return self

    def asked(self) -> dict[str, Any]:
        """Parameters of `fdsn_events.sql`; one row more than the limit tells that more follow."""
        named = self.model_dump(exclude={"eventid", "offset", "format", "nodata", "catalog", "limit"})
        kept = {name: value for name, value in named.items() if not isinstance(value, bool)}
        kept["magnitudetype"] = self.magnitudetype.lower()
        return kept | {"quake_id": self.eventid, "skipped": self.offset - 1, "limit": self.limit + 1}


def parse_fdsn(given: Mapping[str, str]) -> FdsnQuery:
    """The query with short names spelt out. Raises ValidationError for anything the service does not offer."""
    return FdsnQuery.model_validate({SHORT_NAMES.get(name.lower(), name.lower()): given[name] for name in given})


def wadl_parameters() -> list[tuple[str, str]]:
    """Name and XML Schema type of every parameter."""
    kinds = {float: "xs:double", int: "xs:int", bool: "xs:boolean", datetime: "xs:dateTime"}
    found = {name: kinds.get(field.annotation, "xs:string") for name, field in FdsnQuery.model_fields.items()}
    return list(found.items())


def openapi_parameters() -> list[dict[str, Any]]:
    """The same for OpenAPI."""
    schemas = FdsnQuery.model_json_schema()["properties"]
    return [_openapi_parameter(name, schemas[name], *meaning) for name, meaning in MEANINGS.items()]


def _openapi_parameter(name: str, schema: dict[str, Any], meaning: str, example: Any) -> dict[str, Any]:
    """One of them; a boolean that must be false is said to be so."""
    kept = {key: value for key, value in schema.items() if key not in ("title", "default")} | {"examples": [example]}
    if schema.get("type") == "boolean":
        kept["enum"] = [False]
    return {"name": name, "in": "query", "required": False, "description": meaning, "schema": kept}
