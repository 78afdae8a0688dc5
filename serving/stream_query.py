"""What a stream's first request asks for, whichever server it comes to: its origin and its parameters."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from alerts.filter import Filter
from quake.settings import Settings
from serving.alert_queries import StreamQuery
from serving.config import allowed_origins
from serving.problems import Unusable, Wrong, wrongs


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter, and where to begin."""

    wanted: Filter
    last_seq: int | None
    epoch: str | None


class Misunderstood(ValueError):
    """The parameters are wrong; `errors` says each."""

    def __init__(self, errors: list[Wrong]) -> None:
        super().__init__(errors[0].expected)
        self.errors = errors


def parse(query: Mapping[str, str]) -> Asked:
    """What the query parameters say. Raises Misunderstood."""
    try:
        return asked(StreamQuery.model_validate(dict(query)))
    except ValidationError as error:
        raise Misunderstood(wrongs(error.errors())) from error
    except Unusable as error:
        raise Misunderstood([error.wrong]) from error


def asked(query: StreamQuery) -> Asked:
    """The same of parameters that are right one by one. Raises Unusable."""
    return Asked(query.wanted() or Filter(), query.last_seq, query.epoch)


def foreign(origin: str | None, own: str, settings: Settings) -> bool:
    """Whether the page that asks is of an origin that may not listen; `own` is that of the server itself."""
    return origin not in (None, own, *allowed_origins(settings))
