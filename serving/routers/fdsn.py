"""The FDSN event web service, so that seismologists' tools (ObsPy and others) work unchanged."""

from typing import Any
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import ValidationError

from serving import reads
from serving.config import VERSION
from serving.fdsn_formats import geojson, text, wadl
from serving.fdsn_quakeml import quakeml
from serving.fdsn_query import openapi_parameters, parse_fdsn
from serving.problems import documented, wrongs
from serving.services import Given

router = APIRouter(prefix="/fdsnws/event/1", tags=["FDSN"])
FORMATS = {
    "xml": (quakeml, "application/xml"),
    "quakeml": (quakeml, "application/xml"),
    "text": (text, "text/plain; charset=utf-8"),
    "geojson": (geojson, "application/geo+json"),
}
PLAIN = {"text/plain": {"schema": {"type": "string"}}}
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Events", "content": {kind.partition(";")[0]: {} for _, kind in FORMATS.values()}},
    204: {"description": "No events, with `nodata=204`"},
    400: {"description": "What was wrong and what would be right", "content": PLAIN},
    404: {"description": "No events, with `nodata=404`", "content": PLAIN},
    413: {"description": "Too many events", "content": PLAIN},
} | documented(429)
XML: dict[int | str, dict[str, Any]] = {200: {"description": "XML", "content": {"application/xml": {}}}} | documented(
    429
)


@router.get(
    "/query",
    response_class=Response,
    responses=ANSWERS,
    openapi_extra={"parameters": openapi_parameters()},
    summary="Earthquakes as QuakeML, text or GeoJSON",
)
def query(request: Request, given: Given) -> Response:
    """Parameters and short names of the FDSN specification 1.2: see `application.wadl`."""
    try:
        wanted = parse_fdsn(request.query_params)
    except ValidationError as error:
        said = "; ".join(f"{wrong.parameter}: {wrong.expected}" for wrong in wrongs(error.errors()))
        return _error(request, 400, said)
    rows = reads.ask(given.warehouse, "fdsn_events", wanted.asked())
    if not rows:
        return Response(status_code=204) if wanted.nodata == "204" else _error(request, 404, "no such events")
    if len(rows) > wanted.limit and "limit" not in wanted.model_fields_set:
        return _error(request, 413, f"more than {wanted.limit} events: ask for less, or page with limit and offset")
    write, media_type = FORMATS[wanted.format]
    return Response(write(rows[: wanted.limit]), media_type=media_type)


@router.get("/version", response_class=PlainTextResponse, summary="Version of the service")
def version() -> str:
    """FDSN's major version first."""
    return f"1.2.{VERSION.partition('.')[0]}"


@router.get("/catalogs", response_class=Response, responses=XML, summary="Catalogues offered")
def catalogs() -> Response:
    """One: this service's."""
    return _listing("Catalogs", "Catalog", ["quakestream"])


@router.get("/contributors", response_class=Response, responses=XML, summary="Feeds whose solutions may be preferred")
def contributors(given: Given) -> Response:
    """Usable as `contributor`."""
    return _listing("Contributors", "Contributor", sorted(given.settings.feeds))


@router.get("/application.wadl", response_class=Response, responses=XML, summary="Parameters, for machines")
def application(request: Request) -> Response:
    """WADL, generated from the parameters that are checked."""
    base = str(request.url_for("version")).removesuffix("version")
    return Response(wadl(base), media_type="application/xml")


def _listing(root: str, item: str, names: list[str]) -> Response:
    items = "".join(f"<{item}>{escape(name)}</{item}>" for name in names)
    return Response(f"<?xml version='1.0' encoding='UTF-8'?>\n<{root}>{items}</{root}>", media_type="application/xml")


def _error(request: Request, status: int, said: str) -> Response:
    """An error in the form the FDSN specification prescribes."""
    parts = (f"Error {status}", said, "Usage details are available from application.wadl", f"Request: {request.url}")
    return PlainTextResponse("\n\n".join((*parts, f"Service version: {version()}")), status_code=status)
