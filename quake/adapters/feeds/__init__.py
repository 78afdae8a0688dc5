"""The feed port: where reports come from. One file and one row in `FEEDS` a feed."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, Protocol
from urllib.parse import parse_qsl

from quake.event import SeismicEvent
from quake.settings import Settings

Clock = Callable[[], datetime]
"""Says what time it is, aware UTC."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Something a feed sent that is no report: its text, cut at a size limit, and what is wrong with it."""

    source: str
    payload: str
    reason: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one payload held."""

    reports: tuple[SeismicEvent, ...] = ()
    rejects: tuple[Reject, ...] = ()
    generated_at: datetime | None = None
    """When the agency made the payload, if it says so."""
    listed: frozenset[str] = frozenset()
    """Every id the payload names, those of rejected records and aliases included."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a feed learnt at one time; empty when it only shows that the feed is alive or that time has passed."""

    generated_at: datetime
    reports: tuple[SeismicEvent, ...] = ()
    rejects: tuple[Reject, ...] = ()


class Feed(Protocol):
    """A source of batches in the order of their times."""

    name: str
    mode: str
    """`live`, `replay` or `simulate`."""

    def batches(self) -> AsyncIterator[Batch]:
        """Batches as they become known. A live feed never ends and goes on where it was when called again after an
        error; it raises OSError, TimeoutError or an error of its client library when the agency cannot be reached."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a feed is opened with: its URL taken apart, the settings, the clock and what is known already."""

    where: str
    options: Mapping[str, str]
    settings: Settings
    clock: Clock
    known: Sequence[SeismicEvent] = ()
    """The last report of each id of the last days, so that a restarted feed does not repeat itself."""

    def number(self, name: str, default: float) -> float:
        """The option `name` as a number. Raises ValueError when it is none."""
        try:
            return float(self.options.get(name, default))
        except ValueError:
            raise ValueError(f"feed option {name} must be a number, got {self.options[name]!r}") from None

    def time(self, name: str) -> datetime | None:
        """The option `name` as a UTC time, None when absent. Raises ValueError when it is none."""
        return utc(self.options[name]) if name in self.options else None


def utc(value: object) -> datetime:
    """ISO 8601 text as UTC, naive taken as UTC. Raises ValueError for anything else."""
    if not isinstance(value, str):
        raise ValueError(f"{str(value)[:40]!r} is no ISO 8601 time")
    try:
        time = datetime.fromisoformat(value.strip())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{value[:40]!r} is no ISO 8601 time") from None


FEEDS: dict[str, str] = {
    "usgs": "quake.adapters.feeds.usgs:UsgsFeed",
    "emsc": "quake.adapters.feeds.emsc:EmscFeed",
    "replay": "quake.adapters.feeds.replay:open_replay",
    "simulate": "quake.adapters.feeds.simulate:open_simulation",
}
"""Scheme -> `module:function`; the function takes a `Source`."""


def open_feed(url: str, settings: Settings, clock: Clock, known: Sequence[SeismicEvent] = ()) -> Any:
    """The feed at `usgs:`, `emsc:`, `replay:PATH?speed=60&start=2023-02-06` or `simulate:seed=1&rate=100`.

    Raises ValueError naming the known schemes, or saying which option is wrong; FileNotFoundError for a replay.
    """
    address, _, query = url.partition("?")
    scheme, _, where = address.partition(":")
    if scheme not in FEEDS:
        raise ValueError(f"no feed for {url!r}; known: {', '.join(sorted(FEEDS))}")
    module, _, name = FEEDS[scheme].partition(":")
    where = where.removeprefix("//") if scheme != "replay" else where
    if "=" in where and not query:
        where, query = "", where
    return getattr(import_module(module), name)(Source(where, dict(parse_qsl(query)), settings, clock, known))
