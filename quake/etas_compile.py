"""Compiles the forecast's inner loops once, into numba's cache beside the source: `python -m quake.etas_compile`.

The first start on a machine does so while the history is read; later ones find the cache and are done at once.
"""

import numpy as np

from quake.etas import RegionState
from quake.etas_parameters import CALIFORNIA
from quake.etas_risk import pushes_below, region_counts


def main() -> None:
    """Asks a state of two earthquakes for everything that a report asks."""
    state = RegionState(CALIFORNIA)
    state.observe_all(np.array([[0.0, 0.0, 0.0, 5.0], [1.0, 1.0, 1.0, 4.0]]))
    index, _ = state.observe(2.0, 1.0, 0.0, 3.0)
    state.withdraw(index)
    state.intensity(0.0, 0.0, 3.0)
    region_counts(state, 0.0, 0.0, 3.0)
    pushes_below(CALIFORNIA, (4.0,))


if __name__ == "__main__":
    main()
