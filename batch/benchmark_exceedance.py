"""Scores counts and probabilities of discs of 100 km in successive windows, calibrated on years that are not scored."""

# pylint: disable=too-many-locals  # a table of figures needs their names

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batch.benchmark_catalogue import Catalogue, flatten, unflatten
from batch.benchmark_curves import Calibrated, Counted, Curves, Recalibrated
from batch.benchmark_windows import MAGNITUDES, Windows, baseline, disc_centres, forecast_windows, shares
from batch.train_etas import fitted, read_parameters, write_parameters
from quake import score
from quake.etas_parameters import EtasParameters
from quake.etas_risk import HORIZONS_DAYS, first_counts, pushes_below
from quake.etas_world import fraction_above
from quake.score_consistency import magnitude_test, spatial_test
from quake.smoothed import smoothed_rate

HELD_BACK = 0.25
"""Share of the training span, its end, that only calibrates."""
BLOCK_WINDOWS = 8
EDGES = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
FAILED = 0.05
"""The one-sided S-test fails below this quantile."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How a catalogue is scored: dates are days since 1970, `horizon` counts HORIZONS_DAYS."""

    mc: float
    until: float
    test: tuple[float, float]
    horizon: int
    held_back: float = HELD_BACK
    recent: int = 0
    """Events that the share of a magnitude is counted from, as known then; 0: those of the fit."""
    kept: Path | None = None
    seed: int = 1


def run(catalogue: Catalogue, setting: Setting) -> dict[str, Any]:
    """Fits before `until`, calibrates on the end of that, scores on `test`."""
    times, magnitudes, sizes = catalogue.reports[:, 0], catalogue.reports[:, 3], catalogue.reports[:, 3:]
    known = catalogue.places[times < setting.until]
    years, middle = (setting.until - times[0]) / 365.25, known.mean(0)
    reports = np.column_stack([times, flatten(catalogue.places, middle), sizes])
    fit_end = float(setting.until - setting.held_back * (setting.until - times[0]))
    model = _model(reports, catalogue.area_km2, fit_end, setting)
    discs = disc_centres(reports[: len(known)])
    held_back = forecast_windows(reports, model, discs, (fit_end, setting.until), setting.horizon)
    daily = forecast_windows(reports, model, discs, setting.test, setting.horizon, step=1)
    grid = smoothed_rate(*known.T, years, setting.mc, 1.0)
    normal = baseline(grid, unflatten(discs, middle), HORIZONS_DAYS[setting.horizon])
    rows = by_magnitude(model, (held_back, daily), normal, reports, setting)
    seen = magnitudes[(times >= setting.test[0]) & (times < setting.test[1])]
    sizes = {
        "horizon_days": HORIZONS_DAYS[setting.horizon],
        "discs": len(discs),
        "windows": len(daily.starts[:: HORIZONS_DAYS[setting.horizon]]),
        "fit_end_day": fit_end,
    }
    sizes["m_test"] = magnitudes_as_foreseen(model, seen, setting.seed)
    return _head(rows) | sizes | {"by_magnitude": rows, "parameters": model.as_record()}


def _head(rows: dict[str, Any]) -> dict[str, Any]:
    """The figures that the command shows: those of M >= 5, or of the largest there is."""
    row = rows.get("5", list(rows.values())[-1])
    shown = {"gain": row, "gain_recalibrated": row["recalibrated"]}
    shown |= {"gain_any_start": row["any_start"]} if "any_start" in row else {}
    head = {"events": row["events"]}
    for name, part in shown.items():
        gain = part["gain_per_event"]
        head |= {name: gain["value"], f"{name}_ci95": [gain["low"], gain["high"]]}
    return head


def _model(reports: NDArray[np.float64], area_km2: float, fit_end: float, setting: Setting) -> EtasParameters:
    if setting.kept is not None and setting.kept.is_file():
        model, provenance = read_parameters(setting.kept)
        if provenance["span_days"][1] > fit_end + 1e-6:
            raise ValueError(f"{setting.kept} was fitted on days that are held back to calibrate, or later")
        return model
    model, provenance = fitted(reports, setting.mc, area_km2, fit_end, setting.seed)
    if setting.kept is not None:
        write_parameters(setting.kept, model, provenance)
    return model


