"""Scores of the served forecast on what came after its training span: with its calibration, and as it was before it."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quake.hindcast_windows import Windows
from quake.model import ForecastModel
from quake.quakes import Quakes
from quake.risk import HEADLINE, HORIZONS_DAYS, MAGNITUDES, RADIUS_KM, calibrated, uncalibrated
from quake.score import bernoulli_gain, block_bootstrap, brier_skill, ratio_bootstrap, reliability
from quake.seismicity import poisson_probability
from quake.smoothed import RateGrid

EDGES = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 0.6, 1.0)
BLOCK = 200
"""Successive forecasts that the bootstrap draws together."""
SHOWN = HORIZONS_DAYS.index(HEADLINE[0]), MAGNITUDES.index(HEADLINE[1])


@dataclass(frozen=True, slots=True)
class Score:
    """How forecasts of HEADLINE after every earthquake fared: windows overlap, so no test of counts applies."""

    forecasts: int
    observed: int
    expected: float
    baseline_expected: float
    gain_per_forecast: float
    """Mean log-likelihood of the counts over the smoothed Poisson baseline's, nats."""
    gain_low: float
    gain_high: float
    """Its 95 % interval, from a circular block bootstrap: windows overlap."""
    gain_per_earthquake: float
    """The same sum by the earthquakes that came, nats."""
    brier_skill: float
    """Over the baseline's probabilities."""
    brier_skill_uncalibrated: float
    calibration_gain: float
    """Mean log-likelihood of the probabilities over the uncalibrated ones', nats a forecast, and its 95 % interval."""
    calibration_gain_low: float
    calibration_gain_high: float
    spatial_gain_per_earthquake: float
    """Mean log of the baseline's density at the test's earthquakes over a uniform Earth's, nats."""


def score(model: ForecastModel, made: Windows, targets: Quakes) -> Score:
    """Of the forecasts in `made` after earthquakes, and of the normal year on `targets`, which the fit has not seen."""
    after = made.only(made.after)
    said, usual = _headline(model, after), _usual(model, after)
    observed, raw = after.observed[:, *SHOWN], uncalibrated(after.expected)[1][:, *SHOWN]
    happened, normal = observed > 0, poisson_probability(usual)
    gain = observed * np.log(said[0] / usual) - (said[0] - usual)
    mean = block_bootstrap(gain, np.random.default_rng(1), BLOCK)
    won = block_bootstrap(bernoulli_gain(said[1], happened, raw), np.random.default_rng(1), BLOCK)
    return Score(
        forecasts=len(after),
        observed=int(observed.sum()),
        expected=float(said[0].sum()),
        baseline_expected=float(usual.sum()),
        gain_per_forecast=mean.value,
        gain_low=mean.low,
        gain_high=mean.high,
        gain_per_earthquake=float(gain.sum() / observed.sum()),
        brier_skill=brier_skill(said[1], happened, normal),
        brier_skill_uncalibrated=brier_skill(raw, happened, normal),
        calibration_gain=won.value,
        calibration_gain_low=won.low,
        calibration_gain_high=won.high,
        spatial_gain_per_earthquake=_spatial_gain(model.background, targets),
    )


def before_and_after(model: ForecastModel, made: Windows) -> dict[str, Any]:
    """For every horizon and magnitude, after earthquakes and on the lattice apart: counts and Brier score, reliability
    of the headline; each calibrated and, as `before`, uncalibrated."""
    kinds = {"after_earthquakes": made.only(made.after), "lattice": made.only(~made.after)}
    return {name: _table(model, some) for name, some in kinds.items() if len(some)}


def _table(model: ForecastModel, made: Windows) -> dict[str, Any]:
    said = {"before": uncalibrated(made.expected), "after": calibrated(model, made.expected)}
    return {
        when: {
            "windows": [
                _window(made, counts, chances, (row, column))
                for row in range(len(HORIZONS_DAYS))
                for column in range(len(MAGNITUDES))
            ],
            "reliability": _reliability(made, chances[:, *SHOWN]),
        }
        for when, (counts, chances) in said.items()
    }


def _window(made: Windows, counts: NDArray, chances: NDArray, cell: tuple[int, int]) -> dict[str, Any]:
    expected, observed, rng = counts[:, *cell], made.observed[:, *cell], np.random.default_rng(1)
    ratio = ratio_bootstrap(expected, observed, rng, BLOCK) if observed.any() else None
    return {
        "horizon_days": HORIZONS_DAYS[cell[0]],
        "magnitude_min": MAGNITUDES[cell[1]],
        "observed": int(observed.sum()),
        "expected": float(expected.sum()),
        "expected_over_observed_ci95": [ratio.low, ratio.high] if ratio else None,
        "mean_probability": float(chances[:, *cell].mean()),
        "happened": float(np.mean(observed > 0)),
        "brier": float(np.mean((chances[:, *cell] - (observed > 0)) ** 2)),
    }


def _reliability(made: Windows, probability: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Forecasts of one cluster (30 days, ten degrees) are drawn together."""
    clusters = np.stack([made.at_s // (30 * 86400), (made.latitude + 90) // 10, (made.longitude + 180) // 10], 1)
    number = np.unique(clusters, axis=0, return_inverse=True)[1]
    happened = made.observed[:, *SHOWN] > 0
    table = reliability(probability, happened, number, EDGES, np.random.default_rng(1))
    return [asdict(row) for row in table]


def _headline(model: ForecastModel, made: Windows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    counts, chances = calibrated(model, made.expected)
    return counts[:, *SHOWN], chances[:, *SHOWN]


def _usual(model: ForecastModel, made: Windows) -> NDArray[np.float64]:
    places = zip(made.latitude.tolist(), made.longitude.tolist())
    return np.array([model.baseline_expected(*place, RADIUS_KM, *HEADLINE) for place in places])


def _spatial_gain(background: RateGrid, targets: Quakes) -> float:
    rows, columns = background.rates.shape
    row = np.clip(((targets.latitude + 90) / background.size_deg).astype(int), 0, rows - 1)
    column = ((targets.longitude + 180) % 360 / background.size_deg).astype(int) % columns
    edges = np.sin(np.radians(np.linspace(-90, 90, rows + 1)))
    area = (np.diff(edges) / 2 / columns)[row]
    return float(np.log(background.rates[row, column] / background.rates.sum() / area).mean())
