"""The gate: a challenger becomes champion only when it is better on what neither has seen. Every decision is kept.

Nothing here touches what serves until the registry has said yes: whatever fails, the champion keeps serving.
"""

import json
from contextlib import closing
from dataclasses import replace
from datetime import datetime

import structlog

from batch.evaluate import Verdict, evaluate
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
        verdict = evaluate(new, old, load_quakes(storage), seed)
    except (FileNotFoundError, ValueError) as error:
        return keep(settings, _decision(storage, pair, now, (False, f"cannot be judged: {error}")))
    judged = judge(verdict)
    decision = _decision(storage, pair, now, judged, verdict.over_champion)
    return keep(settings, _promote(settings, decision) if judged[0] else decision, verdict)


def judge(verdict: Verdict) -> tuple[bool, str]:
    """Whether to promote, and why: both 95 % intervals, over the champion and over the normal day, lie above zero."""
    if verdict.forecasts < FORECASTS_MIN:
        return False, f"only {verdict.forecasts} forecasts on unseen data; {FORECASTS_MIN} are needed"
    for other, gain in (("champion", verdict.over_champion), ("normal day", verdict.over_baseline)):
        if not gain.low > 0:
            return False, f"not surely better than the {other}: {gain.value:+.4f} ({gain.low:+.4f} to {gain.high:+.4f})"
    return True, f"better than the champion by {verdict.over_champion.value:.4f} nats a forecast on unseen data"


def keep(settings: Settings, decision: ModelDecision, verdict: Verdict | None = None) -> ModelDecision:
    """Writes the decision as Markdown in storage, as a row, and as a message; returns it."""
    storage = open_storage(settings.storage)
    storage.write(artifact_of(decision), report(storage, decision, verdict).encode())
    with closing(open_warehouse(settings.warehouse)) as warehouse, closing(open_bus(settings.bus)) as bus:
        warehouse.insert([decision])
        bus.publish(TOPIC, [Message(json.dumps(as_record(decision), default=str).encode())])
    tell = log.error if decision.decision == FAILED else log.info
    tell("model decided", model_version=decision.model_version, decision=decision.decision, reason=decision.reason)
    return decision


def artifact_of(decision: ModelDecision) -> str:
    """Where in storage the decision's report lies."""
    return f"decisions/{decision.decided_at:%Y%m%dT%H%M%S}-{decision.model_version}.md"


def report(storage: Storage, decision: ModelDecision, verdict: Verdict | None) -> str:
    """The decision for people, in Markdown: what, why, the figures, and where both models come from."""
    lines = [f"# {decision.model_version}: {decision.decision}", "", f"{decision.decided_at:%Y-%m-%d %H:%M} UTC", ""]
    lines += [f"{decision.reason}.", ""]
    if verdict is not None:
        lines += _figures(verdict)
    for title, version in (("Challenger", decision.model_version), ("Champion", decision.previous_version)):
        lines += [f"## {title} {version}", "", *_lineage(storage, version), ""]
    return "\n".join(lines)


def _figures(verdict: Verdict) -> list[str]:
    rows = {
        "challenger over champion": verdict.over_champion,
        "challenger over normal day": verdict.over_baseline,
        "champion over normal day": verdict.champion_over_baseline,
    }
    window = f"{verdict.start:%Y-%m-%d} to {verdict.end:%Y-%m-%d}"
    counts = f"{verdict.forecasts} forecasts on {window}, {verdict.followed} of them followed by an earthquake."
    table = [f"| {name} | {gain.value:+.4f} | {gain.low:+.4f} | {gain.high:+.4f} |" for name, gain in rows.items()]
    return [counts, "", "| nats a forecast | gain | 95 % from | to |", "|---|---|---|---|", *table, ""]


def _lineage(storage: Storage, version: str | None) -> list[str]:
    try:
        known = provenance_of(storage, version) if version else {}
    except LookupError as error:
        return [f"No provenance: {error}."]
    wanted = ("command", "dataset_sha256", "trained_from", "trained_to", "code_version", "code_sha256", "made_at")
    return [f"- {name}: `{known[name]}`" for name in wanted if name in known]


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
    from mlflow.exceptions import MlflowException

    try:
        made = open_registry(settings).promote(decision.model_version, decision.decided_at, decision.reason)
    except (MlflowException, OSError, LookupError) as error:
        reason = f"better, but the registry did not promote it: {type(error).__name__}: {error}"
        return replace(decision, decision=FAILED, reason=reason[:500])
    return replace(decision, run_id=made.run_id)
