"""The service itself: what it is, what runs, how much it has seen."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field


from serving import reads
from serving.answers import json_response
from serving.config import VERSION, WARNING, mode_of
from serving.readiness import history_gap, report_age_s
from serving.services import Given, Services

router = APIRouter(prefix="/v1", tags=["service"])


class Champion(BaseModel):
    """The model whose assessments are served."""

    model_version: str | None = Field(description="Null before its first assessment")


class About(BaseModel):
    """What this service is."""

    name: str
    version: str
    mode: str = Field(description="`live`, `replay` of the past, or `simulate`")
    hindsight: bool = Field(description="The model has seen the time span that is being replayed")
    warning: str = Field(description="Show it beside every figure")
    champion: Champion
    stream_url: str = Field(description="WebSocket of alerts", examples=["ws://127.0.0.1:8000/v1/alerts/stream"])
    epoch: str = Field(description="Life of the alert log; empty before the first alert")
    seq: int = Field(description="Newest message of the alert log")
    links: dict[str, str]


class Status(BaseModel):
    """How the service is doing."""

    mode: str
    hindsight: bool
    feed_age_s: float | None = Field(description="Seconds since ingest was last heard of, ticks included")
    feed_time: str | None = Field(description="The feed's own time, which in replay is the past")
    report_age_s: float | None = Field(description="Live: seconds since any agency's last report")
    history_gap_days: float | None = Field(description="Between the end of history and the first report")
    model_version: str | None
    epoch: str
    seq: int
    counts: dict[str, int] = Field(description="Rows by table", examples=[{"event_reports": 410, "dead_letters": 0}])


@router.get("", response_model=About, summary="What this is and where things are")
def about(request: Request, given: Given) -> Response:
    """Start here: `stream_url` says where alerts are."""
    state = reads.status(given.warehouse)
    content = {"name": "quakestream", "version": VERSION, "warning": WARNING}
    content["stream_url"] = _stream_url(request, given.settings.stream_url)
    links = {"openapi": "/openapi.json", "docs": "/docs", "fdsn": "/fdsnws/event/1/", "status": "/v1/status"}
    champion = {"champion": {"model_version": state["model_version"]}, "links": links}
    return json_response(request, content | _common(given, state) | champion)


@router.get("/status", response_model=Status, summary="Ages, counts, model")
def status(request: Request, given: Given) -> Response:
    """Figures behind `/health/ready`."""
    state, gap = reads.status(given.warehouse), None
    if (hole := history_gap(state)) is not None:
        gap = hole.total_seconds() / 86_400
    ages = {
        "feed_age_s": given.heartbeat.age_s(),
        "feed_time": given.heartbeat.at,
        "report_age_s": report_age_s(given, state),
        "history_gap_days": gap,
        "model_version": state["model_version"],
    }
    counts = {name: state[name] for name in ("event_reports", "assessments", "alerts", "dead_letters", "history")}
    return json_response(request, _common(given, state) | ages | {"counts": counts})


def _common(given: Services, state: reads.Row) -> dict[str, Any]:
    epoch, seq = given.hub.log.epoch, given.hub.log.last_seq
    return {"mode": mode_of(given.settings), "hindsight": bool(state["hindsight"]), "epoch": epoch, "seq": seq}


def _stream_url(request: Request, announced: str) -> str:
    """The gateway's address where there is one, else our own."""
    if announced:
        return announced.replace("{host}", request.url.hostname or "127.0.0.1")
    scheme = "wss" if request.url.scheme == "https" else "ws"
    return str(request.url_for("alert_stream_events").replace(scheme=scheme, query=""))
