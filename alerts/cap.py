"""An alert as CAP 1.2, the OASIS Common Alerting Protocol (docs.oasis-open.org/emergency/cap/v1.2/).

Urgency is Past: the shaking has arrived. Only where large aftershocks are likely is it Future.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from alerts.message import STANDING_WARNING, title
from alerts.table import RULES
from quake.regions import rupture_length_km
from quake.schema import Alert

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA_TYPE = "application/cap+xml"
INSTRUCTION = f"{STANDING_WARNING} The levels are this service's own, not PAGER's; probabilities are no predictions."
MESSAGE_TYPES = {"ALERT": "Alert", "UPDATE": "Update", "CANCEL": "Cancel", "EXPIRED": "Update"}
"""An alert that has run its time was no mistake, so EXPIRED cancels nothing: it is an Update that expires at once."""
SEVERITIES = {"red": "Extreme", "orange": "Severe", "yellow": "Moderate", "green": "Minor", "none": "Minor"}
PARAMETERS = (
    "alert_level", "forecast_level", "magnitude", "magnitude_type", "depth_km", "intensity", "people_mmi6",
    "probability", "baseline_probability", "gain", "review_status", "model_version", "mode", "hindsight", "seq",
    "epoch", "superseded_by",
)  # fmt: skip
"""Columns of the alert that go along as parameters, under their own names; those that are null do not."""
UNSENDABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot carry, not even escaped."""


def cap(alert: Alert, earlier: Iterable[Alert], sender: str, web: str) -> bytes:
    """The message as a CAP document; `earlier` are the messages of its chain before it, `web` is where it is shown.

    Raises ValueError for a `sender` that the standard forbids.
    """
    root = ET.Element("alert", xmlns=NAMESPACE)
    _add(root, "identifier", identifier(alert))
    _add(root, "sender", check_sender(sender))
    _add(root, "sent", cap_time(alert.sent_at))
    _add(root, "status", _status(alert))
    _add(root, "msgType", MESSAGE_TYPES[alert.message_type])
    _add(root, "scope", "Public")
    _add(root, "note", _note(alert))
    _add(root, "references", " ".join(_reference(each, sender) for each in earlier))
    _add(root, "incidents", alert.quake_id)
    _info(root, alert, sender, web)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def identifier(alert: Alert) -> str:
    """The message's own name in every channel: unique over all lives of the log."""
    return f"{alert.epoch}.{alert.alert_id}"


def check_sender(sender: str) -> str:
    """The sender's name. Raises ValueError for one with white space, commas, `<` or `&`, as CAP 3.2.1 does."""
    if not re.fullmatch(r"[^\s,<&]+", sender):
        raise ValueError(f"sender {sender!r} must be a name without spaces, commas, < and &, like alerts@example.org")
    return sender


def cap_time(at: datetime) -> str:
    """UTC as CAP 3.3.2 wants it: whole seconds and the offset -00:00, never Z."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}-00:00"


def reach_km(alert: Alert) -> float:
    """Radius of the area an alert speaks of: what the forecast covers, or more where the rupture is long; never 0."""
    if alert.magnitude is None:
        return RULES.radius_km
    return max(RULES.radius_km, RULES.rupture_lengths * rupture_length_km(alert.magnitude))


def sendable(text: str) -> str:
    """The text without what XML cannot carry, and without white space round it."""
    return UNSENDABLE.sub("", text).strip()


def _info(root: ET.Element, alert: Alert, sender: str, web: str) -> None:
    info = ET.SubElement(root, "info")
    ends, cancelled = ends_at(alert), alert.message_type == "CANCEL"
    urgency = "Future" if alert.forecast_level >= RULES.forecast_level_min and ends > alert.sent_at else "Past"
    certainty = "Observed" if alert.review_status == "reviewed" else "Likely"
    for name, text in (
        ("language", "en"),
        ("category", "Geo"),
        ("event", "Earthquake"),
        ("responseType", "None" if cancelled else "Monitor"),
        ("urgency", urgency),
        ("severity", "Unknown" if cancelled else SEVERITIES[alert.alert_level]),
        ("certainty", "Unknown" if cancelled else certainty),
        ("effective", cap_time(alert.sent_at)),
        ("onset", cap_time(alert.origin_time)),
        ("expires", cap_time(ends)),
        ("senderName", "Quakestream"),
        ("headline", title(alert)[:160]),
        ("description", alert.headline),
        ("instruction", INSTRUCTION),
        ("web", web),
        ("contact", sender),
    ):
        _add(info, name, text)
    for name in PARAMETERS:
        _parameter(info, name, getattr(alert, name))
    area = ET.SubElement(info, "area")
    _add(area, "areaDesc", sendable(alert.place) or f"{alert.latitude:.2f}, {alert.longitude:.2f}")
    _add(area, "circle", f"{alert.latitude:.4f},{alert.longitude:.4f} {reach_km(alert):.1f}")


def ends_at(alert: Alert) -> datetime:
    """Until when the message holds if no other follows; a CANCEL and an EXPIRED end as they are sent."""
    if alert.message_type in ("CANCEL", "EXPIRED"):
        return alert.sent_at
    return max(alert.sent_at, alert.origin_time + timedelta(days=RULES.expires_after_days))


def _status(alert: Alert) -> str:
    if alert.drill:
        return "Exercise"
    return "Actual" if alert.mode == "live" else "Test"


def _note(alert: Alert) -> str:
    exercise = f"Exercise {alert.quake_id}: nothing happened. " if alert.drill else ""
    return f"{exercise}{alert.reason[:1].upper()}{alert.reason[1:]}."


def _reference(alert: Alert, sender: str) -> str:
    return f"{sender},{identifier(alert)},{cap_time(alert.sent_at)}"


def _parameter(info: ET.Element, name: str, value: object) -> None:
    if value is None:
        return
    parameter = ET.SubElement(info, "parameter")
    _add(parameter, "valueName", name)
    _add(parameter, "value", str(value).lower() if isinstance(value, bool) else str(value))


def _add(parent: ET.Element, name: str, text: str) -> None:
    """One element; an empty text is none."""
    if text:
        ET.SubElement(parent, name).text = sendable(text)
