"""Which law the magnitudes follow, learned; and whether a shifted or a cut-off one explains the newest better.

CUSUM tests (Page, 1954, doi:10.1093/biomet/41.1-2.100) of the log-likelihood ratio of thinkable faults against what is
usual: all magnitudes moved by SHIFT, or nothing any more below CUT above the most frequent magnitude. No test with as
few false alarms is faster, were the usual known exactly (Moustakides, 1986, doi:10.1214/aos/1176350164).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

DAY_S = 86_400.0
BIN, BINS = 0.1, 101
"""Magnitudes are counted in tenths, from LOWEST on; smaller and larger ones in the outermost bins."""
LOWEST = -1.0
SHIFT, CUT = 2, 4
"""In bins: mb is 0.2 from Mw; a network that has lost half a magnitude sees little below 0.4 above its mode."""
UP, DOWN, CUT_OFF = FAULTS = ("up", "down", "cut off")
EVIDENCE = {UP: 0.0, DOWN: 0.0, CUT_OFF: 1.5}
"""Nats that raise an alarm, beyond the logarithm of the earthquakes of a year: a test raises fewer than one false alarm
in exp(its threshold) values (Lorden, 1971, doi:10.1214/aoms/1177693055), so that busy and quiet regions have as many a
year."""
YEAR_S = 365.25 * DAY_S
NEWS = 4.0
"""One earthquake adds at most so many nats."""
LEARNING, LEARNED, MEMORY, KEPT = 20, 200, 300, 30.0
"""Earthquakes that the usual is learned from before any is tested; before evidence needs no surplus; over which the
usual follows slow change; that the law of before counts for after an alarm. Chosen on Japan 1998 to 2007 alone
(docs/model_life.md)."""
SURPLUS = 400.0
"""More nats that a law of few earthquakes needs: this by their number, less this by LEARNED."""
SMOOTHED = 0.4
"""Share of a bin that is spread over its two neighbours."""
UNEXPECTED = 0.05
"""Share of the law that is spread over all bins."""


class MagnitudeLaw:
    """The learned law of one of `regions` and the evidence against it. Time is in seconds since 1970."""

    def __init__(self, regions: int = 1) -> None:
        """One false alarm a year or fewer is meant for all of the `regions` together."""
        self._caution = float(np.log(regions))
        self._weights = np.zeros(BINS)
        self._seconds, self._last_s, self._seen = 0.0, None, 0
        self._evidence = dict.fromkeys(FAULTS, 0.0)
        self._known: tuple[NDArray[np.float64], int, float] | None = None
        """`_usual` of the weights as they are: every tick asks for it, only an earthquake changes it."""

    def update(self, at_s: float, magnitude: float) -> tuple[str, float, float] | None:
        """Takes an earthquake in; when the usual is usual no more: the fault, what its law expects, what was usual."""
        place = min(max(round((magnitude - LOWEST) / BIN), 0), BINS - 1)
        waited_s = 0.0 if self._last_s is None else at_s - self._last_s
        if self._seen >= LEARNING:
            self._evidence[CUT_OFF] += self._quiet(waited_s)
            for fault, law in self._laws():
                self._evidence[fault] = max(0.0, self._evidence[fault] + float(law[place]))
        found = self._told()
        if found is not None:
            self.forgive()
        self._learn(place, waited_s)
        self._last_s = at_s
        return found

    def wait(self, at_s: float) -> tuple[str, float, float] | None:
        """The same when no earthquake has come until `at_s`: silence is evidence too. Else nothing changes."""
        if self._seen < LEARNING or self._last_s is None:
            return None
        before = self._evidence[CUT_OFF]
        self._evidence[CUT_OFF] += self._quiet(at_s - self._last_s)
        found = self._told()
        self._evidence[CUT_OFF] = before
        if found is not None:
            self.forgive()
            self._seconds, self._last_s = self._seconds + at_s - self._last_s, at_s
        return found

    def forgive(self) -> None:
        """Forgets the evidence: what it says has been told."""
        self._evidence = dict.fromkeys(FAULTS, 0.0)

    def anew(self) -> Self:
        """A law that is to be learned from now on, from a little of this one."""
        young = type(self)()
        share = min(1.0, KEPT / max(1.0, float(self._weights.sum())))
        young._caution, young._last_s = self._caution, self._last_s
        young._weights, young._seconds = self._weights * share, self._seconds * share
        return young

    @property
    def seen(self) -> int:
        """Earthquakes since it was begun."""
        return self._seen

    def likelihood(self, at_s: float, magnitude: float) -> float:
        """Logarithm of the likelihood that the next earthquake comes then and is so large."""
        waited_s = 0.0 if self._last_s is None else at_s - self._last_s
        place = min(max(round((magnitude - LOWEST) / BIN), 0), BINS - 1)
        return float(np.log(self._rate() * _open(self._usual()[0])[place]) - self._rate() * waited_s)

    def to_state(self) -> dict[str, Any]:
        """All of it as plain numbers."""
        own = {"seconds": self._seconds, "last_s": self._last_s, "seen": self._seen}
        return own | {"weights": self._weights.tolist(), "evidence": dict(self._evidence)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any], regions: int = 1) -> "MagnitudeLaw":
        """The law that `to_state` described."""
        law = cls(regions)
        law._weights, law._evidence = np.array(state["weights"], float), dict(state["evidence"])
        law._seconds, law._last_s, law._seen = state["seconds"], state["last_s"], state["seen"]
        return law

    def _laws(self) -> Iterator[tuple[str, NDArray[np.float64]]]:
        """Nats that an earthquake of each bin adds for each fault."""
        usual, cut, kept = self._usual()
        above = np.where(np.arange(BINS) >= cut, usual / kept, 0.0)
        laws = {UP: _moved(usual, SHIFT), DOWN: _moved(usual, -SHIFT), CUT_OFF: above}
        for fault, law in laws.items():
            ratio = np.log(_open(law) / _open(usual)) + (np.log(kept) if fault == CUT_OFF else 0.0)
            yield fault, np.clip(ratio, -NEWS, NEWS)

    def _quiet(self, waited_s: float) -> float:
        """Nats for a cut-off law that so long a silence adds: rate before less rate after, times its length."""
        return self._rate() * (1 - self._usual()[2]) * waited_s

    def _rate(self) -> float:
        """Earthquakes a second, as usual."""
        return float(self._weights.sum()) / max(self._seconds, DAY_S)

    def _usual(self) -> tuple[NDArray[np.float64], int, float]:
        """The learned law, the bin in which a cut-off one would begin, and the share above it."""
        if self._known is None:
            self._known = self._smoothed()
        return self._known

    def _smoothed(self) -> tuple[NDArray[np.float64], int, float]:
        spread = np.convolve(self._weights, (SMOOTHED / 2, 1 - SMOOTHED, SMOOTHED / 2), "same")
        usual = spread / spread.sum()
        cut = min(int(np.argmax(usual)) + CUT, BINS - 1)
        return usual, cut, max(float(usual[cut:].sum()), UNEXPECTED)

    def _told(self) -> tuple[str, float, float] | None:
        if self._seen < LEARNING:
            return None
        excess = {name: nats - EVIDENCE[name] for name, nats in self._evidence.items()}
        fault = max(FAULTS, key=excess.__getitem__)
        if excess[fault] <= self._caution + np.log(max(1.0, YEAR_S * self._rate())) + self._surplus():
            return None
        usual, cut, _ = self._usual()
        mean = LOWEST + BIN * float(usual @ np.arange(BINS))
        if fault == CUT_OFF:
            return fault, LOWEST + BIN * cut, LOWEST + BIN * (cut - CUT)
        return fault, mean + (BIN * SHIFT if fault == UP else -BIN * SHIFT), mean

    def _surplus(self) -> float:
        return max(0.0, SURPLUS / self._seen - SURPLUS / LEARNED)

    def _learn(self, place: int, waited_s: float) -> None:
        share = 1.0 if self._weights.sum() < MEMORY else 1 - 1 / MEMORY
        self._weights, self._seconds = self._weights * share, self._seconds * share + waited_s
        self._weights[place] += 1
        self._known = None
        self._seen += 1


def _open(law: NDArray[np.float64]) -> NDArray[np.float64]:
    return (1 - UNEXPECTED) * law + UNEXPECTED / BINS


def _moved(law: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    return np.concatenate([np.zeros(bins), law[:-bins]]) if bins > 0 else np.concatenate([law[-bins:], np.zeros(-bins)])
