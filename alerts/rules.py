"""When an earthquake is worth a message, and which: one table of rules, one pure fold along an earthquake's revisions.

A chain is ALERT, UPDATE*, then CANCEL or EXPIRED. Nothing here knows a clock: time comes with reports and ticks.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from alerts.chain import BELOW, Chain, Draft
from alerts.table import RULES, Rules, with_overrides
from quake.geo import place_distance_km
from quake.levels import LEVELS, forecast_level, level_rank
from quake.regions import rupture_length_km
from quake.schema import Assessment

__all__ = [
    "LEVELS",
    "RULES",
    "Rules",
    "covering_chain",
    "decide",
    "expire",
    "forecast_level",
    "level_rank",
    "with_overrides",
]


def warrants(assessment: Assessment, rules: Rules = RULES) -> bool:
    """Whether the earthquake, as assessed, deserves an alert of its own, flood or not."""
    return _impact_warrants(assessment, rules) or assessment.forecast_level >= rules.forecast_level_min


def decide(
    assessment: Assessment,
    chain: Chain | None,
    covering: Chain | None = None,
    rules: Rules = RULES,
    drill: bool = False,
) -> tuple[Chain | None, Draft | None]:
    """The chain after one more revision, and the message that revision causes, if any.

    `chain` is what this function last returned for the earthquake (None before that), `covering` what `covering_chain`
    finds among the other open chains. A revision at or before the last one decided changes nothing. The chain stays
    None until an alert opens.
    """
    if chain is not None and assessment.revision <= chain.assessment.revision:
        return chain, None
    if chain is None or not chain.open:
        if not _opens(assessment, covering, rules):
            return (None if chain is None else replace(chain, assessment=assessment)), None
        return Chain.opened(assessment, chain, drill)
    ended = _end(assessment)
    if ended is not None:
        return replace(chain, assessment=assessment).closed("CANCEL", ended, assessment.assessed_at)
    return _update(_fold(chain, assessment, rules), chain, rules)


def expire(chain: Chain, at: datetime, sequence: int, rules: Rules = RULES) -> tuple[Chain, Draft | None]:
    """The chain after a tick, and the message that time alone causes, if any: EXPIRED, or a fall that now stands."""
    if not chain.open:
        return chain, None
    lasts, said = _lifetime(chain, rules)
    if at - chain.assessment.origin_time >= lasts:
        return chain.closed("EXPIRED", said, at, sequence)
    waited = chain.falls and at - chain.assessment.assessed_at >= timedelta(minutes=rules.fall_stands_minutes)
    if not waited:
        return chain, None
    return _update(_settled(chain), chain, rules, at, sequence)


def _lifetime(chain: Chain, rules: Rules) -> tuple[timedelta, str]:
    """How long an alert lasts, and the reason to give at its end."""
    if chain.drill:
        return timedelta(minutes=rules.drill_lasts_minutes), "the exercise is over"
    return timedelta(days=rules.expires_after_days), f"{rules.expires_after_days:g} days have passed"


def covering_chain(assessment: Assessment, chains: Iterable[Chain], rules: Rules = RULES) -> Chain | None:
    """The open chain, largest magnitude first, of a larger and earlier earthquake whose area holds this one.

    A drill covers nothing: nobody was warned. None as well where the forecast alone would open nothing, so that nothing
    needs to be covered.
    """
    if assessment.forecast_level < rules.forecast_level_min:
        return None
    covering = [
        chain for chain in chains if chain.open and not chain.drill and _covers(chain.assessment, assessment, rules)
    ]
    return max(covering, key=lambda chain: (chain.assessment.magnitude, chain.quake_id), default=None)


def _covers(larger: Assessment, assessment: Assessment, rules: Rules) -> bool:
    if larger.magnitude is None or larger.quake_id == assessment.quake_id:
        return False
    if assessment.magnitude is not None and assessment.magnitude >= larger.magnitude:
        return False
    reach = max(rules.radius_km, rules.rupture_lengths * rupture_length_km(larger.magnitude))
    return larger.origin_time < assessment.origin_time and _moved_km(larger, assessment) <= reach


def _opens(assessment: Assessment, covering: Chain | None, rules: Rules) -> bool:
    age = assessment.assessed_at - assessment.origin_time
    if _end(assessment) is not None or age > timedelta(days=rules.opens_within_days):
        return False
    if _impact_warrants(assessment, rules):
        return True
    told = covering.forecast_level if covering is not None and covering.open else 0
    return assessment.forecast_level >= rules.forecast_level_min and assessment.forecast_level > told


def _impact_warrants(assessment: Assessment, rules: Rules) -> bool:
    high = level_rank(assessment.alert_level) >= level_rank(rules.alert_level_min)
    return high or (assessment.people_mmi6 or 0) >= rules.people_mmi6_min


def _end(assessment: Assessment) -> str | None:
    """Why there is no such earthquake (any more); None while there is."""
    if assessment.status == "superseded":
        return f"the same earthquake as {assessment.superseded_by}"
    if assessment.status == "withdrawn":
        return "withdrawn by its agency"
    if assessment.event_type != "earthquake":
        return f"not an earthquake but: {assessment.event_type}"
    return None


def _fold(chain: Chain, assessment: Assessment, rules: Rules) -> Chain:
    """Levels rise at once; they fall when enough reports in a row, or a reviewed one, say so."""
    chain = replace(chain, assessment=assessment)
    lower = (
        level_rank(assessment.alert_level) < level_rank(chain.alert_level)
        or assessment.forecast_level < chain.forecast_level
        or not warrants(assessment, rules)
    )
    if not lower:
        return _settled(chain)
    chain = replace(chain, falls=chain.falls + 1)
    if assessment.review_status == "reviewed" or chain.falls >= rules.reports_to_fall:
        return _settled(chain)
    return replace(
        chain,
        alert_level=max(chain.alert_level, assessment.alert_level, key=level_rank),
        forecast_level=max(chain.forecast_level, assessment.forecast_level),
    )


def _settled(chain: Chain) -> Chain:
    """The chain at the levels of its last assessment."""
    assessment = chain.assessment
    return replace(chain, alert_level=assessment.alert_level, forecast_level=assessment.forecast_level, falls=0)


def _update(
    chain: Chain, before: Chain, rules: Rules, at: datetime | None = None, sequence: int | None = None
) -> tuple[Chain, Draft]:
    at = chain.assessment.assessed_at if at is None else at
    if not chain.falls and not warrants(chain.assessment, rules):
        return chain.closed("CANCEL", BELOW, at, sequence)
    reasons = _reasons(chain, before, rules)
    return chain.updated("; ".join(reasons) or "revised, nothing that matters", bool(reasons), at, sequence)


def _reasons(chain: Chain, before: Chain, rules: Rules) -> list[str]:
    """What has changed, of what matters to one who heard the last notice."""
    reasons = []
    if chain.alert_level != before.alert_level:
        reasons.append(f"level {before.alert_level} to {chain.alert_level}")
    if chain.forecast_level != before.forecast_level:
        reasons.append(f"forecast level {before.forecast_level} to {chain.forecast_level}")
    told, now = before.told, chain.assessment
    if now.magnitude is not None and (told.magnitude is None or _differs(told.magnitude, now.magnitude, rules)):
        reasons.append(
            f"magnitude {'unknown' if told.magnitude is None else f'{told.magnitude:.1f}'} to {now.magnitude:.1f}"
        )
    moved = _moved_km(told, now)
    if moved > rules.radius_km / 2:
        reasons.append(f"epicentre moved {moved:.0f} km")
    return reasons


def _differs(first: float, second: float, rules: Rules) -> bool:
    return round(abs(first - second), 6) >= rules.magnitude_step


def _moved_km(first: Any, second: Any) -> float:
    return place_distance_km(first.latitude, first.longitude, second.latitude, second.longitude)
