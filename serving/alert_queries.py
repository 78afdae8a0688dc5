"""Parameters of the alert list and stream; the filters are read off `alerts.filter`: fields, ranges, docstrings."""

from dataclasses import fields
from typing import Any, Literal, get_type_hints

from pydantic import Field, create_model

from alerts.filter import RANGES, Filter, parse_filter
from quake.levels import LEVELS
from serving.models import docstrings
from serving.problems import Unusable
from serving.queries import Box, PageQuery, Query


def _filter_fields() -> dict[str, Any]:
    said, hints = docstrings(Filter), get_type_hints(Filter)
    special: dict[str, Any] = {"min_level": Literal[tuple(LEVELS)], "bbox": Box}
    described = {}
    for field in fields(Filter):
        low, high = RANGES.get(field.name, (None, None))
        kind = int if hints[field.name] is int else float
        limits = Field(None, ge=low, le=high, description=said.get(field.name))
        described[field.name] = (special.get(field.name, kind) | None, limits)
    return described


class _Wanted(Query):
    """What every alert query can say."""

    epoch: str | None = Field(
        None, max_length=80, description="Life of the log that the number belongs to", examples=["9f1c2a7e"]
    )

    def wanted(self) -> Filter | None:
        """The filter, None when none was given. Raises Unusable when its parts do not fit together."""
        given = self.model_dump(include={field.name for field in fields(Filter)}, exclude_none=True)
        try:
            return parse_filter({name: str(value) for name, value in given.items()}) if given else None
        except ValueError as error:
            raise Unusable("query", str(given), str(error)) from error


AlertQuery = create_model(
    "AlertQuery",
    __base__=(PageQuery, _Wanted),
    __doc__="Which alerts, and in which direction.",
    after_seq=(int | None, Field(None, ge=0, lt=2**63, description="Oldest first, after this message")),
    quake_id=(str, Field("", pattern=r"^[A-Za-z0-9_.:\-]{0,80}$", description="Of one earthquake")),
    **_filter_fields(),
)
"""Parameters of `GET /v1/alerts`."""

StreamQuery = create_model(
    "StreamQuery",
    __base__=_Wanted,
    __doc__="Where the stream begins, and what it carries.",
    last_seq=(int | None, Field(None, ge=0, lt=2**63, description="Newest message you have: what you missed follows")),
    ticket=(str | None, Field(None, max_length=400, description="Of `POST /v1/tickets`, where a browser needs one")),
    **_filter_fields(),
)
"""Parameters of `/v1/alerts/stream`."""
