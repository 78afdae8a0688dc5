"""A stand-in for the serving API: seeded rows of `quake.schema`, and switches to publish an alert, fail or go stale.

Run it to look at the map by hand: `python tests/dashboard/fake_api.py PORT`.
"""

import asyncio
import random
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI, HTTPException, Response, WebSocket, WebSocketDisconnect

from quake.lattice import lattice
from quake.schema import Alert, Assessment, EventReport, Exceedance, as_record

CLUSTERS = (
    (37.2, 37.0, "Kahramanmaras, Türkiye"), (38.3, 142.4, "Miyagi, Japan"), (35.7, -117.5, "Ridgecrest, California"),
    (-20.5, -178.4, "Fiji region"), (-31.6, -71.7, "Illapel, Chile"), (61.3, -149.9, "Anchorage, Alaska"),
    (28.2, 84.7, "Gorkha, Nepal"), (-6.2, 130.4, "Banda Sea"), (51.9, 179.6, "Rat Islands, Aleutian Islands"),
    (42.7, 13.2, "Norcia, Italy"), (16.5, -98.5, "Oaxaca, Mexico"), (-41.8, 174.3, "Seddon, New Zealand"),
    (0.7, -29.9, "Central Mid-Atlantic Ridge"), (-58.3, -25.5, "South Sandwich Islands"),
)  # fmt: skip
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)
LEVELS = ((7.0, "red", 3), (6.4, "orange", 2), (5.6, "yellow", 1), (4.5, "green", 0), (-9.0, "none", 0))


class FakeWorld:
    """What the fake API answers; tests turn its switches."""

    def __init__(self, now: datetime, count: int, seed: int = 7) -> None:
        chance = random.Random(seed)
        self.mode, self.hindsight, self.feed_age_s = "live", False, 12.0
        self.failing: bool | str = False
        """Every answer, or those of one path."""
        self.stream_url = ""
        self.key, self.tickets, self.knocked = "", [], []
        self.model_version: str | None = "3"
        self.cells: dict[str, Any] | None = _cells(now)
        self.assessments = [_assessment(f"q{i:05d}", now, chance) for i in range(count)]
        self.alerts: list[Alert] = []
        for row in sorted(self.assessments, key=lambda row: row.assessed_at):
            if row.alert_level in ("yellow", "orange", "red"):
                self.alerts.append(_alert(row, len(self.alerts) + 1))
        self.listeners: list[tuple[asyncio.AbstractEventLoop, asyncio.Queue[Alert | None]]] = []

    def publish(self, now: datetime, quake_id: str = "q-new", magnitude: float = 7.4) -> Alert:
        """A new earthquake, its assessment and its alert, sent to every open stream at once."""
        place = {"latitude": 38.0, "longitude": 20.5, "place": "<i>Kefalonia</i>, Greece", "origin_time": now}
        row = replace(self.assessments[0] if self.assessments else _assessment("q", now, random.Random(1)), **place)
        row = replace(row, quake_id=quake_id, assessed_at=now, sequence=10**6, **_meaning(magnitude))
        self.assessments.append(row)
        self.alerts.append(_alert(row, len(self.alerts) + 1))
        for loop, queue in self.listeners:
            loop.call_soon_threadsafe(queue.put_nowait, self.alerts[-1])
        return self.alerts[-1]


