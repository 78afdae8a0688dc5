"""How far from an epicentre each intensity is expected: the rings around the chosen earthquake."""

from functools import lru_cache

import numpy as np

from quake.intensity import REGIMES, intensity_at

WEAKEST = 4
"""The outermost ring: MMI IV, felt indoors by many."""
DISTANCES_KM = np.geomspace(1.0, 1500.0, 120)


@lru_cache(maxsize=4096)
def intensity_rings(magnitude: float, depth_km: float | None, intensity: float) -> tuple[tuple[int, float], ...]:
    """(MMI, radius in km) from the weakest ring inwards, for an earthquake assessed at epicentral `intensity`.

    An assessment does not name its tectonic setting, so the setting that comes closest to its intensity is used.
    """
    if intensity < WEAKEST:
        return ()
    curves = [intensity_at(magnitude, depth_km, DISTANCES_KM, regime)[0] for regime in REGIMES]
    curve = min(curves, key=lambda medians: abs(medians[0] - intensity))
    levels = range(WEAKEST, int(curve.max()) + 1)
    # The last distance at which the level is still reached: a curve may be flat, even rise a little, close by.
    return tuple((level, round(float(DISTANCES_KM[np.flatnonzero(curve >= level)[-1]]), 1)) for level in levels)
