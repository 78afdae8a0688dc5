"""Rows as JSON with ETags: encoded in one pass, not validated again, since the tables' writers checked them."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

from fastapi import Request, Response
from pydantic_core import to_json

from serving.reads import Row


def json_response(request: Request, content: Any, media_type: str = "application/json") -> Response:
    """`content` as JSON; 304 without a body when the client already has it."""
    return tagged_response(request, to_json(content, inf_nan_mode="null"), media_type)


def tagged_response(request: Request, body: bytes, media_type: str) -> Response:
    """The body under an ETag; 304 without it when the client already has it."""
    etag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if etag in [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def page(row: type, rows: Sequence[Row], limit: int, cursor_of: Callable[[Row], str]) -> dict[str, Any]:
    """`{"items", "next"}` of up to `limit` rows; one row more than that means that more follow."""
    items = [columns(row, found) for found in rows[:limit]]
    return {"items": items, "next": cursor_of(rows[limit - 1]) if len(rows) > limit else None}


def columns(row: type, found: Row) -> Row:
    """The columns of the table's dataclass, in its order, whatever else the store keeps beside them."""
    return {field.name: found[field.name] for field in fields(row)}
