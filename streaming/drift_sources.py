"""Sources that fall silent: each is compared with its own habit."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

DAY_S = 86_400.0
SILENT_GAPS, SILENT_S = 3.0, 6 * 3600.0
"""A source is silent after so many times its longest gap of late, and not before so many seconds. The longest, because
a swarm fills the log with short gaps that say nothing about the days after it."""
GAP_MEMORY_S = 90 * DAY_S
"""How slowly a long gap is forgotten."""
REPORTS_MIN = 50


@dataclass(slots=True)
class Source:
    """When a source was last heard of, its longest gap of late, and whether its silence has been told."""

    last_s: float
    longest_s: float = 0.0
    count: int = 0
    told: bool = False

    def hear(self, at_s: float) -> None:
        """Takes in a report; a silence that was told is no habit."""
        gap_s = at_s - self.last_s
        self.longest_s *= float(np.exp(-gap_s / GAP_MEMORY_S))
        if not self.told:
            self.longest_s = max(self.longest_s, gap_s)
        self.count += 1
        self.last_s, self.told = at_s, False

    def silent(self, at_s: float) -> bool:
        """Whether the silence is longer than its habit explains."""
        return self.count >= REPORTS_MIN and at_s - self.last_s > max(SILENT_S, SILENT_GAPS * self.longest_s)


class Sources:
    """All sources by name."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}

    def hear(self, name: str, at_s: float) -> None:
        """Takes in a report of a source."""
        self._sources.setdefault(name, Source(at_s)).hear(at_s)

    def fallen_silent(self, at_s: float) -> Iterator[tuple[str, float, float]]:
        """Name, silence and longest gap (s) of each source that is silent now; told once."""
        for name, source in sorted(self._sources.items()):
            if not source.told and source.silent(at_s):
                source.told = True
                yield name, at_s - source.last_s, source.longest_s

    def to_state(self) -> dict[str, Any]:
        """All of it as plain numbers."""
        return {name: asdict(source) for name, source in self._sources.items()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Sources":
        """The sources that `to_state` described."""
        made = cls()
        made._sources = {name: Source(**part) for name, part in state.items()}
        return made
