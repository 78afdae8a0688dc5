"""A decision about a model for people: Markdown in storage, with the figures and where both models come from."""

from batch.evaluate import Verdict
from batch.score_events import Pairs
from quake.adapters.registry.alias import provenance_of
from quake.adapters.storage import Storage
from quake.schema import ModelDecision


def artifact_of(decision: ModelDecision) -> str:
    """Where in storage the decision's report lies."""
    return f"decisions/{decision.decided_at:%Y%m%dT%H%M%S}-{decision.model_version}.md"


def report(storage: Storage, decision: ModelDecision, verdict: Verdict | None, live: Pairs | None = None) -> str:
    """The decision for people, in Markdown: what, why, the figures, and where both models come from."""
    lines = [f"# {decision.model_version}: {decision.decision}", "", f"{decision.decided_at:%Y-%m-%d %H:%M} UTC", ""]
    lines += [f"{decision.reason}.", ""]
    if verdict is not None:
        lines += _figures(verdict, live)
    for title, version in (("Challenger", decision.model_version), ("Champion", decision.previous_version)):
        lines += [f"## {title} {version}", "", *_lineage(storage, version), ""]
    return "\n".join(lines)


def _figures(verdict: Verdict, live: Pairs | None) -> list[str]:
    rows = {
        "challenger over champion": verdict.over_champion,
        "challenger over normal day": verdict.over_baseline,
        "champion over normal day": verdict.champion_over_baseline,
    }
    if live is not None:
        rows[f"challenger over champion, live, {live.forecasts} forecasts"] = live.gain
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