def create_app(world: FakeWorld) -> FastAPI:
    """The fake API over `world`."""
    app = FastAPI()

    @app.middleware("http")
    async def fail(request: Any, call_next: Any) -> Any:
        if world.failing in (True, request.url.path):
            return Response(status_code=503)
        if world.key and request.headers.get("authorization") != f"Bearer {world.key}":
            return Response(status_code=401)
        return await call_next(request)

    @app.get("/v1")
    def about() -> dict[str, Any]:
        champion = {"model_version": world.model_version}
        return {"mode": world.mode, "champion": champion, "stream_url": world.stream_url}

    @app.get("/v1/status")
    def status() -> dict[str, Any]:
        counts = {"event_reports": 2 * len(world.assessments), "assessments": len(world.assessments)}
        answer = {
            "mode": world.mode,
            "hindsight": world.hindsight,
            "feed_age_s": world.feed_age_s,
            "report_age_s": 40.0,
        }
        return answer | {"counts": counts | {"alerts": len(world.alerts), "dead_letters": 3}}

    @app.get("/v1/events")
    def events(
        since: datetime = LONG_AGO,
        updated_since: datetime = LONG_AGO,
        status: str = "active",
        limit: int = 100,
        cursor: int = 0,
    ) -> Any:
        rows = {row.quake_id: row for row in world.assessments}.values()
        rows = [row for row in rows if row.origin_time >= since and row.assessed_at > updated_since]
        rows = [row for row in rows if status in ("any", row.status)]
        rows.sort(key=lambda row: row.origin_time, reverse=True)
        return _page(rows, limit, cursor)

    @app.get("/v1/events/{quake_id}")
    def event(quake_id: str) -> Any:
        rows = [row for row in world.assessments if row.quake_id == quake_id]
        if not rows:
            raise HTTPException(404)
        return as_record(rows[-1])

    @app.get("/v1/events/{quake_id}/reports")
    def reports(quake_id: str) -> Any:
        return _page([report_of(row) for row in _revisions(event(quake_id))], 100, 0)

    @app.get("/v1/assessments")
    def assessments(quake_id: str, limit: int = 100, cursor: int = 0) -> Any:
        return _page(_revisions(event(quake_id)), limit, cursor)

    @app.get("/v1/alerts")
    def alerts(quake_id: str = "", limit: int = 100, cursor: int = 0) -> Any:
        return _page([row for row in world.alerts[::-1] if quake_id in ("", row.quake_id)], limit, cursor)

    @app.get("/v1/events/{quake_id}/places")
    def places(quake_id: str) -> Any:
        row = event(quake_id)
        town = {"latitude": row["latitude"] + 0.2, "longitude": row["longitude"] + 0.3, "distance_km": 35.0}
        towns = [town | {"name": "Nearby", "population": 65_000, "intensity": min(row["intensity"], 9.0)}]
        people = [0, 0, 400_000, 90_000, 30_000, 65_000, 0, 0, 0, 0]
        return {"quake_id": quake_id, "revision": 1, "people_mmi": people, "places": towns}

    @app.get("/v1/answers/{name}")
    def saved_answer(name: str, as_of: datetime = LONG_AGO, since: datetime = LONG_AGO, limit: int = 100) -> Any:
        if name != "events_in_brief":
            return {"columns": [], "types": [], "rows": [], "cut": ""}
        known = {row.quake_id: row for row in world.assessments if row.assessed_at <= as_of}.values()
        rows = [as_record(row) for row in known if row.status == "active" and row.origin_time >= since]
        columns = list(rows[0]) if rows else []
        return {"columns": columns, "types": [], "rows": [list(row.values()) for row in rows[:limit]], "cut": ""}

    @app.get("/v1/answers")
    def saved_answers() -> Any:
        sql = "SELECT magnitude_type, COUNT(*) AS reports FROM event_reports GROUP BY 1"
        return [{"name": "magnitude_types", "meaning": "A row is one type.", "parameters": [], "sql": sql}]

    @app.post("/v1/query")
    def query() -> Any:
        return {"columns": ["one"], "types": ["int64"], "rows": [[1]], "cut": ""}

    @app.get("/v1/forecast/grid")
    def grid() -> Any:
        if world.cells is None:
            raise HTTPException(404)
        return world.cells

    @app.get("/v1/scores")
    def scores() -> Any:
        return []

    @app.get("/v1/drift/pages")
    def drift_pages() -> Any:
        return []

    @app.post("/v1/tickets", status_code=201)
    def ticket() -> Any:
        world.tickets.append(f"ticket-{len(world.tickets) + 1}")
        return {"ticket": world.tickets[-1]}

    @app.websocket("/v1/alerts/stream")
    async def stream(socket: WebSocket) -> None:
        world.knocked.append(socket.query_params.get("ticket"))
        if world.key and world.knocked[-1] not in world.tickets:
            return await socket.close(4401)
        await socket.accept()
        listener = (asyncio.get_running_loop(), asyncio.Queue())
        world.listeners.append(listener)
        await socket.send_json({"type": "hello", "epoch": "e1", "seq": len(world.alerts)})
        try:
            while True:
                published = await listener[1].get()
                if published is None:
                    return await socket.close(1012)
                alert = as_record(published)
                times = {name: value.isoformat() for name, value in alert.items() if isinstance(value, datetime)}
                await socket.send_json({"type": "alert", "previous_seq": alert["seq"] - 1, "alert": alert | times})
        except (WebSocketDisconnect, asyncio.CancelledError):
            world.listeners[:] = [other for other in world.listeners if other is not listener]

    return app


def _cells(now: datetime) -> dict[str, Any]:
    """The lattice around the clusters: the more chance, the nearer."""
    features = []
    for cell in lattice():
        east_of = lambda east, cell=cell: (cell.longitude - east + 180) % 360 - 180
        away = min((cell.latitude - north) ** 2 + east_of(east) ** 2 for north, east, _ in CLUSTERS)
        chance = 0.3 / (1 + away / 4) ** 1.3
        about = {"probability": chance, "baseline_probability": 0.002, "gain": chance / 0.002, "cell": cell.cell}
        point = {"type": "Point", "coordinates": [cell.longitude, cell.latitude]}
        features.append({"type": "Feature", "id": cell.cell, "geometry": point, "properties": about})
    about = {"issued_at": now.replace(minute=0).isoformat(), "hindsight": False, "mode": "live"}
    return {"type": "FeatureCollection", "features": features, "next": None} | about


