"""Every number an alert depends on: one table, which settings may override."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from quake.levels import level_rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Every number an alert depends on."""

    alert_level_min: str = "yellow"
    """An alert opens at this level, ..."""
    people_mmi6_min: int = 1000
    """... or where so many people are expected to have felt MMI VI, ..."""
    forecast_level_min: int = 2
    """... or at this forecast level, unless a larger earthquake's open alert covers the place and says as much."""
    reports_to_fall: int = 2
    """A level falls after so many reports in a row below it, or one reviewed, ..."""
    fall_stands_minutes: int = 60
    """... or when the last report said lower and none came for so long."""
    magnitude_step: float = 0.3
    """A magnitude that differs so much from the one last notified is worth a notice."""
    radius_km: float = 100.0
    """Radius of the forecast; an epicentre that moved more than half of it is worth a notice."""
    rupture_lengths: float = 2.0
    """An open alert covers this many rupture lengths round its epicentre, at least `radius_km`."""
    opens_within_days: float = 3.0
    """No alert opens for an earthquake that is older."""
    expires_after_days: float = 7.0
    """An alert ends so long after the earthquake: the span its probability speaks of."""
    drill_lasts_minutes: int = 60
    """A drill that nobody cancels ends so long after it began."""


RULES = Rules()
"""The table. Settings override it through `with_overrides`."""


def with_overrides(overrides: Mapping[str, Any], rules: Rules = RULES) -> Rules:
    """The table with some values replaced. Raises ValueError naming the known rules, or the value that cannot be."""
    known = {field.name: type(getattr(rules, field.name)) for field in fields(rules)}
    for name, value in overrides.items():
        if name not in known:
            raise ValueError(f"no rule {name!r}; known: {', '.join(known)}")
        if not isinstance(value, (known[name], int) if known[name] is float else known[name]):
            raise ValueError(f"rule {name} must be {known[name].__name__}, got {value!r}")
    level_rank(overrides.get("alert_level_min", rules.alert_level_min))
    return replace(rules, **overrides)
