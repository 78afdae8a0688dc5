"""Where outside bytes come in: size limits, JSON that may be anything, times and reasons. Nothing here raises on data
except ValueError with a reason."""

import json
import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from quake.adapters.feeds import Parsed, Reject, utc
from quake.event import SeismicEvent

BODY_LIMIT = 32 * 2**20
"""Bytes of one body: three times the agencies' largest summary feed."""
PAYLOAD_LIMIT = 64 * 2**10
"""Characters kept of a rejected payload."""
AHEAD = timedelta(hours=1)
"""How far an agency's clock may run ahead of ours."""
EARLIEST = datetime(1800, 1, 1, tzinfo=UTC)


class Outside(BaseModel):
    """Base of models of outside data: no coercion between types, unknown fields ignored, no NaN or infinity."""

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False, extra="ignore")


Id = Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]
"""An agency's id: up to 64 visible ASCII characters."""
Text = Annotated[str, Field(max_length=500)]
"""A place, a type, a network."""
Stations = Annotated[float, Field(ge=0, le=100_000)]
"""A number of stations; some agencies write it with a decimal point."""


def epoch_ms(value: object) -> datetime:
    """Whole milliseconds since 1970 as UTC. Raises ValueError for anything else, or far outside recorded time."""
    if isinstance(value, bool) or not isinstance(value, int) or not -6e12 < value < 1e13:
        raise ValueError(f"{str(value)[:40]!r} is no time in milliseconds since 1970")
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=value)


EpochMs = Annotated[datetime, BeforeValidator(epoch_ms)]
IsoTime = Annotated[datetime, BeforeValidator(utc)]


def read_json(payload: bytes) -> Any:
    """The JSON in `payload`; bytes that are no UTF-8 become lone surrogates, which no model accepts.

    Raises ValueError when it is too large, no JSON or nested too deeply.
    """
    if len(payload) > BODY_LIMIT:
        raise ValueError(f"{len(payload)} bytes are more than the limit of {BODY_LIMIT}")
    try:
        return json.loads(payload.decode(errors="surrogateescape"), parse_int=_whole_number)
    except ValueError as error:
        raise ValueError(f"no JSON: {error}") from None
    except RecursionError:
        raise ValueError("JSON is nested too deeply") from None


def _whole_number(digits: str) -> float:
    return int(digits) if len(digits) < 20 else math.inf


def text_of(record: object) -> str:
    """A rejected record as ASCII JSON, or bytes as text, cut at the size limit."""
    if isinstance(record, bytes):
        return record[:PAYLOAD_LIMIT].decode(errors="replace")
    try:
        return json.dumps(record, default=str)[:PAYLOAD_LIMIT]
    except RecursionError:
        return "nested too deeply to be kept"


def each(source: str, records: Iterable[object], read: Callable[[Any], SeismicEvent], now: datetime) -> Parsed:
    """`read` of every record that is a report at `now`; each of the others becomes a reject, and the rest go on."""
    reports, rejects = [], []
    for record in records:
        try:
            reports.append(plausible(read(record), now))
        except (ValueError, OverflowError, RecursionError) as error:
            rejects.append(Reject(source, text_of(record), reason_of(error)))
    return Parsed(tuple(reports), tuple(rejects))


def plausible(event: SeismicEvent, now: datetime) -> SeismicEvent:
    """The event. Raises ValueError when its times lie in the future or before instruments and books."""
    for name in ("origin_time", "updated_at"):
        if not EARLIEST <= getattr(event, name) <= now + AHEAD:
            raise ValueError(f"{name} {getattr(event, name).isoformat()} is outside 1800 to now")
    return event


def reason_of(error: Exception) -> str:
    """One line that says what is wrong and where; without the values, so that the same fault has the same reason."""
    if isinstance(error, ValidationError):
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults[:5])[:500]
    return str(error)[:500] or type(error).__name__


def refuse(source: str, payload: bytes, reason: str) -> Parsed:
    """A payload that is no good as a whole: one reject."""
    return Parsed(rejects=(Reject(source, text_of(payload), reason),))
