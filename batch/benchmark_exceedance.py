"""Scores what the service says of discs of 100 km: counts and probabilities, window after window, without overlap."""

# pylint: disable=too-many-locals  # a table of figures needs their names

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from batch.benchmark_catalogue import Catalogue, flatten, unflatten
from batch.train_etas import fitted, read_parameters, write_parameters
from quake import score
from quake.etas import RegionState
from quake.etas_parameters import EtasParameters
from quake.etas_risk import HORIZONS_DAYS, RADIUS_KM, region_counts
from quake.etas_world import fraction_above
from quake.smoothed import RateGrid, rate_within, smoothed_rate

MAGNITUDES = (4.5, 5.0, 5.5, 6.0)
HELD_BACK = 0.25
"""Share of the training span, its end, that only calibrates."""
FEWEST = 5
"""A disc with fewer earthquakes in training is left out: both models call it empty."""
BLOCK_WINDOWS = 8
EDGES = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
CALIBRATION_MAGNITUDE = 5.0
"""Rarer magnitudes borrow the calibration of this one."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Forecasts and outcomes, shape (windows, discs); outcomes per magnitude, shape (magnitudes, windows, discs)."""

    expected: NDArray[np.float64]
    """Events >= mc, uncalibrated."""
    observed: NDArray[np.int64]


def run(
    catalogue: Catalogue,
    mc: float,
    until: float,
    test: tuple[float, float],
    horizon: int,
    *,
    kept: Path | None,
    seed: int,
) -> dict[str, Any]:
    """Fits before `until`, calibrates on the end of that, scores on `test` (days); `horizon` counts HORIZONS_DAYS."""
    times = catalogue.reports[:, 0]
    before = times < until
    middle = catalogue.places[before].mean(0)
    reports = np.column_stack([times, flatten(catalogue.places, middle), catalogue.reports[:, 3]])
    fit_end = float(until - HELD_BACK * (until - times[0]))
    model = _model(reports, mc, catalogue.area_km2, fit_end, kept, seed)
    discs = disc_centres(reports[before])
    held_back = forecast_windows(reports, model, discs, (fit_end, until), horizon)
    tested = forecast_windows(reports, model, discs, test, horizon)
    grid = smoothed_rate(*catalogue.places[before].T, (until - times[0]) / 365.25, mc, 1.0)
    normal = baseline(grid, unflatten(discs, middle), HORIZONS_DAYS[horizon])
    rows = _by_magnitude(model, held_back, tested, normal, seed)
    gain = rows["5"]["gain_per_event"]
    head = {"gain": gain["value"], "gain_ci95": [gain["low"], gain["high"]], "events": rows["5"]["events"]}
    sizes = {"discs": len(discs), "windows": len(tested.expected), "fit_end_day": fit_end}
    return head | sizes | {"by_magnitude": rows, "parameters": model.as_record()}


def _by_magnitude(
    model: EtasParameters, held_back: Windows, tested: Windows, normal: NDArray[np.float64], seed: int
) -> dict[str, Any]:
    rows, calibration = {}, None
    for index, magnitude in enumerate(MAGNITUDES):
        if magnitude < model.mc - 1e-6:
            continue
        share = fraction_above(model, magnitude)
        if magnitude <= CALIBRATION_MAGNITUDE or calibration is None:
            calibration = calibrate(held_back.expected * share, held_back.observed[index])
        before = apply(calibration, held_back.expected * share)[0].sum(1)
        spread = overdispersion(before, held_back.observed[index].sum(1))
        forecast = apply(calibration, tested.expected * share)
        row = compare(*forecast, tested.observed[index], normal * share, seed)
        total, seen = forecast[0].sum(1), tested.observed[index].sum(1)
        rows[f"{magnitude:g}"] = row | {"overdispersion": spread, "n_test_passed": n_test(total, seen, spread)}
    return rows


def _model(
    reports: NDArray[np.float64], mc: float, area_km2: float, fit_end: float, kept: Path | None, seed: int
) -> EtasParameters:
    if kept is not None and kept.is_file():
        return read_parameters(kept)[0]
    model, provenance = fitted(reports, mc, area_km2, fit_end, seed)
    if kept is not None:
        write_parameters(kept, model, provenance)
    return model


