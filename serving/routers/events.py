"""Earthquakes: what is known of each now, and what every agency reported."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response

from quake.schema import Assessment, EventReport
from serving import reads
from serving.answers import columns, json_response, page
from serving.cursors import decode_cursor, encode_cursor
from serving.models import model_of, page_of
from serving.parameters import QuakeId
from serving.problems import documented
from serving.queries import EventQuery, ReportQuery
from serving.services import Given

router = APIRouter(prefix="/v1/events", tags=["earthquakes"], responses=documented(422, 429))


@router.get("", response_model=page_of(Assessment), summary="Latest assessment of each earthquake, newest first")
def list_events(request: Request, given: Given, query: Annotated[EventQuery, Query()]) -> Response:
    """Poll with `updated_since` = the newest `assessed_at` you have, and `status=any`, to hear of every change."""
    rows = reads.events(given.warehouse, limit=query.limit + 1, **query.asked())
    cut = page(Assessment, rows, query.limit, lambda row: encode_cursor(row["origin_time"], row["quake_id"]))
    return json_response(request, cut)


@router.get("/{quake_id}", response_model=model_of(Assessment), responses=documented(404), summary="One earthquake")
def get_event(request: Request, given: Given, quake_id: QuakeId) -> Response:
    """Its latest assessment, whatever its status; `superseded_by` names the id it was merged into."""
    return json_response(request, columns(Assessment, _known(given, quake_id)))


@router.get("/{quake_id}/reports", response_model=page_of(EventReport), responses=documented(404))
def list_reports(request: Request, given: Given, quake_id: QuakeId, query: Annotated[ReportQuery, Query()]) -> Response:
    """Every report of one earthquake, all agencies, in the order they were taken in."""
    (after,) = decode_cursor(query.cursor, int) if query.cursor else (0,)
    rows = reads.reports(given.warehouse, quake_id, after, query.limit + 1)
    if not rows:
        _known(given, quake_id)
    cut = page(EventReport, rows, query.limit, lambda row: encode_cursor(row["processed_sequence"]))
    return json_response(request, cut)


def _known(given: Given, quake_id: str) -> reads.Row:
    row = reads.event(given.warehouse, quake_id)
    if row is None:
        raise HTTPException(404, f"no earthquake {quake_id!r}; GET /v1/events lists those known")
    return row
