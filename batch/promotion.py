"""The gate: a challenger becomes champion only when it is better on what neither has seen. Every decision is kept.

Nothing here touches what serves until the registry has said yes: whatever fails, the champion keeps serving.
"""

import json
from contextlib import closing
from dataclasses import replace
from datetime import datetime

import structlog

from batch.evaluate import Verdict, evaluate_once
from batch.promotion_report import artifact_of, report
from batch.score_events import Pairs, shadow
from batch.train import load_quakes
from quake.adapters.bus import Message, open_bus
from quake.adapters.registry import open_registry
from quake.adapters.registry.alias import CHALLENGER, CHAMPION, Entry, load_entry, provenance_of, read_aliases
from quake.adapters.storage import Storage, open_storage
from quake.adapters.warehouse import open_warehouse
from quake.schema import ModelDecision, as_record
from quake.score import Interval
from quake.settings import Settings

FORECASTS_MIN = 200
"""A window with fewer forecasts decides nothing."""
TOPIC = "model_decisions"
"""Every decision is published here too: what tells people subscribes to it."""
PROMOTED, REJECTED, FAILED = "promoted", "rejected", "failed"

log = structlog.get_logger(__name__)


def review(settings: Settings, now: datetime, seed: int = 1) -> ModelDecision | None:
    """Judges the challenger, promotes it if it is better, and keeps the decision; None when there is no challenger.

    Raises LookupError when there is no champion either: then nothing serves that could be compared.
    """
    storage = open_storage(settings.storage)
    aliases = read_aliases(storage)
    if CHALLENGER not in aliases:
        return None
    if CHAMPION not in aliases:
        raise LookupError("no model is champion; run: quake bootstrap")
    pair = aliases[CHALLENGER], aliases[CHAMPION]
    try:
        new, old = (load_entry(storage, entry) for entry in pair)
        verdict = evaluate_once(storage, new, old, load_quakes(storage), seed)
    except (FileNotFoundError, ValueError) as error:
        return keep(settings, _decision(storage, pair, now, (False, f"cannot be judged: {error}")))
    with closing(open_warehouse(settings.warehouse)) as warehouse:
        live = shadow(warehouse, now, new.version, old.version, seed)
    judged = judge(verdict, live)
    decision = _decision(storage, pair, now, judged, verdict.over_champion)
    return keep(settings, _promote(settings, decision) if judged[0] else decision, verdict, live)


def judge(verdict: Verdict, live: Pairs | None = None) -> tuple[bool, str]:
    """Whether to promote, and why: both 95 % intervals, over the champion and over the normal day, lie above zero.

    A challenger that has watched the live stream must not have been surely worse there.
    """
    if verdict.forecasts < FORECASTS_MIN:
        return False, f"only {verdict.forecasts} forecasts on unseen data; {FORECASTS_MIN} are needed"
    for other, gain in (("champion", verdict.over_champion), ("normal day", verdict.over_baseline)):
        if not gain.low > 0:
            return False, f"not surely better than the {other}: {gain.value:+.4f} ({gain.low:+.4f} to {gain.high:+.4f})"
    if live and live.forecasts >= FORECASTS_MIN and live.gain.high < 0:
        return (
            False,
            f"worse than the champion on the live stream: {live.gain.value:+.4f} nats, {live.forecasts} forecasts",
        )
    return True, f"better than the champion by {verdict.over_champion.value:.4f} nats a forecast on unseen data"


def keep(
    settings: Settings, decision: ModelDecision, verdict: Verdict | None = None, live: Pairs | None = None
) -> ModelDecision:
    """Writes the decision as Markdown in storage, as a row, and as a message; returns it."""
    storage = open_storage(settings.storage)
    storage.write(artifact_of(decision), report(storage, decision, verdict, live).encode())
    with closing(open_warehouse(settings.warehouse)) as warehouse, closing(open_bus(settings.bus)) as bus:
        warehouse.insert([decision])
        bus.publish(TOPIC, [Message(json.dumps(as_record(decision), default=str).encode())])
    tell = log.error if decision.decision == FAILED else log.info
    tell("model decided", model_version=decision.model_version, decision=decision.decision, reason=decision.reason)
    return decision


def _decision(
    storage: Storage, pair: tuple[Entry, Entry], now: datetime, judged: tuple[bool, str], gain: Interval | None = None
) -> ModelDecision:
    challenger, champion = pair
    better, reason = judged
    return ModelDecision(
        model_version=challenger.version,
        decided_at=now,
        decision=PROMOTED if better else REJECTED,
        previous_version=champion.version,
        reason=reason,
        gain=gain.value if gain else None,
        gain_low=gain.low if gain else None,
        gain_high=gain.high if gain else None,
        run_id="",
        dataset_hash=_dataset(storage, challenger.version),
    )


def _dataset(storage: Storage, version: str) -> str:
    try:
        return provenance_of(storage, version).get("dataset_sha256", "")
    except LookupError:
        return ""


def _promote(settings: Settings, decision: ModelDecision) -> ModelDecision:
    """The same decision with the registry's run, or a failed one when the registry cannot be reached."""
    try:
        made = open_registry(settings).promote(decision.model_version, decision.decided_at, decision.reason)
    except (OSError, LookupError, ValueError) as error:
        reason = f"better, but the registry did not promote it: {type(error).__name__}: {error}"
        return replace(decision, decision=FAILED, reason=reason[:500])
    return replace(decision, run_id=made.run_id)
