"""What the reader of the map has chosen, as the browser says it: checked, because a browser may say anything."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

WINDOWS = {1: "Day", 7: "Week", 30: "Month"}
"""Spans of time in days."""
LAYERS = ("none", "chance", "gain")
QUAKE_ID = re.compile(r"[A-Za-z0-9_.:\-]{1,80}")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the map should show."""

    days: int = 1
    layer: str = "none"
    chosen: str | None = None
    """The `quake_id` whose places are asked for."""
    as_of: datetime | None = None
    """Show what was known then; None is now."""
    have: frozenset[str] = frozenset()
    """Names of the large things that the browser holds already."""

    @classmethod
    def of(cls, said: Any) -> "Wish":
        """The wish in what the browser said; whatever is not understood is left as it was at first."""
        if not isinstance(said, Mapping):
            return cls()
        days, layer, chosen = said.get("days"), said.get("layer"), said.get("chosen")
        return cls(
            days=days if isinstance(days, int) and days in WINDOWS else 1,
            layer=layer if isinstance(layer, str) and layer in LAYERS else "none",
            chosen=chosen if isinstance(chosen, str) and QUAKE_ID.fullmatch(chosen) else None,
            as_of=_time(said.get("as_of")),
            have=_names(said.get("have")),
        )


def _names(given: Any) -> frozenset[str]:
    return frozenset(name for name in given[:4] if isinstance(name, str)) if isinstance(given, list) else frozenset()


def _time(seconds: Any) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 < seconds < 4e9:
        return None
    return datetime.fromtimestamp(seconds, UTC)
