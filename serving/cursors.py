"""Opaque cursors: the sort key of a page's last row, so that pages hold still while rows arrive."""

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any

from pydantic_core import to_json

from serving.problems import Unusable


def encode_cursor(*key: Any) -> str:
    """The cursor that names `key`; times, numbers and strings."""
    return base64.urlsafe_b64encode(to_json(key)).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type) -> list[Any]:
    """The key, each part of its kind. Raises Unusable when the cursor is not one that we gave."""
    wrong = Unusable("query.cursor", cursor, "pass `next` of the page before, unchanged, with the same filters")
    try:
        key = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise wrong from error
    if not isinstance(key, list) or len(key) != len(kinds):
        raise wrong
    return [_part(value, kind, wrong) for value, kind in zip(key, kinds)]


def _part(value: Any, kind: type, wrong: ValueError) -> Any:
    if kind is datetime and isinstance(value, str):
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise wrong from error
    if not isinstance(value, kind) or isinstance(value, bool) or (kind is int and not 0 <= value < 2**63):
        raise wrong
    return value
