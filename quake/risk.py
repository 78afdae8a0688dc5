"""What one report means: expected shaking, and what may follow beside a normal day. `assess` makes the row of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from quake.etas_models import WorldParameters
from quake.identity import Resolution
from quake.schema import HORIZONS_DAYS, MAGNITUDES, Assessment, Exceedance
from quake.seismicity import ReasenbergJones, poisson_probability

RADIUS_KM = 100.0
HEADLINE = (7, 5.0)
"""Horizon and magnitude of the probability that levels and maps show."""


class Model(Protocol):
    """What the assessment needs of a forecast model; `quake.model.ForecastModel` is one."""

    version: str
    reasenberg_jones: ReasenbergJones
    etas: WorldParameters | None
    """The space-time part; a model without one forecasts by Reasenberg-Jones."""
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
    expected: NDArray[np.float64],
    model: Model,
    impact: Impact,
    circumstances: Circumstances,
    forecast_level: Callable[[float, float], int],
) -> Assessment:
    """The row of one revision of one earthquake; `expected` are the counts, shape (3, 4), of a world that holds it."""
    event = resolution.preferred
    forecast = exceedances(model, expected, event.latitude, event.longitude)
    shown = headline(forecast)
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
        forecast_level=forecast_level(shown.probability, shown.gain) if active else 0,
        probability=shown.probability,
        baseline_probability=shown.baseline_probability,
        gain=shown.gain,
        forecast=forecast,
        mode=circumstances.mode,
        hindsight=model.trained_from <= event.origin_time.astimezone(UTC) <= model.trained_to,
    )


def exceedances(
    model: Model, expected: NDArray[np.float64], latitude: float, longitude: float
) -> tuple[Exceedance, ...]:
    """Every horizon and magnitude: the counts expected, shape (3, 4), as probabilities beside the normal day's."""
    return tuple(
        _exceedance(model, latitude, longitude, days, magnitude, float(count))
        for (days, magnitude), count in zip(product(HORIZONS_DAYS, MAGNITUDES), expected.ravel())
    )


def headline(forecast: tuple[Exceedance, ...]) -> Exceedance:
    """The one of them that levels and maps show."""
    return next(item for item in forecast if (item.horizon_days, item.magnitude_min) == HEADLINE)


def _exceedance(
    model: Model, latitude: float, longitude: float, days: int, magnitude: float, expected: float
) -> Exceedance:
    baseline = model.baseline_expected(latitude, longitude, RADIUS_KM, days, magnitude)
    return Exceedance(
        horizon_days=days,
        magnitude_min=magnitude,
        expected=expected,
        probability=float(poisson_probability(expected)),
        baseline_expected=baseline,
        baseline_probability=float(poisson_probability(baseline)),
        gain=expected / baseline,
    )
