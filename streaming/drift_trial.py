"""What is usual after an alarm: the law of before, until one that is learned since explains the earthquakes better.

Most alarms are false, and a fault that follows one soon would be learned as usual; but what has really changed must
not be held against a law of before for ever. The two are compared by what they said of each earthquake before it came
(Dawid, 1984, J. R. Stat. Soc. A 147, 278-292, doi:10.2307/2981683).
"""

from collections.abc import Mapping
from typing import Any

from streaming.drift_law import LEARNING, MagnitudeLaw

Found = tuple[str, float, float]
TRIAL = 60
"""Earthquakes after which the better law is taken. Chosen on Japan 1998 to 2007 alone (docs/model_life.md)."""
MARGIN = 2.0
"""Nats by which the young law must have been better."""
CLIP = 3.0
"""One earthquake speaks for either by so many nats at most."""


class Usual:
    """The law in force, and after an alarm a young one on trial. Time is in seconds since 1970."""

    def __init__(self, regions: int = 1) -> None:
        self._law = MagnitudeLaw(regions)
        self._young: MagnitudeLaw | None = None
        self._favour = 0.0

    def update(self, at_s: float, magnitude: float) -> Found | None:
        """Takes an earthquake in; what `MagnitudeLaw.update` says of it."""
        if self._young is not None:
            gain = self._young.likelihood(at_s, magnitude) - self._law.likelihood(at_s, magnitude)
            self._favour += min(CLIP, max(-CLIP, gain))
            self._young.update(at_s, magnitude)
        found = self._law.update(at_s, magnitude)
        if found is not None:
            self.doubt()
        elif self._young is not None and self._young.seen >= TRIAL:
            self._decide()
        return found

    def wait(self, at_s: float) -> Found | None:
        """What `MagnitudeLaw.wait` says of a silence."""
        found = self._law.wait(at_s)
        if found is not None:
            self.doubt()
        return found

    def doubt(self) -> None:
        """After an alarm: a young law begins; one that is on trial already is in force from a second alarm on."""
        if self._young is None:
            self._young = self._law.anew()
        elif self._favour > MARGIN or self._young.seen >= LEARNING:
            self._law, self._young, self._favour = self._young, None, 0.0
            self._law.forgive()

    def _decide(self) -> None:
        """The young law is in force if it has been the better one."""
        if self._young is not None and self._favour > MARGIN:
            self._law = self._young
            self._law.forgive()
        self._young, self._favour = None, 0.0

    def to_state(self) -> dict[str, Any]:
        """All of it as plain numbers."""
        young = self._young and self._young.to_state()
        return self._law.to_state() | {"young": young, "favour": self._favour}

    @classmethod
    def from_state(cls, state: Mapping[str, Any], regions: int = 1) -> "Usual":
        """The law that `to_state` described."""
        made = cls(regions)
        made._law = MagnitudeLaw.from_state(state, regions)
        if state.get("young"):
            made._young, made._favour = MagnitudeLaw.from_state(state["young"], regions), state["favour"]
        return made
