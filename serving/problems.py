"""Errors as `application/problem+json` (RFC 9457): what was wrong, and what would be right."""

from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

log = structlog.get_logger(__name__)
MEDIA_TYPE = "application/problem+json"
HINTS = {
    "Not Found": "Not Found: GET /v1 says where things are, /openapi.json has every path",
    "Method Not Allowed": "Method Not Allowed: the header Allow names those that are",
    "There was an error parsing the body": "the body must be JSON in UTF-8",
}
"""What the framework says, and what we say in its place."""


class Wrong(BaseModel):
    """One thing that was wrong with the request."""

    parameter: str = Field(description="Where it is", examples=["query.limit"])
    value: str = Field(description="What came", examples=["5000"])
    expected: str = Field(description="What would be right", examples=["Input should be less than or equal to 1000"])


class Unusable(ValueError):
    """A parameter that passed its own checks cannot be used; answers 422."""

    def __init__(self, parameter: str, value: str, expected: str) -> None:
        super().__init__(f"{parameter}: {expected}")
        self.wrong = Wrong(parameter=parameter, value=value[:200], expected=expected)


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field("about:blank", description="Kind of problem")
    title: str = Field(description="HTTP status in words", examples=["Unprocessable Content"])
    status: int = Field(description="HTTP status", examples=[422])
    detail: str = Field(description="What was wrong", examples=["query.limit: Input should be at most 1000"])
    errors: list[Wrong] = Field([], description="Each thing that was wrong, with what would be right")
    trace_id: str | None = Field(
        None,
        description="Names this request in our log",
        examples=["0af7651916cd43dd8448eb211c80319c"],  # pragma: allowlist secret
    )


def install_problems(app: FastAPI) -> None:
    """Makes every error that `app` foresees answer as a problem; what it does not is `serving.trace.Faults`'s."""
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(Unusable, _on_unusable)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(TimeoutError, _on_timeout)


def problem(
    status: int, detail: str, errors: list[Wrong] | None = None, headers: dict[str, str] | None = None
) -> JSONResponse:
    """The response that tells of one problem."""
    trace_id = structlog.contextvars.get_contextvars().get("trace_id")
    content = Problem(title=_title(status), status=status, detail=detail, errors=errors or [], trace_id=trace_id)
    return JSONResponse(content.model_dump(), status, headers, MEDIA_TYPE)


def wrongs(errors: list[dict[str, Any]] | Any) -> list[Wrong]:
    """Pydantic's errors as ours; long values are cut."""
    return [
        Wrong(
            parameter=".".join(str(part) for part in error["loc"]) or "request",
            value=str(error.get("input"))[:200],
            expected=error["msg"].removeprefix("Value error, "),
        )
        for error in errors
    ]


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` for these error statuses."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _title(status), "content": content} for status in statuses}


def _title(status: int) -> str:
    return HTTPStatus(status).phrase


def _on_invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = wrongs(error.errors())
    return problem(422, "; ".join(f"{wrong.parameter}: {wrong.expected}" for wrong in found), found)


def _on_unusable(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Unusable)
    return problem(422, str(error), [error.wrong])


def _on_http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    detail = str(error.detail)
    return problem(error.status_code, HINTS.get(detail, detail), headers=dict(error.headers or {}))


def _on_timeout(_: Request, error: Exception) -> JSONResponse:
    log.warning("query timed out", error=str(error))
    return problem(503, "the answer took too long; ask for less, or again later", headers={"Retry-After": "5"})
