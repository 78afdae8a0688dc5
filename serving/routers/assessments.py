"""Assessments: what each revision of each earthquake meant when it became known."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from quake.schema import Assessment
from serving import reads
from serving.answers import json_response, page
from serving.cursors import decode_cursor, encode_cursor
from serving.models import page_of
from serving.problems import documented
from serving.queries import AssessmentQuery
from serving.services import Given

router = APIRouter(prefix="/v1/assessments", tags=["earthquakes"], responses=documented(422, 429))
LAST = (2**63 - 1, "", 0)


@router.get("", response_model=page_of(Assessment), summary="Every assessment, newest first")
def list_assessments(request: Request, given: Given, query: Annotated[AssessmentQuery, Query()]) -> Response:
    """Past rows never change: `as_of` gives what was known at that time."""
    sequence, quake_id, revision = decode_cursor(query.cursor, int, str, int) if query.cursor else LAST
    rows = reads.assessments(
        given.warehouse,
        quake_id=query.quake_id,
        role=query.role,
        as_of=query.as_of or reads.FAR_AHEAD,
        before_sequence=sequence,
        before_id=quake_id,
        before_revision=revision,
        limit=query.limit + 1,
    )
    return json_response(request, page(Assessment, rows, query.limit, _cursor))


def _cursor(row: reads.Row) -> str:
    return encode_cursor(row["processed_sequence"], row["quake_id"], row["revision"])
