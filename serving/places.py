"""Who felt one assessed earthquake: people by intensity and towns, computed again from its row."""

from functools import lru_cache
from typing import Any

from scipy.optimize import brentq

from quake.adapters.places import load_atlas
from quake.impact import assess_impact
from quake.intensity import epicentral_intensity
from quake.intensity_regime import regime_at

NOBODY = {"people_mmi": [0] * 10, "places": []}
CLOSE_ENOUGH = 0.005
"""MMI."""


def people_and_places(row: dict[str, Any]) -> dict[str, Any]:
    """`people_mmi` and `places` of an assessment."""
    if row["magnitude"] is None or row["intensity"] is None:
        return NOBODY
    return _found(row["latitude"], row["longitude"], row["depth_km"], row["magnitude"], row["intensity"])


@lru_cache(512)
def _found(
    latitude: float, longitude: float, depth_km: float | None, magnitude: float, intensity: float
) -> dict[str, Any]:
    atlas = load_atlas()
    regime = regime_at(atlas.regimes, latitude, longitude)
    assessed = _assessed_magnitude(magnitude, depth_km, intensity, regime)
    impact = assess_impact(latitude, longitude, depth_km, assessed, atlas.places, atlas.coefficients, regime=regime)
    return {"people_mmi": list(impact.people_mmi), "places": [town._asdict() for town in impact.cities]}


def _assessed_magnitude(magnitude: float, depth_km: float | None, intensity: float, regime: str) -> float:
    """The magnitude that the assessment reckoned with: the one that review was expected to find, which gives its
    intensity; the reported one where none within a unit does."""

    def excess(candidate: float) -> float:
        return epicentral_intensity(candidate, depth_km, regime).median - intensity

    if abs(excess(magnitude)) < CLOSE_ENOUGH or excess(magnitude - 1) * excess(magnitude + 1) >= 0:
        return magnitude
    return float(brentq(excess, magnitude - 1, magnitude + 1, xtol=1e-3))
