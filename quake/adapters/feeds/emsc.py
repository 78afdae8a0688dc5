"""EMSC's SeismicPortal: the WebSocket as it happens, and its FDSN service for what was missed while disconnected.

Format: https://www.seismicportal.eu/realtime.html. EMSC asks for attribution; read its terms before using the feed.
It sends create and update only, never a deletion.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import httpx
import structlog
import websockets
from pydantic import Field

from quake.adapters.feeds import Batch, Parsed, Source
from quake.adapters.feeds.edge import Id, IsoTime, Outside, Text, each, read_json, refuse
from quake.event import Kind, SeismicEvent

log = structlog.get_logger(__name__)

MESSAGE_LIMIT = 2**20
"""Bytes of one WebSocket message."""
BACKFILL_LIMIT = 2000
TIMEOUT_S = 20.0
EVENT_TYPES = {
    "r": "rock burst", "i": "induced or triggered event", "m": "mining explosion", "h": "chemical explosion",
    "x": "experimental explosion", "n": "nuclear explosion",
}  # fmt: skip
"""Second letter of the IMS event type code (IASPEI ISF 1.0); everything else is taken for an earthquake."""


class Point(Outside):
    """GeoJSON point whose third coordinate is MINUS the depth in km."""

    coordinates: Annotated[list[float | None], Field(min_length=2, max_length=3)] = [None, None]


class Properties(Outside):
    """The properties read; the feed has more."""

    unid: Id
    time: IsoTime
    lastupdate: IsoTime
    lat: float
    lon: float
    depth: float | None = None
    mag: float | None = None
    magtype: Text | None = None
    evtype: Text | None = None
    auth: Text | None = None
    flynn_region: Text | None = None


class Feature(Outside):
    """One earthquake as EMSC knows it now."""

    geometry: Point | None = None
    properties: Properties


class Announcement(Outside):
    """A WebSocket message."""

    action: Literal["create", "update"]
    data: Feature


def parse(payload: bytes, now: datetime) -> Parsed:
    """The report or reject of one WebSocket message received at `now`. Never raises on data."""
    try:
        message = read_json(payload)
    except ValueError as error:
        return refuse("emsc", payload, str(error))
    return each("emsc", [message], _announced, now)


def parse_collection(payload: bytes, now: datetime) -> Parsed:
    """Reports and rejects of one FDSN answer, `format=json`, received at `now`. Never raises on data."""
    try:
        body = read_json(payload)
        if not isinstance(body, dict) or not isinstance(body.get("features"), list):
            raise ValueError("no feature collection: `features` must be a list")
    except ValueError as error:
        return refuse("emsc", payload, str(error))
    return each("emsc", body["features"], lambda record: _report(Feature.model_validate(record), "create"), now)


def _announced(record: Any) -> SeismicEvent:
    message = Announcement.model_validate(record)
    return _report(message.data, message.action)


def _report(feature: Feature, kind: Kind) -> SeismicEvent:
    told = feature.properties
    return SeismicEvent(
        source="emsc",
        source_event_id=told.unid,
        kind=kind,
        origin_time=told.time,
        updated_at=told.lastupdate,
        latitude=told.lat,
        longitude=told.lon,
        depth_km=_depth_km(feature),
        magnitude=told.mag,
        magnitude_type=told.magtype.lower() if told.magtype else None,
        event_type=EVENT_TYPES.get((told.evtype or "")[1:2].lower(), "earthquake"),
        place=told.flynn_region or "",
        aliases=(told.unid,),
        network=told.auth or "",
    )


def _depth_km(feature: Feature) -> float | None:
    if feature.properties.depth is not None or feature.geometry is None:
        return feature.properties.depth
    _, _, *third = feature.geometry.coordinates
    return -third[0] if third and third[0] is not None else None


class EmscFeed:
    """Listens to `settings.emsc_url`; after a lost connection the gap is filled by FDSN where that answers."""

    name = "emsc"
    mode = "live"

    def __init__(self, source: Source, client: httpx.AsyncClient | None = None) -> None:
        self._url, self._clock = source.settings.emsc_url, source.clock
        self._client = client or httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=True)
        self._said = {report.source_event_id: report.content_hash for report in source.known}
        self._heard_at = max((report.updated_at for report in source.known), default=self._clock())

    async def batches(self) -> AsyncIterator[Batch]:
        """A batch a message. Raises OSError or websockets.WebSocketException when the connection fails."""
        async with websockets.connect(self._url, max_size=MESSAGE_LIMIT, open_timeout=TIMEOUT_S) as connection:
            # Listening starts before the gap is asked for, so that nothing falls between the two.
            yield await self._backfill()
            async for payload in connection:
                yield self.take_in(payload if isinstance(payload, bytes) else payload.encode(errors="replace"))

    async def answers(self) -> bool:
        """Whether the agency answers just now. Raises OSError or websockets.WebSocketException when it does not."""
        async with websockets.connect(self._url, max_size=MESSAGE_LIMIT, open_timeout=TIMEOUT_S):
            return True

    def take_in(self, payload: bytes) -> Batch:
        """The batch of one message; empty for content that was heard before."""
        self._heard_at = self._clock()
        return self._batch(parse(payload, self._heard_at))

    def _batch(self, parsed: Parsed) -> Batch:
        fresh = [event for event in parsed.reports if self._said.get(event.source_event_id) != event.content_hash]
        self._said |= {event.source_event_id: event.content_hash for event in fresh}
        while len(self._said) > 10 * BACKFILL_LIMIT:
            del self._said[next(iter(self._said))]
        return Batch(self._clock(), tuple(fresh), parsed.rejects)

    async def _backfill(self) -> Batch:
        """What the FDSN service lists since the last message; nothing, and a log line, when it cannot be reached."""
        since = (self._heard_at - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
        query = {"format": "json", "limit": str(BACKFILL_LIMIT), "updatedafter": since}
        try:
            response = await self._client.get(
                f"https://{urlsplit(self._url).netloc}/fdsnws/event/1/query", params=query
            )
            response.raise_for_status()
        except httpx.HTTPError as error:
            log.warning("backfill failed", feed=self.name, since=since, reason=repr(error))
            return Batch(self._clock())
        return self._batch(parse_collection(response.content or b'{"features": []}', self._clock()))