def by_magnitude(
    model: EtasParameters,
    windows: tuple[Windows, Windows],
    normal: NDArray[np.float64],
    reports: NDArray[np.float64],
    setting: Setting,
) -> dict[str, Any]:
    """Figures for each of MAGNITUDES that the model knows and that came, from windows held back and tested.

    Those tested start every day: one in so many that they do not overlap gives the figures, all of them together those
    of `any_start`, which do not hang on the day of the week. `recalibrated` has both again, with curves that each year
    of the test learns from all windows closed by then. `normal`: events >= mc of a normal day, shape (discs,).
    """
    rows, step = {}, HORIZONS_DAYS[setting.horizon]
    tested = windows[1].observed[:, ::step]
    for index, magnitude in enumerate(MAGNITUDES):
        if magnitude < model.mc - 1e-6 or not tested[index].any():
            continue
        known, daily = (_counted(part, index, model, reports, setting) for part in windows)
        now, usual = daily.every(step), normal * fraction_above(model, magnitude)
        curves = Curves.fitted(known)
        row = _compared(curves.apply, now, daily, usual, setting)
        tests = consistency(curves.counts.apply(now.expected), now.observed, curves.overdispersion, setting.seed)
        again = _compared(Recalibrated(known, now, step).apply, now, daily, usual, setting)
        rows[f"{magnitude:g}"] = row | tests | curves.as_record() | {"recalibrated": again}
    return rows


def _counted(
    windows: Windows, index: int, model: EtasParameters, reports: NDArray[np.float64], setting: Setting
) -> Counted:
    share = shares(reports, model, windows.starts, MAGNITUDES[index], setting.recent)
    below = pushes_below(model, (MAGNITUDES[index],))
    firsts = first_counts(windows.expected, windows.known, below)
    return Counted(windows.starts, windows.expected * share, firsts * share, windows.observed[index])


def _compared(
    calibrate: Callable[[Counted], Calibrated],
    now: Counted,
    daily: Counted,
    usual: NDArray[np.float64],
    setting: Setting,
) -> dict[str, Any]:
    """`compare` of windows that do not overlap and, where they are longer than a day, of those that start every day."""
    step, row = HORIZONS_DAYS[setting.horizon], compare(*calibrate(now), now.observed, usual, setting.seed)
    if step > 1:
        row["any_start"] = compare(*calibrate(daily), daily.observed, usual, setting.seed, step)
    return row


def consistency(
    expected: NDArray[np.float64], observed: NDArray[np.int64], spread: float, seed: int
) -> dict[str, float]:
    """Shares of windows that pass the two-sided number test at 5 % and, of those with events, the S-test at 5 %."""
    rng = np.random.default_rng(seed)
    totals = zip(expected.sum(1).tolist(), observed.sum(1).tolist())
    numbers = [min(score.number_test(mean, count, mean * (1 + spread * mean))) for mean, count in totals]
    busy = observed.sum(1) > 0
    places = [spatial_test(row[:, None], seen[:, None], rng) for row, seen in zip(expected[busy], observed[busy])]
    passed = float(np.mean(np.array(places) >= FAILED)) if places else 1.0
    return {"n_test_passed": float(np.mean(np.array(numbers) > 0.025)), "s_test_passed": passed}


def magnitudes_as_foreseen(model: EtasParameters, magnitudes: NDArray[np.float64], seed: int) -> float:
    """kappa of the M-test on half magnitudes, over the whole test window."""
    edges = np.arange(model.mc, 9.5, 0.5)
    reached = np.array([fraction_above(model, edge) for edge in edges])
    seen = np.histogram(magnitudes + 1e-6, np.append(edges, np.inf))[0]
    return magnitude_test(-np.diff(reached, append=0.0)[None], seen[None], np.random.default_rng(seed))


def compare(
    counts: NDArray[np.float64],
    probabilities: NDArray[np.float64],
    observed: NDArray[np.int64],
    normal: NDArray[np.float64],
    seed: int,
    overlapping: int = 1,
) -> dict[str, Any]:
    """Gain per event, Brier skill, expected over observed, reliability; intervals draw blocks of eight windows.

    Of windows of which so many overlap, eight times as many make a block, and that many one draw of reliability.
    """
    rng, block = np.random.default_rng(seed), BLOCK_WINDOWS * overlapping
    gain = observed * np.log(counts / normal) - (counts - normal)
    happened, rest = observed > 0, np.broadcast_to(-np.expm1(-normal), counts.shape)
    windows = np.repeat(np.arange(len(counts)) // overlapping, counts.shape[1])
    table = score.reliability(probabilities.ravel(), happened.ravel(), windows, EDGES, rng)
    total, seen = counts.sum(1), observed.sum(1)
    return {
        "events": int(observed.sum()),
        "positive_windows": int(happened.sum()),
        "gain_per_event": asdict(score.ratio_bootstrap(gain.sum(1), seen, rng, block)),
        "gain_per_positive": float(score.bernoulli_gain(probabilities, happened, rest).sum() / max(1, happened.sum())),
        "brier_skill": score.brier_skill(probabilities.ravel(), happened.ravel(), rest.ravel()),
        "expected_over_observed": asdict(score.ratio_bootstrap(total, seen, rng, block)),
        "reliability": [asdict(row) for row in table],
    }
