"""What kind of data the page shows, how old it is, and what to say when there is none."""

from dataclasses import dataclass, replace
from datetime import datetime

from dashboard.api import Row
from dashboard.words import minute

STALE_AFTER_S = 180.0
"""A feed that has said nothing for this long is stale: even without news it ticks every minute."""
NO_REPORT_FOR_S = 3600.0
"""Nor does it take the agencies this long to report an earthquake somewhere: 17 an hour are usual."""
MOST_GAP_DAYS = 7.0
"""A longer hole between history and the first report leaves out what the probabilities rest on."""
NOTICE = (
    "These are probabilities, not predictions: nobody can predict earthquakes. This is not an early warning; when a "
    "mark appears, the shaking has already arrived. The levels are this service's own, not PAGER's. Follow your local "
    "authority. No alert does not mean no danger."
)


@dataclass(frozen=True, slots=True)
class Header:
    """The line above the map."""

    badges: tuple[str, ...]
    """Some of LIVE, AS KNOWN THEN, REPLAY, SIMULATE, HINDSIGHT, WAITING, STALE, STALE HISTORY, OFFLINE."""
    feed_age_s: float | None
    clock: str
    """The feed's own time where it is not ours: in a replay or simulation; else empty."""
    counts: str
    problem: str
    """What is wrong and what happens next, in a sentence; empty while all is well."""


def header(status: Row | None, problem: str = "") -> Header:
    """The header for what `/v1/status` said last; `problem` is why it says nothing now."""
    age = status.get("feed_age_s") if status else None
    if problem or status is None:
        words = f"{problem} The map goes on by itself when it is back.".strip()
        return Header(("OFFLINE",), age, _clock(status), _counts(status), words)
    trouble = _trouble(status)
    return Header(_badges(status, trouble), age, _clock(status), _counts(status), " ".join(trouble.values()))


def looking_back(line: Header, as_of: datetime) -> Header:
    """The header of a look at what was known at `as_of`: it is not live, whatever the feed is."""
    kept = tuple(label for label in line.badges if label not in ("LIVE", "STALE", "WAITING"))
    return replace(line, badges=("AS KNOWN THEN", *kept), clock=minute(as_of.isoformat()), counts="")


def empty(status: Row | None) -> str:
    """What an empty map says."""
    if status is None:
        return "Nothing to show: the API does not answer."
    if not status.get("counts", {}).get("assessments"):
        return "No earthquakes yet. They appear here as soon as the feed brings the first report."
    return "No earthquakes of this size in this time."


def _badges(status: Row, trouble: dict[str, str]) -> tuple[str, ...]:
    mode = status["mode"].upper()
    labels = [] if mode == "LIVE" and trouble.keys() & {"STALE", "WAITING"} else [mode]
    return (*labels, *(["HINDSIGHT"] if status.get("hindsight") else []), *trouble)


def _trouble(status: Row) -> dict[str, str]:
    """Badges of what is wrong, each with its sentence."""
    found = {}
    silent, reported, gap = (status.get(name) or 0.0 for name in ("feed_age_s", "report_age_s", "history_gap_days"))
    if status.get("feed_age_s") is None:
        found["WAITING"] = "Nothing has been heard from the feed since the service started; what stands here is older."
    elif silent > STALE_AFTER_S:
        found["STALE"] = f"The feed has been silent for {silent / 60:.0f} minutes: newer earthquakes are missing."
    elif reported > NO_REPORT_FOR_S:
        found["STALE"] = f"No agency has reported for {reported / 60:.0f} minutes: newer earthquakes may be missing."
    if status["mode"] == "live" and gap > MOST_GAP_DAYS:
        found["STALE HISTORY"] = f"{gap:.0f} days of history are missing: probabilities may be too low."
    return found


def _clock(status: Row | None) -> str:
    if status is None or status["mode"] == "live" or not status.get("feed_time"):
        return ""
    return f"the feed's clock: {minute(status['feed_time'])}"


def _counts(status: Row | None) -> str:
    counts = (status or {}).get("counts", {})
    names = {"assessments": "assessments", "alerts": "alerts", "dead_letters": "unreadable messages kept"}
    return " · ".join(f"{counts[name]:,} {word}" for name, word in names.items() if counts.get(name) is not None)
