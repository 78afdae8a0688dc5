"""Parameters of the alert list and stream; the filters are read off `alerts.filter`: fields, ranges, docstrings."""

from dataclasses import fields
from typing import Any, Literal, get_type_hints

from pydantic import Field, create_model

from alerts.filter import RANGES, Filter, parse_filter
from quake.levels import LEVELS
from serving.models import docstrings
from serving.problems import Unusable
from serving.parameters import Box, OfQuake
from serving.queries import PageQuery, Query

EXAMPLES = {
    "min_level": "orange", "min_forecast_level": 2, "min_magnitude": 6.0, "bbox": "20,34,30,42", "latitude": 37.2,
    "longitude": 37.0, "radius_km": 200.0, "min_mmi": 5.0, "min_probability": 0.05,
}  # fmt: skip
UNSAID = {"min_forecast_level": "Least `forecast_level`, 0 to 3", "latitude": "My point, degrees north"}
"""What `Filter`'s own docstrings leave out."""


def _filter_fields() -> dict[str, Any]:
    said, hints = docstrings(Filter), get_type_hints(Filter)
    special: dict[str, Any] = {"min_level": Literal[tuple(LEVELS)], "bbox": Box}
    described = {}
    for field in fields(Filter):
        low, high = RANGES.get(field.name, (None, None))
        kind = int if hints[field.name] is int else float
        about = UNSAID.get(field.name) or said[field.name]
        limits = Field(None, ge=low, le=high, description=about, examples=[EXAMPLES[field.name]])
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
    after_seq=(int | None, Field(None, ge=0, lt=2**63, description="Oldest first, after this message", examples=[42])),
    quake_id=(OfQuake, ""),
    **_filter_fields(),
)
"""Parameters of `GET /v1/alerts`."""

StreamQuery = create_model(
    "StreamQuery",
    __base__=_Wanted,
    __doc__="Where the stream begins, and what it carries.",
    last_seq=(
        int | None,
        Field(None, ge=0, lt=2**63, description="Newest message you have: what you missed follows", examples=[42]),
    ),
    ticket=(
        str | None,
        Field(
            None, max_length=400, description="Of `POST /v1/tickets`, where a browser needs one", examples=["WyJh.c2ln"]
        ),
    ),
    **_filter_fields(),
)
"""Parameters of `/v1/alerts/stream`."""
