"""Assessments as QuakeML 1.2 Basic Event Description (quake.ethz.ch/quakeml): depths in metres, ids as URIs."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from serving.reads import Row

BED = "http://quakeml.org/xmlns/bed/1.2"
QUAKEML = "http://quakeml.org/xmlns/quakeml/1.2"
EVENT_TYPES = frozenset(
    "earthquake, quarry blast, explosion, chemical explosion, nuclear explosion, mining explosion, landslide, "
    "rock burst, ice quake, sonic boom, acoustic noise, volcanic eruption, mine collapse, collapse, snow avalanche, "
    "induced or triggered event, meteorite, other event, not reported, anthropogenic event".split(", ")
)
"""Words of QuakeML's EventType that agencies' feeds use; others become `other event`."""
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters XML 1.0 has no place for."""

register_namespace("", BED)
register_namespace("q", QUAKEML)


def quakeml(rows: Iterable[Row]) -> bytes:
    """The document, UTF-8."""
    root = Element(f"{{{QUAKEML}}}quakeml")
    parameters = _child(root, "eventParameters", publicID=_uri("catalog", "quakestream"))
    for row in rows:
        _event(parameters, row)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root)


def _event(parent: Element, row: Row) -> None:
    origin_id, magnitude_id = (f"{row['quake_id']}.{row['revision']}/{part}" for part in ("origin", "magnitude"))
    event = _child(parent, "event", publicID=_uri("event", row["quake_id"]))
    _child(event, "preferredOriginID", _uri("origin", origin_id))
    if row["magnitude"] is not None:
        _child(event, "preferredMagnitudeID", _uri("magnitude", magnitude_id))
    _child(event, "type", row["event_type"] if row["event_type"] in EVENT_TYPES else "other event")
    description = _child(event, "description")
    _child(description, "text", row["place"])
    _child(description, "type", "region name")
    _origin(event, row, _uri("origin", origin_id))
    if row["magnitude"] is not None:
        _magnitude(event, row, _uri("magnitude", magnitude_id), _uri("origin", origin_id))
    _creation(event, row)


def _origin(event: Element, row: Row, public_id: str) -> None:
    origin = _child(event, "origin", publicID=public_id)
    _quantity(origin, "time", _time(row["origin_time"]))
    _quantity(origin, "latitude", str(row["latitude"]))
    _quantity(origin, "longitude", str(row["longitude"]))
    if row["depth_km"] is not None:
        _quantity(origin, "depth", f"{row['depth_km'] * 1000:.1f}")
    _review(origin, row)
    _creation(origin, row)


def _magnitude(event: Element, row: Row, public_id: str, origin_id: str) -> None:
    magnitude = _child(event, "magnitude", publicID=public_id)
    _quantity(magnitude, "mag", str(row["magnitude"]))
    if row["magnitude_type"]:
        _child(magnitude, "type", row["magnitude_type"])
    _child(magnitude, "originID", origin_id)
    _review(magnitude, row)
    _creation(magnitude, row)


def _review(parent: Element, row: Row) -> None:
    reviewed = row["review_status"] == "reviewed"
    _child(parent, "evaluationMode", "manual" if reviewed else "automatic")
    _child(parent, "evaluationStatus", "reviewed" if reviewed else "preliminary")


def _creation(parent: Element, row: Row) -> None:
    creation = _child(parent, "creationInfo")
    _child(creation, "agencyID", row["source"])
    _child(creation, "creationTime", _time(row["assessed_at"]))
    _child(creation, "version", str(row["revision"]))


def _quantity(parent: Element, name: str, value: str) -> None:
    _child(_child(parent, name), "value", value)


def _child(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    child = SubElement(parent, f"{{{BED}}}{name}", attributes)
    child.text = ILLEGAL.sub("?", text) if text is not None else None
    return child


def _uri(kind: str, name: str) -> str:
    return f"quakeml:quakestream/{kind}/{name.replace(':', '_')}"


def _time(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
