"""Fits the curves of `quake.calibration` with scikit-learn on forecasts that were held back."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quake.calibration import LINKS, Calibration, CalibrationTable

PRIOR = 100.0
"""So many made-up events that agree with the forecast weigh beside the real ones: little data bends little.

Chosen, like the pieces, on days before every test window: six-fold cross-validation on ComCat_25 from mid 1989 to 1997
and Japan 2002 to 2007, fitted before 1999 and calibrated up to 2001.
"""
PIECES = 3
ENDS = 0.1, 0.9
"""Quantiles, among the forecasts that came true, of the first and the last knot: docs/decisions/0033."""


def fit_probabilities(
    probability: ArrayLike, happened: ArrayLike, pieces: int = PIECES, prior: float = PRIOR
) -> Calibration:
    """The curve of at most `pieces` straight pieces on the logit that makes the outcomes most likely.

    Knots lie at quantiles of the forecasts that came true. Below a tenth of them little is known, and the curve
    goes back to the forecast as it is. Logistic regression on linear splines; with one piece
    Platt (1999), in Advances in Large Margin Classifiers, MIT Press, 61-74.
    """
    from sklearn.linear_model import LogisticRegression

    said, came = np.ravel(np.asarray(probability, float)), np.ravel(happened) > 0
    belief = prior / max(said.sum(), 1e-9)
    outcomes = np.repeat([1.0, 0.0], len(said))
    weights = np.concatenate([came + belief * said, ~came + belief * (1 - said)])
    model = LogisticRegression(C=1e6, solver="newton-cholesky")
    return _curve(said, came, (outcomes, weights), pieces, model, "logit")


def fit_counts(expected: ArrayLike, observed: ArrayLike, pieces: int = 1, prior: float = PRIOR) -> Calibration:
    """The curve of at most `pieces` straight pieces on the logarithm that makes the counts most likely.

    Poisson regression. Counts of clusters vary more than Poisson's: more pieces only follow them.
    """
    from sklearn.linear_model import PoissonRegressor

    said, count = np.ravel(np.asarray(expected, float)), np.ravel(np.asarray(observed, float))
    belief = prior / max(said.sum(), 1e-9)
    outcomes = np.concatenate([count, said])
    weights = np.concatenate([np.ones(len(said)), np.full(len(said), belief)])
    return _curve(
        said, count > 0, (outcomes, weights), pieces, PoissonRegressor(alpha=0.0, solver="newton-cholesky"), "log"
    )


def fit_table(
    said: ArrayLike,
    came: ArrayLike,
    horizons_days: tuple[int, ...],
    magnitudes: tuple[float, ...],
    fit: Callable[[ArrayLike, ArrayLike], Calibration] = fit_probabilities,
) -> CalibrationTable:
    """A curve for every horizon and magnitude, from held-back forecasts and counts of shape (n, horizons, magnitudes).

    `fit` is `fit_probabilities` or, for expected counts, `fit_counts`.
    """
    forecast, outcome = np.asarray(said, float), np.asarray(came)
    if forecast.shape != outcome.shape or forecast.shape[1:] != (len(horizons_days), len(magnitudes)):
        raise ValueError(
            f"needs (n, {len(horizons_days)}, {len(magnitudes)}) twice, got {forecast.shape}, {outcome.shape}"
        )
    cells = tuple(
        tuple(fit(forecast[:, row, column], outcome[:, row, column]) for column in range(len(magnitudes)))
        for row in range(len(horizons_days))
    )
    return CalibrationTable(horizons_days, magnitudes, cells)


def _curve(
    said: NDArray, came: NDArray[np.bool_], sample: tuple[NDArray, NDArray], pieces: int, regressor: Any, link: str
) -> Calibration:
    """Fits on a basis of hats, one a knot, so that the linear predictor at a knot is the knot's height."""
    from sklearn.preprocessing import SplineTransformer

    place = LINKS[link][0](said)
    if not came.any() or np.ptp(place[came]) < 1e-9:
        return _shift(said, sample, link)
    knots = np.unique(np.quantile(place[came], np.linspace(*ENDS, pieces + 1)))
    hats = SplineTransformer(degree=1, knots=knots[:, None], include_bias=False, extrapolation="linear")
    rows = hats.fit(knots[:, None]).transform(place[:, None])
    regressor.fit(np.tile(rows, (len(sample[0]) // len(said), 1)), *sample)
    height = hats.transform(knots[:, None]) @ np.ravel(regressor.coef_) + np.ravel(regressor.intercept_)
    if (np.diff(height) > 0).all():
        return Calibration((_agreed(knots[0], height[0]), *zip(knots.tolist(), height.tolist())), link)
    return _curve(said, came, sample, pieces - 1, regressor, link) if pieces > 1 else _shift(said, sample, link)


def _agreed(said: float, meant: float) -> tuple[float, float]:
    """The knot below the first one where the curve has come back to the forecast, at a slope between 1/2 and 3/2."""
    place = float(said - 1 - 2 * abs(meant - said))
    return place, place


def _shift(said: NDArray, sample: tuple[NDArray, NDArray], link: str) -> Calibration:
    """The mean put right and no more: all that forecasts alike, or without success, can teach."""
    outcomes, weights = sample
    before, meant = (float(LINKS[link][0](mean)) for mean in (said.mean(), outcomes @ weights / weights.sum()))
    return Calibration(((before, meant),), link)
