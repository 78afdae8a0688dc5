"""Health, honestly: alive, ready or degraded and why; and metrics for Prometheus."""

from fastapi import APIRouter, Request, Response

from serving.answers import json_response
from serving.metrics import CONTENT_TYPE
from serving.readiness import examine
from serving.services import Given

router = APIRouter(tags=["operation"])


@router.get("/health/live", summary="The process answers")
def live() -> dict[str, str]:
    """Says nothing about the data: see `/health/ready`."""
    return {"status": "ok"}


@router.get("/health/ready", summary="ok, degraded with reasons, or 503 when it cannot serve")
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