def disc_centres(reports: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centres, km, of discs on a square grid whose cells have a disc's area, where FEWEST earthquakes are known."""
    side = RADIUS_KM * np.sqrt(np.pi)
    low, high = reports[:, 1:3].min(0), reports[:, 1:3].max(0)
    x, y = (np.arange(start + side / 2, end + side / 2, side) for start, end in zip(low, high))
    centres = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
    counts = np.array([(np.hypot(*(reports[:, 1:3] - centre).T) < RADIUS_KM).sum() for centre in centres])
    return centres[counts >= FEWEST]


def forecast_windows(
    reports: NDArray[np.float64],
    model: EtasParameters,
    discs: NDArray[np.float64],
    span: tuple[float, float],
    horizon: int,
) -> Windows:
    """Issues a forecast for every disc at the start of every window; each sees only what came before it."""
    state, done, length = RegionState(model), 0, HORIZONS_DAYS[horizon]
    starts = np.arange(span[0], span[1] - length + 1e-9, length)
    expected, observed = np.zeros((len(starts), len(discs))), np.zeros((len(MAGNITUDES), len(starts), len(discs)), int)
    for row, start in enumerate(tqdm(starts, desc="windows", unit="window")):
        now, end = np.searchsorted(reports[:, 0], [start, start + length])
        state.observe_all(reports[done:now])
        done = now
        expected[row] = [region_counts(state, x, y, start)[horizon] for x, y in discs]
        coming = reports[now:end]
        inside = np.hypot(*(coming[:, None, 1:3] - discs).transpose(2, 0, 1)) < RADIUS_KM
        for index, magnitude in enumerate(MAGNITUDES):
            observed[index, row] = (inside & (coming[:, 3:] >= magnitude - 1e-6)).sum(0)
    return Windows(expected, observed)


def baseline(grid: RateGrid, places: NDArray[np.float64], days: int) -> NDArray[np.float64]:
    """Expected events >= mc in each disc in so many days on a normal day, shape (discs,)."""
    return (
        np.array([rate_within(grid, latitude, longitude, RADIUS_KM) for latitude, longitude in places]) * days / 365.25
    )


def calibrate(expected: NDArray[np.float64], observed: NDArray[np.int64]) -> tuple[Any, Any]:
    """scikit-learn's regressions of count and of occurrence on the logarithm of the expected count."""
    from sklearn.linear_model import LogisticRegression, PoissonRegressor

    feature = np.log(np.maximum(expected, 1e-9)).reshape(-1, 1)
    counts = PoissonRegressor(alpha=0.0, max_iter=1000).fit(feature, observed.ravel())
    return counts, LogisticRegression(C=1e6).fit(feature, observed.ravel() > 0)


def apply(
    calibration: tuple[Any, Any], expected: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Calibrated counts and probabilities, shapes as given."""
    feature = np.log(np.maximum(expected, 1e-9)).reshape(-1, 1)
    counts, occurs = calibration
    return counts.predict(feature).reshape(expected.shape), occurs.predict_proba(feature)[:, 1].reshape(expected.shape)


def overdispersion(expected: NDArray[np.float64], observed: NDArray[np.int64]) -> float:
    """alpha of variance = mean (1 + alpha mean), by moments, from windows that are not scored."""
    return max(0.0, float(((observed - expected) ** 2 - expected).sum() / (expected**2).sum()))


def n_test(expected: NDArray[np.float64], observed: NDArray[np.int64], spread: float) -> float:
    """Share of windows whose total count passes the two-sided number test at 5 %."""
    passed = [
        min(score.number_test(mean, int(count), mean * (1 + spread * mean))) > 0.025
        for mean, count in zip(expected.tolist(), observed)
    ]
    return float(np.mean(passed))


def compare(
    counts: NDArray[np.float64],
    probabilities: NDArray[np.float64],
    observed: NDArray[np.int64],
    normal: NDArray[np.float64],
    seed: int,
) -> dict[str, Any]:
    """Gain per event, Brier skill, expected over observed, reliability; intervals draw blocks of eight windows."""
    rng = np.random.default_rng(seed)
    gain = observed * np.log(counts / normal) - (counts - normal)
    happened, rest = observed > 0, np.broadcast_to(-np.expm1(-normal), counts.shape)
    windows = np.repeat(np.arange(len(counts)), counts.shape[1])
    table = score.reliability(probabilities.ravel(), happened.ravel(), windows, EDGES, rng)
    total, seen = counts.sum(1), observed.sum(1)
    return {
        "events": int(observed.sum()),
        "positive_windows": int(happened.sum()),
        "gain_per_event": asdict(score.ratio_bootstrap(gain.sum(1), seen, rng, BLOCK_WINDOWS)),
        "gain_per_positive": float(score.bernoulli_gain(probabilities, happened, rest).sum() / max(1, happened.sum())),
        "brier_skill": score.brier_skill(probabilities.ravel(), happened.ravel(), rest.ravel()),
        "expected_over_observed": asdict(score.ratio_bootstrap(total, seen, rng, BLOCK_WINDOWS)),
        "reliability": [asdict(row) for row in table],
    }
