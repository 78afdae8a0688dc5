"""Expected aftershocks of the one main shock that matters most: Reasenberg-Jones, the forecast before any is fitted."""

import numpy as np
from numpy.typing import NDArray

from quake.catalog import DAY_S, Catalog
from quake.risk import HORIZONS_DAYS, MAGNITUDES, RADIUS_KM, Model, normal_day
from quake.seismicity import ReasenbergJones, omori_count

MEMORY_DAYS = 3652.5
"""A main shock is remembered for ten years."""


def expected_counts(
    model: Model, catalog: Catalog, latitude: float, longitude: float, at_s: float
) -> NDArray[np.float64]:
    """Earthquakes expected in HORIZONS_DAYS of at least MAGNITUDES, shape (3, 4): the normal day plus aftershocks.

    Reasenberg and Jones (1989), doi:10.1126/science.243.4895.1173, equation 3, over the smoothed long-term rate.
    """
    near = catalog.within(latitude, longitude, RADIUS_KM, at_s - MEMORY_DAYS * DAY_S, at_s)
    law = model.reasenberg_jones
    following = [_of_any_magnitude(near.origin_s, near.magnitude, at_s, days, law) for days in HORIZONS_DAYS]
    large = [10 ** (-law.b * magnitude) for magnitude in MAGNITUDES]
    return normal_day(model, latitude, longitude) + np.outer(following, large)


def _of_any_magnitude(
    origin_s: NDArray[np.float64], magnitude: NDArray[np.float64], at_s: float, days: float, law: ReasenbergJones
) -> float:
    """Expected aftershocks of M >= 0 in the horizon, of the one earthquake that promises most."""
    if origin_s.size == 0:
        return 0.0
    elapsed = (at_s - origin_s) / DAY_S
    # The most productive main shock is sought with the rate at the middle of the window, then integrated exactly.
    rate = 10 ** (law.b * magnitude) * (elapsed + days / 2 + law.c) ** -law.p
    main = int(np.argmax(rate))
    productivity = 10 ** (law.a + law.b * float(magnitude[main]))
    return omori_count(float(elapsed[main]), float(elapsed[main]) + days, productivity, law.c, law.p)
