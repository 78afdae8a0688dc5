"""What the batch flows leave in storage for people: scores of the forecasts, and pages that compare windows of data."""

import json
import re
from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from pydantic import BaseModel, Field

from quake.adapters.storage import Storage, open_storage
from serving.answers import json_response
from serving.problems import documented
from serving.services import Given

router = APIRouter(prefix="/v1", tags=["analysis"], responses=documented(422, 429))
SCORES, PAGES = "scores", "drift"
"""Folders that `batch.score` and `batch.drift` write to."""
A_PAGE = "20261101T000000-30d.html"
LARGEST_PAGE = 12_000_000
"""Bytes; Evidently's pages are 4 MB."""
SEALED = {
    "Content-Security-Policy": "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, max-age=3600",
}
"""A page from elsewhere may draw and nothing else: no origin, no network, no form, no link that leads away."""


class Scored(BaseModel):
    """All scores as they stood at one run of the flow `score`."""

    scored_at: str = Field(description="UTC, `YYYYMMDDTHHMMSS`")
    scores: list[dict[str, Any]] = Field(description="One a role, horizon and magnitude; windows that only touch")


class DriftPage(BaseModel):
    """One page that compares two windows."""

    name: str = Field(examples=[A_PAGE])
    bytes: int


@router.get("/scores", response_model=list[Scored], summary="Scores of the forecasts, newest run first")
def list_scores(
    request: Request, given: Given, limit: Annotated[int, Query(ge=1, le=100, description="Runs", examples=[1])] = 1
) -> Response:
    """Number tests, reliability, gain and Brier skill against the normal day, as the batch flow left them."""
    storage = open_storage(given.settings.storage)
    paths = [path for path in storage.list(SCORES) if path.endswith(".json")][-limit:]
    found = [{"scored_at": _stem(path), "scores": _scores(storage.url, path)} for path in reversed(paths)]
    return json_response(request, found)


@router.get("/drift/pages", response_model=list[DriftPage], summary="Pages that compare windows, newest first")
def list_pages(request: Request, given: Given) -> Response:
    """Made by Evidently in the flow `drift`; their figures are the answer `drift_history`."""
    storage = open_storage(given.settings.storage)
    paths = [path for path in storage.list(PAGES) if path.endswith(".html")]
    return json_response(
        request, [{"name": path.rpartition("/")[2], "bytes": _size(storage, path)} for path in paths[::-1]]
    )


@router.get("/drift/pages/{name}", responses=documented(404, 413), summary="One of them, sealed")
def get_page(
    given: Given,
    name: Annotated[str, Path(pattern=r"^[A-Za-z0-9_\-]{1,80}\.html$", description="Of a page", examples=[A_PAGE])],
) -> Response:
    """HTML under a policy that lets it draw and nothing else; embed it in `<iframe sandbox="allow-scripts">`."""
    storage, path = open_storage(given.settings.storage), f"{PAGES}/{name}"
    if not storage.exists(path):
        raise HTTPException(404, f"no page {name!r}; GET /v1/drift/pages lists those there are")
    if _size(storage, path) > LARGEST_PAGE:
        raise HTTPException(413, f"the page is larger than {LARGEST_PAGE} bytes; read it where it is stored")
    return Response(storage.read(path), media_type="text/html; charset=utf-8", headers=SEALED)


@lru_cache(256)
def _scores(url: str, path: str) -> list[dict[str, Any]]:
    """One run's file; written once, so it is read once."""
    return json.loads(open_storage(url).read(path))


def _size(storage: Storage, path: str) -> int:
    return int(storage.filesystem.size(storage.full(path)) or 0)


def _stem(path: str) -> str:
    return re.sub(r"^.*/|\.json$", "", path)
