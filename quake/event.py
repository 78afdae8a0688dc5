"""The messages of topic `events`: one report of one earthquake by one agency, the tick that carries time, the drill."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, Literal

Kind = Literal["create", "update", "delete"]

CONTENT = (
    "kind", "origin_time", "latitude", "longitude", "depth_km", "magnitude", "magnitude_type", "review_status",
    "event_type", "aliases", "network", "place", "nst", "gap_deg", "dmin_deg", "rms_s",
)  # fmt: skip
"""The fields that make a report's content: two reports of one id that agree in them are duplicates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeismicEvent:
    """What one agency said about one earthquake at one time. Times are aware UTC."""

    source: str
    """The feed: `usgs`, `emsc`, `simulate`, ..."""
    source_event_id: str
    """The agency's own id, which it may change or withdraw."""
    kind: Kind = "create"
    """`create`, `update` or `delete`, as far as the feed can tell; identity decides by content."""
    origin_time: datetime
    updated_at: datetime
    """When the agency says it last changed the report. Data, never the order."""
    latitude: float
    longitude: float
    depth_km: float | None = None
    """Positive down; slightly negative above sea level."""
    magnitude: float | None = None
    """None while the agency has not determined it."""
    magnitude_type: str | None = None
    """Lower case: `ml`, `mb`, `mww`, ..."""
    review_status: str = "automatic"
    """`automatic` or `reviewed`."""
    event_type: str = "earthquake"
    place: str = ""
    aliases: tuple[str, ...] = ()
    """Every id the agency knows this earthquake by, its own included."""
    network: str = ""
    """The network or institute that made the preferred solution: `ci`, `us`, `BMKG`, ..."""
    nst: int | None = None
    """Stations used."""
    gap_deg: float | None = None
    """Largest azimuthal gap between stations, degrees."""
    dmin_deg: float | None = None
    """Distance to the nearest station, degrees."""
    rms_s: float | None = None
    """Root mean square travel-time residual, seconds."""
    sequence: int = 0
    """The one order of all messages, assigned by ingest; 0 before that."""
    ingested_at: datetime | None = None
    """When ingest received it; None before that."""

    def __post_init__(self) -> None:
        for name in ("origin_time", "updated_at"):
            if getattr(self, name).tzinfo is None:
                raise ValueError(f"{name} must be an aware UTC datetime, got {getattr(self, name)!r}")
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise ValueError(f"no such place: latitude {self.latitude}, longitude {self.longitude}")
        if self.magnitude is not None and not -5 <= self.magnitude <= 10:
            raise ValueError(f"magnitude {self.magnitude} is outside -5 to 10")
        if self.depth_km is not None and not -20 <= self.depth_km <= 1000:
            raise ValueError(f"depth_km {self.depth_km} is outside -20 to 1000")

    @property
    def content_hash(self) -> str:
        """Sixteen hexadecimal digits of the SHA-256 of `CONTENT`; `create` and `update` count as the same kind."""
        content = {name: getattr(self, name) for name in CONTENT} | {"kind": self.kind == "delete"}
        return hashlib.sha256(json.dumps(content, default=str, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time as a message: ingest sends one every 60 s in the same sequence as the reports."""

    sequence: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """An exercise as a message: only the alert that an earthquake would have caused; no earthquake is kept."""

    sequence: int
    at: datetime
    ends: bool
    """Whether this message cancels the exercise instead of beginning it."""
    assessment: str
    """What would have been assessed: JSON of `quake.schema.Assessment`, which `alerts.drill` reads."""


Message = SeismicEvent | Tick | Drill
TYPES: dict[type, str] = {SeismicEvent: "report", Tick: "tick", Drill: "drill"}


def encode(message: Message) -> bytes:
    """The message as UTF-8 JSON: `{"type": "report" | "tick" | "drill", ...}`, times in ISO 8601."""
    kind = TYPES[type(message)]
    return json.dumps({"type": kind} | asdict(message), default=_encode_time, separators=(",", ":")).encode()


def decode(payload: bytes) -> Message:
    """The message that `encode` wrote. Raises ValueError with the reason when it is anything else."""
    try:
        content = json.loads(payload)
        kind = content.pop("type")
        if kind == "tick":
            return Tick(sequence=content["sequence"], at=datetime.fromisoformat(content["at"]))
        if kind == "report":
            return _decode_report(content)
        if kind == "drill":
            return Drill(**content | {"at": datetime.fromisoformat(content["at"])})
    except (AttributeError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise ValueError(f"not a message of topic events: {error!r}") from error
    raise ValueError(f"message type {kind!r} is unknown; known: {', '.join(TYPES.values())}")


def encode_reject(payload: str) -> bytes:
    """What a feed sent and is no report, as a message that the topic's schema lets through."""
    text = payload.encode("utf-8", "backslashreplace").decode()
    return json.dumps({"type": "dead", "payload": text}, separators=(",", ":")).encode()


def rejected(data: bytes) -> bytes:
    """What the feed sent, out of such a message; bytes that are none are given back."""
    try:
        return json.loads(data)["payload"].encode()
    except (AttributeError, KeyError, TypeError, ValueError):
        return data


def stamped(event: SeismicEvent, sequence: int, ingested_at: datetime) -> SeismicEvent:
    """The report with its place in the order, as ingest publishes it."""
    return replace(event, sequence=sequence, ingested_at=ingested_at)


def _decode_report(content: dict[str, Any]) -> SeismicEvent:
    unknown = content.keys() - {field.name for field in fields(SeismicEvent)}
    if unknown:
        raise ValueError(f"report has unknown fields {sorted(unknown)}")
    for name in ("origin_time", "updated_at", "ingested_at"):
        if content.get(name) is not None:
            content[name] = datetime.fromisoformat(content[name])
    return SeismicEvent(**content | {"aliases": tuple(content.get("aliases", ()))})


def _encode_time(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a message")
