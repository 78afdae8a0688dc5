"""Judges alert life: numbers, references, what was lost or left uncorrected, and who was told."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from alerts.audience import Audience
from alerts.filter import Filter
from benchmarks.identity_pipeline import Pipeline, level_of, probability_of
from benchmarks.identity_stream import Step
from benchmarks.identity_truth import Known
from benchmarks.identity_verdict import Verdict
from quake.event import SeismicEvent
from quake.geo import distance_km
from quake.schema import Alert

FILTERS = (
    Filter(),
    Filter(min_level="orange"),
    Filter(min_magnitude=6.2),
    Filter(min_probability=0.2, bbox=(90.0, -60.0, -90.0, 60.0)),
    Filter(latitude=0.0, longitude=180.0, radius_km=6000.0),
    Filter(min_forecast_level=3, min_level="yellow"),
)
"""The subscribers."""
LEVELS = ("none", "green", "yellow", "orange", "red")


def judge_log(alerts: list[Alert], verdict: Verdict) -> None:
    """`seq` and `alert_number` without gaps, ALERT only where nothing is open, the rest only where something is."""
    numbers: Counter = Counter()
    open_chains: set[str] = set()
    for seq, alert in enumerate(alerts, start=1):
        name = alert.quake_id
        earlier = tuple(f"{name}.{number}" for number in range(1, numbers[name] + 1))
        numbers[name] += 1
        if (alert.seq, alert.alert_number, alert.references) != (seq, numbers[name], earlier):
            verdict.fault("wrong number or references", alert)
        if (alert.message_type == "ALERT") == (name in open_chains):
            verdict.fault("duplicate alert" if alert.message_type == "ALERT" else "message of no chain", alert)
        if alert.message_type in ("CANCEL", "EXPIRED"):
            open_chains.discard(name)
        else:
            open_chains.add(name)
    if open_chains:
        verdict.fault("never ended", open_chains)


# pylint: disable-next=too-many-locals  # one walk over two logs: each local is one thing it has to remember
def judge_life(steps: list[Step], clean: set[int], homes: dict, pipeline: Pipeline, verdict: Verdict) -> None:
    """Follows the stream and the alert log together, earthquake by earthquake, from what the agencies have said."""
    by_sequence: dict[int, list[Alert]] = defaultdict(list)
    for alert in pipeline.alerts:
        by_sequence[alert.sequence].append(alert)
    truth_of = {next(iter(homes[truth])): truth for truth in clean}
    names = {truth: name for name, truth in truth_of.items()}
    known: dict[int, Known] = defaultdict(Known)
    heard: dict[int, datetime] = {}
    shown: dict[str, Alert] = {}
    for order, step in enumerate(steps):
        before = dict(shown) if step.truth in names else shown
        fresh = step.truth is not None and known[step.truth].hear(order, step.message)
        for alert in by_sequence[step.message.sequence]:
            _show(shown, alert)
            truth = truth_of.get(alert.quake_id)
            if truth is not None:
                _judge_message(alert, known[truth].preferred(), heard.get(truth), verdict)
        if fresh and step.truth in names:
            heard[step.truth] = step.message.ingested_at
            _judge_silence(step, known[step.truth].preferred(), names[step.truth], (before, shown), verdict)


def _show(shown: dict[str, Alert], alert: Alert) -> None:
    if alert.message_type in ("CANCEL", "EXPIRED"):
        shown.pop(alert.quake_id, None)
    else:
        shown[alert.quake_id] = alert


def _judge_message(alert: Alert, now: SeismicEvent | None, heard: datetime | None, verdict: Verdict) -> None:
    """A message says what the agencies say; an alert that runs its time was right to, a cancelled one was wrong."""
    warranted = now is not None and _warranted(now)
    if alert.message_type == "CANCEL" and warranted:
        verdict.fault("cancelled without need", alert)
    if now is not None and alert.message_type != "CANCEL" and alert.magnitude != now.magnitude:
        verdict.fault("says another magnitude", (alert, now))
    settled = heard is not None and alert.sent_at - heard > timedelta(hours=1, minutes=10)
    if alert.message_type == "EXPIRED" and settled:
        if not warranted:
            verdict.fault("left uncorrected", (alert, now))
        elif alert.alert_level != level_of(now.magnitude):
            verdict.fault("level left uncorrected", (alert, now))


def _judge_silence(step: Step, now: SeismicEvent | None, name: str, shown: tuple[dict, dict], verdict: Verdict) -> None:
    """After a report that warrants an alert there is one, or a larger earthquake's open alert covers it."""
    before, after = shown
    if now is None or not _warranted(now) or name in after:
        return
    if step.message.ingested_at - now.origin_time > timedelta(days=3):
        return
    if LEVELS.index(level_of(now.magnitude)) >= 2 or not _covered(now, name, before.values()):
        verdict.fault("lost alert", (step.truth, name, now))


def _warranted(event: SeismicEvent) -> bool:
    return LEVELS.index(level_of(event.magnitude)) >= 2 or _forecast(event.magnitude) >= 2


def _forecast(magnitude: float | None) -> int:
    return sum(probability_of(magnitude) >= step for step in (0.01, 0.05, 0.1))


def _covered(event: SeismicEvent, name: str, alerts: Iterable[Alert]) -> bool:
    for alert in alerts:
        larger = alert.magnitude is not None and alert.magnitude > event.magnitude
        if alert.quake_id == name or not larger or alert.origin_time >= event.origin_time:
            continue
        reach = max(100.0, 2 * 10 ** (-2.44 + 0.59 * alert.magnitude))
        near = distance_km(alert.latitude, alert.longitude, event.latitude, event.longitude) <= reach
        if near and alert.forecast_level >= _forecast(event.magnitude):
            return True
    return False


def judge_audience(alerts: list[Alert], verdict: Verdict) -> None:
    """Every subscriber gets what the definition says, recomputed from the whole log; endings reach exactly the told."""
    for wanted in FILTERS:
        subscriber, matched, told = Audience(wanted), defaultdict(list), set()
        for alert in alerts:
            got = subscriber.offer(alert)
            history = matched[alert.quake_id]
            if alert.message_type in ("CANCEL", "EXPIRED"):
                if got != (alert.quake_id in told):
                    verdict.fault("ending missed or misdirected", (wanted, alert))
                told.discard(alert.quake_id)
                history.clear()
                continue
            flips = wanted.matches(alert) != (history[-1] if history else False)
            history.append(wanted.matches(alert))
            if got != (any(history) and (alert.notify or flips)):
                verdict.fault("message missed or misdirected", (wanted, alert))
            if got:
                told.add(alert.quake_id)
