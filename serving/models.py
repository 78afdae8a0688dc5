"""What the API answers, described: OpenAPI models read off the tables' dataclasses and their field docstrings."""

import ast
import inspect
import textwrap
from functools import cache
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel, Field, create_model

from quake.schema import Exceedance

UNITS = {
    "latitude": "Degrees north",
    "longitude": "Degrees east",
    "depth_km": "Kilometres, positive down",
    "origin_time": "When the earthquake began, UTC",
    "gap_deg": "Degrees",
    "dmin_deg": "Degrees",
    "rms_s": "Seconds",
    "magnitude": "As the agency determined it; null before that",
    "probability": "0 to 1",
    "horizon_days": "Days",
    "intensity": "Modified Mercalli",
}
"""Descriptions of columns whose dataclass says nothing more."""
EXAMPLES: dict[str, Any] = {
    "quake_id": "us7000abcd",
    "latitude": 37.23,
    "longitude": 37.02,
    "depth_km": 10.0,
    "magnitude": 7.8,
    "magnitude_type": "mww",
    "place": "26 km east of Nurdağı, Türkiye",
    "horizon_days": 7,
    "magnitude_min": 5.0,
    "alert_level": "orange",
    "seq": 42,
}


class Page(BaseModel):
    """What every list answers has in common."""

    next: str | None = Field(None, description="Pass as `cursor` for what follows; null at the end")


@cache
def model_of(row: type) -> type[BaseModel]:
    """The OpenAPI model of one row of a table, or of a record in it: a dataclass or a named tuple."""
    hints, said = get_type_hints(row), docstrings(row)
    members: dict[str, Any] = {name: _member(name, hint, said) for name, hint in hints.items()}
    return create_model(row.__name__, __doc__=inspect.getdoc(row), **members)


@cache
def page_of(row: type) -> type[BaseModel]:
    """The OpenAPI model of a list of rows: `{"items": [...], "next": cursor}`."""
    items = (list[model_of(row)], Field(description="Rows, newest first unless said otherwise"))
    return create_model(f"{row.__name__}Page", __base__=Page, items=items)


def docstrings(row: type) -> dict[str, str]:
    """The string below each field of a class, by field name."""
    body = ast.parse(textwrap.dedent(inspect.getsource(row))).body[0].body
    return {
        first.target.id: inspect.cleandoc(second.value.value).replace("\n", " ")
        for first, second in zip(body, body[1:])
        if isinstance(first, ast.AnnAssign) and isinstance(second, ast.Expr)
    }


def _member(name: str, hint: Any, said: dict[str, str]) -> tuple[Any, Any]:
    kind = list[_element(hint)] if get_args(hint)[1:] == (Ellipsis,) else hint
    examples = [EXAMPLES[name]] if name in EXAMPLES else None
    return kind, Field(description=said.get(name) or UNITS.get(name), examples=examples)


def _element(hint: Any) -> Any:
    element = get_args(hint)[0]
    return model_of(element) if element is Exceedance else element
