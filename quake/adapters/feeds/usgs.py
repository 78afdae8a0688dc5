"""The USGS GeoJSON summary feed: polled at most once a minute, deletions by silence.

Format: https://earthquake.usgs.gov/earthquakes/feed/v1.0/geojson.php. U.S. Geological Survey data, public domain.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

import httpx
import structlog
from pydantic import Field

from quake.adapters.feeds import Batch, Parsed, Reject, Source
from quake.adapters.feeds.edge import (
    AHEAD, BODY_LIMIT, EpochMs, Id, Outside, Stations, Text, each, epoch_ms, read_json, refuse,
)  # fmt: skip
from quake.adapters.feeds.silence import Silence
from quake.event import SeismicEvent

log = structlog.get_logger(__name__)

REVIEWED = frozenset({"reviewed", "manual"})
TIMEOUT_S = 20.0


class Point(Outside):
    """GeoJSON point: longitude, latitude and, if known, depth in km (positive down)."""

    coordinates: Annotated[list[float | None], Field(min_length=2, max_length=3)]


class Properties(Outside):
    """The properties read; the feed has more."""

    mag: float | None
    place: Text | None = None
    time: EpochMs
    updated: EpochMs
    status: Text | None = None
    net: Text | None = None
    ids: Annotated[str, Field(max_length=2000)] | None = None
    magType: Text | None = None
    type: Text | None = None
    nst: Stations | None = None
    gap: float | None = None
    dmin: float | None = None
    rms: float | None = None


class Feature(Outside):
    """One earthquake as listed now."""

    id: Id
    geometry: Point
    properties: Properties


def parse(payload: bytes, now: datetime) -> Parsed:
    """Reports and rejects of one GeoJSON feature collection received at `now`. Never raises on data."""
    try:
        features, generated_at = _open(read_json(payload), now)
    except ValueError as error:
        return refuse("usgs", payload, str(error))
    parsed = each("usgs", features, _report, now)
    return Parsed(parsed.reports, parsed.rejects, generated_at, _listed(features))


def _open(body: Any, now: datetime) -> tuple[list[Any], datetime]:
    if not isinstance(body, dict) or not isinstance(body.get("features"), list):
        raise ValueError("no feature collection: `features` must be a list")
    metadata = body.get("metadata")
    generated_at = epoch_ms(metadata.get("generated") if isinstance(metadata, dict) else None)
    if generated_at > now + AHEAD:
        raise ValueError("metadata.generated lies in the future")
    return body["features"], generated_at


def _report(record: Any) -> SeismicEvent:
    feature = Feature.model_validate(record)
    told, (longitude, latitude, *depth) = feature.properties, feature.geometry.coordinates
    if latitude is None or longitude is None:
        raise ValueError("geometry.coordinates: longitude and latitude must be numbers")
    return SeismicEvent(
        source="usgs",
        source_event_id=feature.id,
        kind="delete" if told.status == "deleted" else "create",
        origin_time=told.time,
        updated_at=told.updated,
        latitude=latitude,
        longitude=longitude,
        depth_km=depth[0] if depth else None,
        magnitude=told.mag,
        magnitude_type=told.magType.lower() if told.magType else None,
        review_status="reviewed" if told.status in REVIEWED else "automatic",
        event_type=told.type or "earthquake",
        place=told.place or "",
        aliases=_aliases(feature.id, told.ids),
        network=told.net or "",
        nst=None if told.nst is None else int(told.nst),
        gap_deg=told.gap,
        dmin_deg=told.dmin,
        rms_s=told.rms,
    )


def _aliases(own: str, ids: str | None) -> tuple[str, ...]:
    # Sorted: the feed's order of ids is no content.
    return tuple(sorted({own, *(name for name in (ids or "").split(",") if name)}))


def _listed(features: list[Any]) -> frozenset[str]:
    names: set[str] = set()
    for feature in features:
        if isinstance(feature, dict) and isinstance(feature.get("id"), str):
            properties = feature.get("properties")
            ids = properties.get("ids") if isinstance(properties, dict) else None
            names.update(_aliases(feature["id"], ids if isinstance(ids, str) else None))
    return frozenset(names)


class UsgsFeed:
    """Polls `settings.usgs_url`: conditional requests, never more often than every `settings.poll_s` seconds."""

    name = "usgs"
    mode = "live"

    def __init__(self, source: Source, client: httpx.AsyncClient | None = None) -> None:
        self._url, self._poll_s, self._clock = source.settings.usgs_url, source.settings.poll_s, source.clock
        self._client = client or httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=True)
        self._silence = Silence(source.known)
        self._validators: dict[str, str] = {}
        self._rejects: frozenset[Reject] = frozenset()
        self._next_poll = 0.0

    async def batches(self) -> AsyncIterator[Batch]:
        """A batch a poll. Raises httpx.HTTPError when the agency fails; called again, it still keeps the interval."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._next_poll - loop.time())
            self._next_poll = loop.time() + self._poll_s
            yield self.take_in(await self._fetch())

    async def answers(self) -> bool:
        """Whether the agency answers just now. Raises httpx.HTTPError when it cannot be reached."""
        async with self._client.stream("GET", self._url) as response:
            return response.is_success

    def take_in(self, payload: bytes | None) -> Batch:
        """What one poll brings that the polls before did not; None is `not modified`."""
        now = self._clock()
        parsed = parse(payload, now) if payload is not None else Parsed()
        fresh = tuple(reject for reject in parsed.rejects if reject not in self._rejects)
        if parsed.generated_at is None:
            return Batch(now, (), fresh)
        self._rejects = frozenset(parsed.rejects)
        reports = self._silence.observe(parsed.generated_at, parsed.reports, parsed.listed)
        return Batch(parsed.generated_at, reports, fresh)

    async def _fetch(self) -> bytes | None:
        async with self._client.stream("GET", self._url, headers=self._validators) as response:
            if response.status_code == httpx.codes.NOT_MODIFIED:
                return None
            response.raise_for_status()
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > BODY_LIMIT:
                    log.warning("body too large", feed=self.name, limit=BODY_LIMIT)
                    break
        self._validators = _validators(response.headers)
        return bytes(body)


def _validators(headers: httpx.Headers) -> dict[str, str]:
    pairs = (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified"))
    return {request: headers[answer] for request, answer in pairs if answer in headers}
