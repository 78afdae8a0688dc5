"""What people read: one plain sentence or two, the probability beside its normal-day baseline, the standing warning."""

from alerts.chain import BELOW, Draft
from quake.schema import Alert, Assessment

STANDING_WARNING = (
    "Not an early warning: the shaking has already arrived. Follow your authority. No alert does not mean no danger."
)
OPENINGS = {
    "ALERT": "",
    "UPDATE": "UPDATE: ",
    "CANCEL": "CANCELLED, please disregard: ",
    "EXPIRED": "ENDED, the alert has run its time: ",
}


def headline(draft: Draft) -> str:
    """The message in plain words; what marks it as exercise, replay or hindsight comes first."""
    assessment = draft.assessment
    marks = _marks(draft.drill, assessment.mode, assessment.hindsight)
    parts = [f"{marks}{_opening(draft)}{_what(assessment)}."]
    if draft.message_type in ("CANCEL", "EXPIRED"):
        parts.append(f"Reason: {draft.reason}.")
    else:
        parts += [*_why(draft), _level(assessment), _people(assessment), _chance(assessment)]
    return " ".join(part for part in (*parts, STANDING_WARNING) if part)


def title(alert: Alert) -> str:
    """A line for subjects and lists: what marks it, what it says, how large, where."""
    size = "M ?" if alert.magnitude is None else f"M {alert.magnitude:.1f}"
    said = f"{alert.message_type} {_grade(alert)}" if alert.message_type in ("ALERT", "UPDATE") else _ended(alert)
    return f"{_marks(alert.drill, alert.mode, False)}{said}: {size}, {alert.place or _degrees(alert)}"


def _grade(alert: Alert) -> str:
    high = alert.alert_level not in ("none", "green")
    return alert.alert_level if high or not alert.forecast_level else f"forecast {alert.forecast_level} of 3"


def _ended(alert: Alert) -> str:
    if alert.superseded_by:
        return "MERGED"
    return "ENDED" if alert.message_type == "EXPIRED" or alert.reason == BELOW else "CANCELLED"


def _marks(drill: bool, mode: str, hindsight: bool) -> str:
    marks = ["EXERCISE, nothing happened"] if drill else []
    if mode != "live":
        marks.append({"replay": "REPLAY of the past", "simulate": "SIMULATION"}[mode])
    if hindsight:
        marks.append("HINDSIGHT, the model has seen this time")
    return "".join(f"[{mark}] " for mark in marks)


def _opening(draft: Draft) -> str:
    if draft.message_type == "CANCEL" and draft.assessment.superseded_by:
        return "MERGED, what follows comes under another name: "
    if draft.reason == BELOW:
        return "ENDED, this calls for an alert no longer: "
    return OPENINGS[draft.message_type]


def _what(assessment: Assessment) -> str:
    size = "of unknown magnitude" if assessment.magnitude is None else f"of magnitude {assessment.magnitude:.1f}"
    place = assessment.place or f"at {_degrees(assessment)}"
    return f"Earthquake {size}, {place}, on {assessment.origin_time:%-d %B %Y at %H:%M} UTC"


def _degrees(assessment: Assessment | Alert) -> str:
    north, east = "N" if assessment.latitude >= 0 else "S", "E" if assessment.longitude >= 0 else "W"
    return f"{abs(assessment.latitude):.1f} {north}, {abs(assessment.longitude):.1f} {east}"


def _why(draft: Draft) -> list[str]:
    return [f"Changed: {draft.reason}."] if draft.message_type == "UPDATE" and draft.notify else []


def _level(assessment: Assessment) -> str:
    if assessment.alert_level in ("none", "green"):
        return f"Forecast level {assessment.forecast_level} of 3." if assessment.forecast_level else ""
    unreviewed = assessment.review_status != "reviewed" and assessment.alert_level in ("orange", "red")
    return f"Level {assessment.alert_level}{' (automatic, not reviewed)' if unreviewed else ''}."


def _people(assessment: Assessment) -> str:
    if not assessment.people_mmi6:
        return ""
    return f"About {_rounded(assessment.people_mmi6)} people may have felt strong shaking (intensity VI or more)."


def _rounded(people: int) -> str:
    """Two significant digits: an estimate should not look like a count."""
    return f"{int(float(f'{people:.1e}')):,}"


def _chance(assessment: Assessment) -> str:
    return (
        "Chance of another earthquake of magnitude 5 or more within 100 km in the next 7 days: "
        f"{_percent(assessment.probability)}; in a normal week {_percent(assessment.baseline_probability)}."
    )


def _percent(probability: float) -> str:
    if 0 < probability < 0.0001:
        return "below 0.01 %"
    return f"{100 * probability:.2g} %" if probability < 0.99 else "over 99 %"
