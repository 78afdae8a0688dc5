"""Is the service fit to be believed? One line for every reason why not."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import structlog

from serving import reads
from serving.config import FEED_SILENCE_S, HISTORY_GAP_DAYS, REPORT_SILENCE_S, mode_of
from serving.services import Services

log = structlog.get_logger(__name__)
HUB_SILENCE_S = 15.0


def examine(services: Services) -> dict[str, Any]:
    """`status` (ok, degraded, unavailable), `reasons`, and the figures they come from."""
    failures = [reason for reason in (_bus(services), _hub(services)) if reason]
    state, failure = _attempt("warehouse", lambda: reads.status(services.warehouse))
    failures += [failure] if failure else []
    doubts = [] if state is None else list(_doubts(services, state))
    status = "unavailable" if failures else "degraded" if doubts else "ok"
    return {"status": status, "reasons": failures + doubts} | _figures(services, state)


def warm(services: Services) -> None:
    """Asks the warehouse once, so that its mirror is filled before a client waits for it."""
    _attempt("warehouse", lambda: reads.status(services.warehouse))


def report_age_s(services: Services, state: reads.Row) -> float | None:
    """Seconds since any agency's last report; None before the first, and in replay, where clocks do not compare."""
    if state["reported_at"] is None or mode_of(services.settings) != "live":
        return None
    return (services.clock() - state["reported_at"]).total_seconds()


def history_gap(state: reads.Row) -> timedelta | None:
    """Between the end of history and the first report, not below zero; None when either is not known."""
    if state["history_ends_at"] is None or state["first_origin_time"] is None:
        return None
    return max(state["first_origin_time"] - state["history_ends_at"], timedelta(0))


def _doubts(services: Services, state: reads.Row) -> Iterator[str]:
    heard = services.heartbeat.age_s()
    if heard is None:
        yield "nothing heard from ingest since this process started"
    elif heard > FEED_SILENCE_S:
        yield f"ingest silent for {heard:.0f} s; it should send a tick each 60 s"
    reported = report_age_s(services, state)
    if reported is not None and reported > REPORT_SILENCE_S:
        yield f"no agency report for {reported / 60:.0f} min; expected some 17 an hour"
    if state["model_version"] is None:
        yield "no model has assessed anything yet"
    yield from _model_doubts(services)
    gap = history_gap(state)
    if mode_of(services.settings) == "live" and gap and gap > timedelta(days=HISTORY_GAP_DAYS):
        yield f"stale history: {gap.days} days are missing before the first report"


def _model_doubts(services: Services) -> Iterator[str]:
    champion, limit = services.forecaster.champion, services.settings.model_age_days
    age = model_age_days(services)
    if champion.problem:
        yield champion.problem
    if age is None:
        yield "no champion model: `quake bootstrap` makes one"
    elif age > limit:
        yield f"the champion was made {age:.0f} days ago; more than {limit:.0f} is old"
    elif services.forecaster.state is None:
        yield "the forecast's state is not loaded yet"


def model_age_days(services: Services) -> float | None:
    """Since the champion was fitted; None without one."""
    crowned = services.forecaster.champion.now
    return None if crowned is None else (services.clock() - crowned.made_at).total_seconds() / 86_400


def _figures(services: Services, state: reads.Row | None) -> dict[str, Any]:
    gap = history_gap(state) if state else None
    return {
        "mode": mode_of(services.settings),
        "feed_age_s": services.heartbeat.age_s(),
        "report_age_s": report_age_s(services, state) if state else None,
        "history_gap_days": gap.total_seconds() / 86_400 if gap is not None else None,
        "model_age_days": model_age_days(services),
    }


def _bus(services: Services) -> str | None:
    return _attempt("bus", lambda: services.bus.backlog(services.hub.subscription))[1]


def _hub(services: Services) -> str | None:
    if not services.hub.ready:
        return "hub: the alert log is still being read"
    silent = time.monotonic() - services.hub.beat
    return f"hub: no round for {silent:.0f} s" if silent > HUB_SILENCE_S else None


def _attempt(name: str, call: Callable[[], Any]) -> tuple[Any, str | None]:
    """The call's answer, or why there is none: a probe reports every kind of failure, it does not die of one."""
    try:
        return call(), None
    except Exception as error:  # pylint: disable=broad-exception-caught  # a health probe must answer
        log.error("not ready", part=name, error=repr(error))
        return None, f"{name}: {type(error).__name__}"
