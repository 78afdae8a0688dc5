"""What one report means: expected shaking, and what may follow beside a normal day. `assess` makes the row of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Protocol

import numpy as np

from quake.catalog import DAY_S, Catalog, Nearby
from quake.identity import Resolution
from quake.schema import Assessment, Exceedance
from quake.seismicity import ReasenbergJones, omori_count, poisson_probability

RADIUS_KM = 100.0
HORIZONS_DAYS = (1, 7, 30)
MAGNITUDES = (4.0, 5.0, 6.0, 7.0)
MEMORY_DAYS = 3652.5
"""A main shock is remembered for ten years."""
HEADLINE = (7, 5.0)
"""Horizon and magnitude of the probability that levels and maps show."""


class Model(Protocol):
    """What the assessment needs of a forecast model; `quake.model.ForecastModel` is one."""

    version: str
    reasenberg_jones: ReasenbergJones
    trained_from: datetime
    trained_to: datetime

    def baseline_expected(
        self, latitude: float, longitude: float, radius_km: float, horizon_days: float, magnitude_min: float
    ) -> float:
        """Long-term expected number within the disc and the horizon."""


class Impact(Protocol):
    """What the assessment takes over from `quake.impact`; each may be None where it is unknown."""

    intensity: float | None
    intensity_low: float | None
    intensity_high: float | None
    people_mmi6: int | None
    fatalities_low: float | None
    fatalities: float | None
    fatalities_high: float | None
    alert_level: str


@dataclass(frozen=True, slots=True)
class _NoImpact:
    intensity: None = None
    intensity_low: None = None
    intensity_high: None = None
    people_mmi6: None = None
    fatalities_low: None = None
    fatalities: None = None
    fatalities_high: None = None
    alert_level: str = "none"


NO_IMPACT: Impact = _NoImpact()
"""Of a report without a magnitude, and of what is no earthquake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Where and when an assessment is made; `at` is the ingest time of the report that asks for it."""

    at: datetime
    sequence: int
    processed_sequence: int
    region: str
    role: str
    mode: str


def assess(
    resolution: Resolution,
    catalog: Catalog,
    model: Model,
    impact: Impact,
    circumstances: Circumstances,
    forecast_level: Callable[[float, float], int],
) -> Assessment:
    """The row of one revision of one earthquake. `catalog` is its home region's and already holds the revision."""
    event = resolution.preferred
    forecast = exceedances(model, catalog, event.latitude, event.longitude, circumstances.at.timestamp())
    headline = next(item for item in forecast if (item.horizon_days, item.magnitude_min) == HEADLINE)
    active = resolution.status == "active" and event.event_type == "earthquake"
    return Assessment(
        quake_id=resolution.quake_id,
        revision=resolution.revision,
        role=circumstances.role,
        model_version=model.version,
        status=resolution.status,
        superseded_by=resolution.superseded_by,
        sequence=circumstances.sequence,
        processed_sequence=circumstances.processed_sequence,
        assessed_at=circumstances.at,
        origin_time=event.origin_time,
        latitude=event.latitude,
        longitude=event.longitude,
        depth_km=event.depth_km,
        magnitude=event.magnitude,
        magnitude_type=event.magnitude_type,
        review_status=event.review_status,
        event_type=event.event_type,
        place=event.place,
        source=event.source,
        source_event_id=event.source_event_id,
        reports=resolution.reports,
        region=circumstances.region,
        intensity=impact.intensity,
        intensity_low=impact.intensity_low,
        intensity_high=impact.intensity_high,
        people_mmi6=impact.people_mmi6,
        fatalities_low=impact.fatalities_low,
        fatalities=impact.fatalities,
        fatalities_high=impact.fatalities_high,
        alert_level=impact.alert_level if active else "none",
        forecast_level=forecast_level(headline.probability, headline.gain) if active else 0,
        probability=headline.probability,
        baseline_probability=headline.baseline_probability,
        gain=headline.gain,
        forecast=forecast,
        mode=circumstances.mode,
        hindsight=model.trained_from <= event.origin_time.astimezone(UTC) <= model.trained_to,
    )


def exceedances(
    model: Model, catalog: Catalog, latitude: float, longitude: float, at_s: float
) -> tuple[Exceedance, ...]:
    """Every horizon and magnitude: the normal day plus the aftershocks of the main shock that matters most now.

    Reasenberg and Jones (1989), doi:10.1126/science.243.4895.1173, equation 3, over the smoothed long-term rate.
    """
    near = catalog.within(latitude, longitude, RADIUS_KM, at_s - MEMORY_DAYS * DAY_S, at_s)
    following = {days: _aftershocks(near, at_s, days, model.reasenberg_jones) for days in HORIZONS_DAYS}
    return tuple(
        _exceedance(model, latitude, longitude, days, magnitude, following[days])
        for days, magnitude in product(HORIZONS_DAYS, MAGNITUDES)
    )


def _exceedance(
    model: Model, latitude: float, longitude: float, days: int, magnitude: float, aftershocks_m0: float
) -> Exceedance:
    baseline = model.baseline_expected(latitude, longitude, RADIUS_KM, days, magnitude)
    expected = baseline + aftershocks_m0 * 10 ** (-model.reasenberg_jones.b * magnitude)
    return Exceedance(
        horizon_days=days,
        magnitude_min=magnitude,
        expected=expected,
        probability=float(poisson_probability(expected)),
        baseline_expected=baseline,
        baseline_probability=float(poisson_probability(baseline)),
        gain=expected / baseline,
    )


def _aftershocks(near: Nearby, at_s: float, days: float, law: ReasenbergJones) -> float:
    """Expected aftershocks of M >= 0 in the horizon, of the one earthquake of `near` that promises most."""
    if near.origin_s.size == 0:
        return 0.0
    elapsed = (at_s - near.origin_s) / DAY_S
    # The most productive main shock is sought with the rate at the middle of the window, then integrated exactly.
    rate = 10 ** (law.b * near.magnitude) * (elapsed + days / 2 + law.c) ** -law.p
    main = int(np.argmax(rate))
    productivity = 10 ** (law.a + law.b * float(near.magnitude[main]))
    return omori_count(float(elapsed[main]), float(elapsed[main]) + days, productivity, law.c, law.p)
