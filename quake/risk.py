"""What one report means: expected shaking, and what may follow beside a normal day. `assess` makes the row of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from quake.calibration import CalibrationTable, ordered
from quake.etas_models import WorldParameters
from quake.identity import Resolution
from quake.schema import COUNTS, FIRSTS, HORIZONS_DAYS, MAGNITUDES, Assessment, Exceedance
from quake.seismicity import ReasenbergJones, poisson_probability

RADIUS_KM = 100.0
HEADLINE = (7, 5.0)
"""Horizon and magnitude of the probability that levels and maps show."""
QUANTILES = (0.5, 0.9, 0.99)
"""Of the largest magnitude to come."""


class Model(Protocol):
    """What the assessment needs of a forecast model; `quake.model.ForecastModel` is one."""

    version: str
    reasenberg_jones: ReasenbergJones
    etas: WorldParameters | None
    """The space-time part; a model without one forecasts by Reasenberg-Jones."""
    calibration: CalibrationTable | None
    """Of `exceedances`; a model without one is served as it comes."""
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
    """The row of one revision of one earthquake; `expected` is what a world that holds it expects, (2, 3, 4)."""
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
    """Every horizon and magnitude: COUNTS and FIRSTS, shape (2, 3, 4), as calibrated probabilities beside the normal
    day's.

    The normal day goes through the same curves, so that where nothing has happened the gain is 1.
    """
    counts, chances = calibrated(model, np.stack([expected, alike(normal_day(model, latitude, longitude))]))
    (now, usual), (chance, usual_chance) = counts.reshape(2, -1).tolist(), chances.reshape(2, -1).tolist()
    return tuple(map(_exceedance, product(HORIZONS_DAYS, MAGNITUDES), now, chance, usual, usual_chance))


def calibrated(model: Model, expected: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Counts, shape (..., 3, 4), and P(at least one) of each as the model's own calibration has it, of COUNTS and
    FIRSTS, shape (..., 2, 3, 4).

    No probability exceeds its count (Markov's inequality): a count is raised to it.
    """
    of_firsts = model.calibration is None or model.calibration.of_firsts
    counts, said = uncalibrated(expected, FIRSTS if of_firsts else COUNTS)
    if model.calibration is None:
        return counts, said
    chances = ordered(model.calibration.apply(said))
    return np.maximum(counts, chances), chances


def uncalibrated(expected: NDArray[np.float64], row: int = FIRSTS) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Counts, shape (..., 3, 4), and P(at least one) of COUNTS and FIRSTS, shape (..., 2, 3, 4), as they come, by the
    `row` of them."""
    return expected[..., COUNTS, :, :], poisson_probability(expected[..., row, :, :])


def alike(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """COUNTS and FIRSTS of a model that knows no cascades: each earthquake is its own first."""
    return np.stack([counts, counts])


def headline(forecast: tuple[Exceedance, ...]) -> Exceedance:
    """The one of them that levels and maps show."""
    return next(item for item in forecast if (item.horizon_days, item.magnitude_min) == HEADLINE)


def largest_magnitudes(forecast: Mapping[float, float]) -> tuple[float | None, ...]:
    """QUANTILES of the largest magnitude of one horizon, from its probabilities of at least one, by magnitude.

    None below the smallest of MAGNITUDES, the largest stands for all above it; between them ln(-ln(1 - P)) is straight,
    as it is under Gutenberg and Richter's law.
    """
    magnitudes, chances = np.array(sorted(forecast.items())).T
    rarity = -np.log(-np.log1p(-np.clip(chances, 1e-12, 1 - 1e-12)))
    wanted = -np.log(-np.log(np.array(QUANTILES)))
    found = np.interp(wanted, np.maximum.accumulate(rarity), magnitudes)
    return tuple(None if value < rarity[0] else float(at) for value, at in zip(wanted.tolist(), found))


def normal_day(model: Model, latitude: float, longitude: float) -> NDArray[np.float64]:
    """The model's long-term counts of HORIZONS_DAYS and MAGNITUDES within RADIUS_KM, shape (3, 4), not calibrated."""
    usual = [
        model.baseline_expected(latitude, longitude, RADIUS_KM, days, magnitude)
        for days, magnitude in product(HORIZONS_DAYS, MAGNITUDES)
    ]
    return np.array(usual).reshape(len(HORIZONS_DAYS), len(MAGNITUDES))


def _exceedance(window: tuple[int, float], now: float, chance: float, usual: float, usual_chance: float) -> Exceedance:
    days, magnitude = window
    return Exceedance(
        horizon_days=days,
        magnitude_min=magnitude,
        expected=now,
        probability=chance,
        baseline_expected=usual,
        baseline_probability=usual_chance,
        gain=now / usual,
    )