def _page(rows: list[Any], limit: int, cursor: int) -> dict[str, Any]:
    rest = cursor + limit
    return {"items": [as_record(row) for row in rows[cursor:rest]], "next": rest if rest < len(rows) else None}


def _assessment(quake_id: str, now: datetime, chance: random.Random) -> Assessment:
    latitude, longitude, place = chance.choice(CLUSTERS)
    origin_time = now - timedelta(seconds=600 + 80_000 * chance.random() ** 2)
    longitude = (longitude + chance.gauss(0, 2.5) + 180) % 360 - 180
    magnitude = round(min(2.5 + chance.expovariate(1.0), 7.8), 1)
    return Assessment(
        quake_id=quake_id, revision=1, role="champion", model_version="3", status="active", superseded_by=None,
        sequence=1, processed_sequence=1, assessed_at=origin_time + timedelta(minutes=4), origin_time=origin_time,
        latitude=round(latitude + chance.gauss(0, 1.5), 3), longitude=round(longitude, 3), depth_km=12.0,
        magnitude_type="mww", review_status="automatic", event_type="earthquake", place=place, source="usgs",
        source_event_id=f"us{quake_id}", reports=3, region="r100", baseline_probability=0.004, mode="live",
        hindsight=False, **_meaning(magnitude),
    )  # fmt: skip


def _meaning(magnitude: float) -> dict[str, Any]:
    level, forecast_level = next((name, number) for least, name, number in LEVELS if magnitude >= least)
    intensity, gain = 1.4 * magnitude - 1.6, 10 ** max(0.0, magnitude - 4.5)
    forecast = tuple(_exceedance(days, least, gain) for days in (1, 7, 30) for least in (4.0, 5.0, 6.0, 7.0))
    return {
        "magnitude": magnitude, "intensity": intensity, "intensity_low": intensity - 0.7,
        "intensity_high": intensity + 0.7, "people_mmi6": int(10 ** (magnitude - 1.5)) if intensity > 6 else 0,
        "fatalities_low": 0.0, "fatalities": 2.0, "fatalities_high": 10.0, "alert_level": level,
        "forecast_level": forecast_level, "probability": min(0.004 * gain, 0.6), "gain": gain, "forecast": forecast,
    }  # fmt: skip


def _exceedance(days: int, least: float, gain: float) -> Exceedance:
    baseline = 0.004 * days / 7 * 10 ** (5 - least)
    return Exceedance(
        horizon_days=days, magnitude_min=least, expected=baseline * gain, probability=min(baseline * gain, 0.95),
        baseline_expected=baseline, baseline_probability=min(baseline, 0.95), gain=gain,
    )  # fmt: skip


def _alert(row: Assessment, seq: int) -> Alert:
    shared = set(Alert.__dataclass_fields__) & set(Assessment.__dataclass_fields__)
    headline = f"M {row.magnitude} near {row.place}. Not an early warning: the shaking has already arrived."
    return Alert(
        alert_id=f"{row.quake_id}.1", seq=seq, epoch="e1", alert_number=1, message_type="ALERT", notify=True,
        references=(), sent_at=row.assessed_at, reason="level reached " + row.alert_level, headline=headline,
        drill=False, **{name: getattr(row, name) for name in shared},
    )  # fmt: skip


def _revisions(latest: dict[str, Any]) -> list[Assessment]:
    row = Assessment(**{**latest, "forecast": tuple(Exceedance(**item) for item in latest["forecast"])})
    steps = ((1, -0.4, 4, "automatic"), (2, 0.2, 11, "automatic"), (3, 0.0, 34, "reviewed"))
    return [
        replace(
            row, revision=number, assessed_at=row.origin_time + timedelta(minutes=minutes), review_status=review,
            **_meaning(round((row.magnitude or 0) + change, 1)),
        )
        for number, change, minutes, review in steps
    ]  # fmt: skip


def report_of(row: Assessment) -> EventReport:
    shared = set(EventReport.__dataclass_fields__) & set(Assessment.__dataclass_fields__)
    return EventReport(
        source_revision=row.revision, aliases=(row.source_event_id,), kind="update", updated_at=row.assessed_at,
        ingested_at=row.assessed_at, network="us", nst=40, gap_deg=60.0, dmin_deg=0.4, rms_s=0.7,
        content_hash=str(row.revision), **{name: getattr(row, name) for name in shared},
    )  # fmt: skip


if __name__ == "__main__":
    import uvicorn

    port = int(sys.argv[1])
    standing = FakeWorld(datetime.now(UTC), int(sys.argv[2]) if len(sys.argv) > 2 else 300)
    standing.stream_url = f"ws://127.0.0.1:{port}/v1/alerts/stream"
    uvicorn.run(create_app(standing), port=port, log_level="warning")
