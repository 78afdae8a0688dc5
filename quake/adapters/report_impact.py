"""The impact of one report as this service reckons it: the magnitude that review is expected to find, the atlas."""

from quake.adapters.places import load_atlas
from quake.event import SeismicEvent
from quake.impact import Impact, assess_impact
from quake.intensity_regime import regime_at
from quake.magnitude import MagnitudeModel, first_report


def impact_of_report(event: SeismicEvent, magnitude: float, sigma: float) -> Impact:
    """Shaking and people for a magnitude and its standard deviation, at the report's place."""
    atlas = load_atlas()
    regime = regime_at(atlas.regimes, event.latitude, event.longitude)
    where = event.latitude, event.longitude, event.depth_km, magnitude
    return assess_impact(*where, atlas.places, atlas.coefficients, regime=regime, magnitude_sigma=sigma)


def expected_magnitude(magnitudes: MagnitudeModel, event: SeismicEvent) -> tuple[float, float]:
    """Median and standard deviation of the reviewed magnitude; a reviewed one stays as it is."""
    first = first_report(event, event.ingested_at)
    if event.review_status == "reviewed" or first is None:
        return event.magnitude, 0.0
    expected = magnitudes.predict(first)
    return expected.median, expected.sigma
