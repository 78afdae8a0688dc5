"""The newest alerts as an Atom feed (RFC 4287), each with a link to its CAP document."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import UTC, datetime

from alerts.cap import MEDIA_TYPE as CAP_TYPE
from alerts.cap import identifier, sendable
from alerts.message import STANDING_WARNING, title
from quake.schema import Alert

NAMESPACE = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed without an alert was last updated."""


def atom(alerts: Sequence[Alert], api_url: str) -> bytes:
    """The feed of the alerts, which come newest first; `api_url` is where the API is reached."""
    root = ET.Element("feed", {"xmlns": NAMESPACE, "xml:lang": "en"})
    here = f"{api_url}/v1/alerts/atom"
    _text(root, "id", here)
    _text(root, "title", "Quakestream alerts")
    _text(root, "subtitle", STANDING_WARNING)
    _text(root, "updated", _time(alerts[0].sent_at if alerts else BEGINNING))
    _text(ET.SubElement(root, "author"), "name", "Quakestream")
    _link(root, "self", here, MEDIA_TYPE)
    for alert in alerts:
        _entry(root, alert, f"{api_url}/v1/alerts/{alert.alert_id}")
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _entry(root: ET.Element, alert: Alert, url: str) -> None:
    entry = ET.SubElement(root, "entry")
    _text(entry, "id", f"urn:quakestream:{identifier(alert)}")
    _text(entry, "title", title(alert))
    _text(entry, "published", _time(alert.sent_at))
    _text(entry, "updated", _time(alert.sent_at))
    _link(entry, "alternate", f"{url}.cap", CAP_TYPE)
    _link(entry, "alternate", url, "application/json")
    for term in (alert.message_type, alert.alert_level, *(["Exercise"] if alert.drill else [])):
        ET.SubElement(entry, "category", term=term)
    _text(entry, "summary", alert.headline)


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = sendable(text)


def _link(parent: ET.Element, relation: str, url: str, media_type: str) -> None:
    ET.SubElement(parent, "link", rel=relation, href=url, type=media_type)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
