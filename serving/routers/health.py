"""Health, honestly: alive, ready or degraded and why; and metrics for Prometheus."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from serving.answers import json_response
from serving.metrics import CONTENT_TYPE
from serving.readiness import examine
from serving.services import Given

router = APIRouter(tags=["operation"])


@router.get("/health/live", summary="The process answers")
def live() -> dict[str, str]:
    """Says nothing about the data: see `/health/ready`."""
    return {"status": "ok"}


class Readiness(BaseModel):
    """Fit to serve, and to be believed?"""

    status: Literal["ok", "degraded", "unavailable"]
    reasons: list[str] = Field(description="One line for every reason why not")
    mode: str = Field(description="`live`, `replay` of the past, or `simulate`")
    feed_age_s: float | None = Field(description="Seconds since ingest was last heard of, ticks included")
    report_age_s: float | None = Field(description="Live: seconds since any agency's last report")
    history_gap_days: float | None = Field(description="Between the end of history and the first report")
    model_age_days: float | None = Field(description="Since the champion was fitted")


@router.get(
    "/health/ready",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "It cannot serve"}},
    summary="ok, degraded with reasons, or 503 when it cannot serve",
)
def ready(request: Request, given: Given) -> Response:
    """`degraded` still serves: the figures are to be read with the reasons beside them."""
    found = examine(given)
    response = json_response(request, found)
    response.status_code = 503 if found["status"] == "unavailable" else response.status_code
    return response


@router.get("/metrics", include_in_schema=False)
def metrics(given: Given) -> Response:
    """Prometheus's text format."""
    age = given.heartbeat.age_s()
    given.metrics.feed_age.set(float("nan") if age is None else age)
    given.metrics.log_seq.set(given.hub.log.last_seq)
    return Response(given.metrics.exposition(), media_type=CONTENT_TYPE)
