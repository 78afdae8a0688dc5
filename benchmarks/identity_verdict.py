"""What a judge comes to: counts, and a few examples of what is wrong."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Verdict:
    """Counts. Of `faults` every one ought to be zero."""

    events: int = 0
    reports: int = 0
    judged: int = 0
    """Earthquakes that zero applies to."""
    close_pairs: int = 0
    close_pairs_merged: int = 0
    scattered: int = 0
    """Earthquakes with solutions beyond the thresholds of each other, ..."""
    scattered_split: int = 0
    """... that still count as more than one at the end."""
    listed_twice: int = 0
    """Earthquakes that their own agency lists under two unlinked ids, ..."""
    listed_twice_split: int = 0
    alerts: Counter = field(default_factory=Counter)
    faults: Counter = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def fault(self, kind: str, what: object) -> None:
        """Counts a fault, and keeps the first few for the reader."""
        self.faults[kind] += 1
        if len(self.examples) < 20:
            self.examples.append(f"{kind}: {what}")
