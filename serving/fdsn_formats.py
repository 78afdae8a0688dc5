"""Assessments as FDSN text and as GeoJSON in the form of the USGS feeds, and the service's own description as WADL."""

from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import quoteattr

from pydantic_core import to_json

from serving.config import WARNING
from serving.fdsn_query import wadl_parameters
from serving.reads import Row

TEXT_HEADER = (
    "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|"
    "MagType|Magnitude|MagAuthor|EventLocationName|EventType"
)
OWN_PROPERTIES = ("alert_level", "forecast_level", "intensity", "probability", "baseline_probability", "gain", "mode")
"""Our columns that GeoJSON carries beside USGS's own."""


def text(rows: Iterable[Row]) -> bytes:
    """One line an event, after the header."""
    lines = ["|".join(_clean(value) for value in _text_columns(row)) for row in rows]
    return "\n".join([TEXT_HEADER, *lines, ""]).encode()


def geojson(rows: Iterable[Row]) -> bytes:
    """A FeatureCollection; times in milliseconds since 1970, depth in km as third coordinate."""
    features = [_feature(row) for row in rows]
    metadata = {"title": "Quakestream", "count": len(features), "warning": WARNING}
    return to_json({"type": "FeatureCollection", "metadata": metadata, "features": features}, inf_nan_mode="null")


def wadl(base: str) -> bytes:
    """The service in the Web Application Description Language, which clients read to learn its parameters."""
    parameters = "".join(
        f"<param name={quoteattr(name)} style='query' type={quoteattr(kind)}/>" for name, kind in wadl_parameters()
    )
    simple = "".join(
        f"<resource path='{path}'><method name='GET'><response><representation mediaType={quoteattr(media)}/>"
        "</response></method></resource>"
        for path, media in (
            ("version", "text/plain"),
            ("catalogs", "application/xml"),
            ("contributors", "application/xml"),
        )
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n<application xmlns='http://wadl.dev.java.net/2009/02' "
        f"xmlns:xs='http://www.w3.org/2001/XMLSchema'><resources base={quoteattr(base)}>"
        f"<resource path='query'><method name='GET' id='query'><request>{parameters}</request>"
        "<response status='200'><representation mediaType='application/xml'/></response></method></resource>"
        f"{simple}</resources></application>"
    ).encode()


def _text_columns(row: Row) -> list[Any]:
    moment = row["origin_time"].strftime("%Y-%m-%dT%H:%M:%S.%f")
    where = [row["latitude"], row["longitude"], row["depth_km"]]
    who = [row["source"], "quakestream", row["source"], row["source_event_id"]]
    size = [row["magnitude_type"], row["magnitude"], row["source"]]
    return [row["quake_id"], moment, *where, *who, *size, row["place"], row["event_type"]]


def _clean(value: Any) -> str:
    """Nothing in a column may look like a column's or a line's end."""
    return "" if value is None else " ".join(str(value).replace("|", "/").split())


def _feature(row: Row) -> dict[str, Any]:
    properties = {
        "mag": row["magnitude"],
        "place": row["place"],
        "time": _milliseconds(row["origin_time"]),
        "updated": _milliseconds(row["assessed_at"]),
        "status": row["review_status"],
        "net": row["source"],
        "code": row["source_event_id"],
        "magType": row["magnitude_type"],
        "type": row["event_type"],
    }
    point = {"type": "Point", "coordinates": [row["longitude"], row["latitude"], row["depth_km"]]}
    own = {name: row[name] for name in OWN_PROPERTIES}
    return {"type": "Feature", "id": row["quake_id"], "properties": properties | own, "geometry": point}


def _milliseconds(moment: Any) -> int:
    return round(moment.timestamp() * 1000)
