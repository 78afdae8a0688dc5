"""The space-time forecast of one region: a state that takes in one report at a time and answers for any place.

Parameters and equations: `quake.etas_parameters`. The world, blended from its regions: `quake.etas_world`.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quake.etas_depth import UNKNOWN_DEPTH_KM, with_depth
from quake.etas_parameters import EtasParameters, kernel_of
from quake.etas_stream import ARRIVAL_COLUMNS, MU, Clock, arrive, density_at, fresh_clock, rate_at, replay, take_out
from quake.etas_tree import EVENTS, SPARE, STRENGTH, WHEN, Tree, X, Y, empty_tree, grown

SAME_KM = 1e-6
"""Places nearer than this are one place, computed twice."""


class Arrival(NamedTuple):
    """What the model said of a report just before it took it in."""

    rate: float
    """Events >= mc a day in the region."""
    rate_integral: float
    """Events expected since the previous report."""
    log_density: float
    """Natural logarithm of the density of the place, 1/km2."""
    background_probability: float
    width_km: float
    near: float
    far: float
    weight: float
    """Sum of W_j."""
    background_rate: float
    """mu."""


class RegionState:
    """The state of one region. Places are x east, y north in km on one plane, times are days.

    >>> from quake.etas_parameters import CALIFORNIA
    >>> state = RegionState(CALIFORNIA)
    >>> index, arrival = state.observe(0.0, 10.0, 20.0, 6.1)
    >>> state.intensity(11.0, 20.0, 0.1) > 1000 * state.intensity(300.0, 20.0, 0.1)
    True
    """

    def __init__(self, parameters: EtasParameters) -> None:
        self.parameters = parameters
        self.ahead = kernel_of(parameters)
        """The kernel of earthquakes to come."""
        self.kernel = self.ahead._replace(least_p_bg=0.0)
        self.tree = empty_tree(len(self.kernel.space_rates))
        self.clock = fresh_clock(self.kernel)

    def __len__(self) -> int:
        return int(self.tree.used[EVENTS])

    def observe(
        self, days: float, x: float, y: float, magnitude: float, depth_km: float = UNKNOWN_DEPTH_KM
    ) -> tuple[int, Arrival]:
        """Takes in one earthquake of at least mc; its number for `withdraw`, and what the model said before it."""
        self._check(magnitude)
        self._start(days)
        self.tree = grown(self.tree)
        values = np.zeros(len(ARRIVAL_COLUMNS))
        arrive(self.tree, self.clock, self.kernel, np.array([days, x, y, magnitude, depth_km]), values)
        return len(self) - 1, Arrival(*values.tolist())

    def observe_all(self, reports: NDArray[np.float64]) -> NDArray[np.float64]:
        """`observe` for rows of days, x, y, magnitude and, where it is known, depth in order, shape (n, 4) or (n, 5);
        ARRIVAL_COLUMNS each, shape (n, 9)."""
        reports = with_depth(reports)
        arrivals, done = np.zeros((len(reports), len(ARRIVAL_COLUMNS))), 0
        if len(reports):
            self._check(float(reports[:, 3].min()))
            self._start(float(reports[0, 0]))
        while done < len(reports):
            self.tree = grown(self.tree)
            done += replay(self.tree, self.clock, self.kernel, reports[done:], arrivals[done:])
        return arrivals

    def withdraw(self, index: int) -> None:
        """Takes earthquake `index` back: from now on the forecast is without it. A revision is withdraw and observe."""
        if not 0 <= index < len(self) or self.tree.event[index, STRENGTH] == 0:
            raise ValueError(f"no earthquake {index} to withdraw; {len(self)} were taken in")
        take_out(self.tree, self.clock, self.kernel, index)

    def rate(self, days: float) -> float:
        """Events >= mc a day in the whole region."""
        return float(rate_at(self.clock, self.kernel, days))

    @property
    def background_rate(self) -> float:
        """mu as of the last report: background events >= mc a day."""
        return float(self.clock.scalars[MU])

    def density(self, x: float, y: float, days: float) -> float:
        """Density of the place of an earthquake at that time, 1/km2."""
        return float(density_at(self.tree, self.clock, self.kernel, x, y, days)[0])

    def intensity(self, x: float, y: float, days: float) -> float:
        """Events >= mc a day and km2."""
        return self.rate(days) * self.density(x, y, days)

    def find(self, days: float, x: float, y: float) -> list[int]:
        """The numbers of the earthquakes of that time and place that were not taken back."""
        event = self.tree.event[: len(self)]
        same = (event[:, WHEN] == days) & (np.abs(event[:, X] - x) < SAME_KM) & (np.abs(event[:, Y] - y) < SAME_KM)
        return np.flatnonzero(same & (event[:, STRENGTH] != 0)).tolist()

    def mark(self) -> bytes:
        """A few bytes that differ whenever the state does."""
        return b"".join(array.tobytes() for array in (*self.clock, self.tree.used))

    def to_arrays(self) -> dict[str, NDArray]:
        """The state as plain arrays, parameters apart: what a snapshot holds."""
        nodes, leaves, events = self.tree.used[:SPARE].tolist()
        limits = [nodes] * 3 + [leaves, events, len(self.tree.used)]
        cut = {name: array[:limit].copy() for name, array, limit in zip(Tree._fields, self.tree, limits)}
        return cut | {name: array.copy() for name, array in zip(Clock._fields, self.clock)}

    @classmethod
    def from_arrays(cls, parameters: EtasParameters, arrays: Mapping[str, NDArray]) -> "RegionState":
        """The state that `to_arrays` wrote, under the same parameters."""
        state = cls(parameters)
        state.tree = Tree(*(np.array(arrays[name]) for name in Tree._fields))
        state.clock = Clock(*(np.array(arrays[name]) for name in Clock._fields))
        return state

    def _check(self, magnitude: float) -> None:
        if not magnitude >= self.parameters.mc - 1e-6:
            raise ValueError(f"the model knows magnitudes >= {self.parameters.mc} only, got {magnitude}")

    def _start(self, days: float) -> None:
        if not np.isfinite(days):
            raise ValueError(f"time must be a number of days, got {days}")
        if self.clock.scalars[0] == -np.inf:
            self.clock.scalars[0] = days
