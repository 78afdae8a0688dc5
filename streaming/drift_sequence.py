"""Which earthquakes stand alone: those that no earlier one near by explains."""

from typing import Any

import numpy as np

from quake.geo import EARTH_RADIUS_KM, unit_vectors

DAY_S = 86_400.0
LARGE = 6.0
DAYS, LARGE_DAYS = 10.0, 30.0
"""How long an earthquake shadows its surroundings: DAYS, or LARGE_DAYS at M 6 growing tenfold in two magnitudes."""
LONGEST_DAYS = 365.0
NEAR_KM = 30.0
FIRST_ROWS = 256


class Independence:
    """Earthquakes that still cast a shadow: at least 30 km, or twice the rupture length and 20 km.

    A simple window in space and time, after Gardner and Knopoff (1974), BSSA 64, 1363-1367; rupture length of Wells and
    Coppersmith (1994), BSSA 84, 974-1002, all slip types, subsurface: log10 L = -2.44 + 0.59 M.
    """

    def __init__(self) -> None:
        self._rows = np.zeros((FIRST_ROWS, 5))
        self._used = 0

    def take(self, origin_s: float, latitude: float, longitude: float, magnitude: float) -> bool:
        """Takes an earthquake in; True if it lies in no earlier one's shadow."""
        point = EARTH_RADIUS_KM * unit_vectors(latitude, longitude)
        known = self._rows[: self._used]
        lit = known[:, 0] > origin_s
        known = known[lit]
        alone = not (np.linalg.norm(known[:, 2:] - point, axis=1) < known[:, 1]).any()
        self._keep(known, [origin_s + _days(magnitude) * DAY_S, _radius_km(magnitude), *point])
        return alone

    def to_state(self) -> list[list[float]]:
        """Shadows as rows: end (s), radius (km), place (km)."""
        return self._rows[: self._used].tolist()

    @classmethod
    def from_state(cls, state: Any) -> "Independence":
        """The shadows that `to_state` listed."""
        made, rows = cls(), np.array(state, float).reshape(-1, 5)
        made._used = len(rows)
        made._rows = np.concatenate([rows, np.zeros((FIRST_ROWS, 5))])
        return made

    def _keep(self, known: np.ndarray, row: list[float]) -> None:
        if len(known) + 1 > len(self._rows):
            self._rows = np.zeros((2 * len(known) + 2, 5))
        self._rows[: len(known)] = known
        self._rows[len(known)] = row
        self._used = len(known) + 1


def _days(magnitude: float) -> float:
    return DAYS if magnitude < LARGE else min(LONGEST_DAYS, LARGE_DAYS * 10 ** (0.5 * (magnitude - LARGE)))


def _radius_km(magnitude: float) -> float:
    return max(NEAR_KM, 2 * 10 ** (-2.44 + 0.59 * magnitude) + 20.0)
