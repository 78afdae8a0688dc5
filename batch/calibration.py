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


def fit_probabilities(
    probability: ArrayLike,
    happened: ArrayLike,
    pieces: int = PIECES,
    prior: float = PRIOR,
    weights: ArrayLike | None = None,
) -> Calibration:
    """The curve of at most `pieces` straight pieces on the logit that makes the outcomes most likely.

    `weights`, of the forecasts' shape, count each as so many; `prior` made-up events agree with what was said. Inner
    knots lie at quantiles of the forecasts that came true. Logistic regression on linear splines; with one piece Platt
    (1999), in Advances in Large Margin Classifiers, MIT Press, 61-74.
    """
    from sklearn.linear_model import LogisticRegression

    said, came = np.ravel(np.asarray(probability, float)), np.ravel(happened) > 0
    heard = _heard(said, weights)
    belief = prior / max(said @ heard, 1e-9) * heard
    outcomes = np.repeat([1.0, 0.0], len(said))
    together = np.concatenate([heard * came + belief * said, heard * ~came + belief * (1 - said)])
    model = LogisticRegression(C=1e6, solver="newton-cholesky")
    return _curve(said, came, (outcomes, together), pieces, model, "logit")


def fit_counts(
    expected: ArrayLike,
    observed: ArrayLike,
    pieces: int = 1,
    prior: float = PRIOR,
    weights: ArrayLike | None = None,
) -> Calibration:
    """The curve of at most `pieces` straight pieces on the logarithm that makes the counts most likely.

    Poisson regression. Counts of clusters vary more than Poisson's: more pieces only follow them.
    """
    from sklearn.linear_model import PoissonRegressor

    said, count = np.ravel(np.asarray(expected, float)), np.ravel(np.asarray(observed, float))
    heard = _heard(said, weights)
    outcomes = np.concatenate([count, said])
    together = np.concatenate([heard, prior / max(said @ heard, 1e-9) * heard])
    return _curve(
        said, count > 0, (outcomes, together), pieces, PoissonRegressor(alpha=0.0, solver="newton-cholesky"), "log"
    )


def _heard(said: NDArray[np.float64], weights: ArrayLike | None) -> NDArray[np.float64]:
    return np.ones(len(said)) if weights is None else np.ravel(np.asarray(weights, float))


def fit_table(
    said: ArrayLike,
    came: ArrayLike,
    horizons_days: tuple[int, ...],
    magnitudes: tuple[float, ...],
    fit: Callable[..., Calibration] = fit_probabilities,
    weights: ArrayLike | None = None,
) -> CalibrationTable:
    """A curve for every horizon and magnitude, from held-back forecasts and counts of shape (n, horizons, magnitudes).

    `fit` is `fit_probabilities` or, for expected counts, `fit_counts`; `weights` have shape (n, horizons).
    """
    forecast, outcome = np.asarray(said, float), np.asarray(came)
    heard = np.ones(forecast.shape[:2]) if weights is None else np.asarray(weights, float)
    if forecast.shape != outcome.shape or forecast.shape[1:] != (len(horizons_days), len(magnitudes)):
        raise ValueError(
            f"needs (n, {len(horizons_days)}, {len(magnitudes)}) twice, got {forecast.shape}, {outcome.shape}"
        )
    cells = tuple(
        tuple(
            fit(forecast[:, row, column], outcome[:, row, column], weights=heard[:, row])
            for column in range(len(magnitudes))
        )
        for row in range(len(horizons_days))
    )
    return CalibrationTable(horizons_days, magnitudes, cells)


def _curve(
    said: NDArray, came: NDArray[np.bool_], sample: tuple[NDArray, NDArray], pieces: int, regressor: Any, link: str
) -> Calibration:
    """Fits on a basis of hats, one a knot, so that the linear predictor at a knot is the knot's height."""
    from sklearn.preprocessing import SplineTransformer

    place = LINKS[link][0](said)
    if not came.any() or np.ptp(place) < 1e-9:
        return _shift(said, sample, link)
    inner = np.quantile(place[came], np.arange(1, pieces) / pieces)
    knots = np.unique(np.concatenate([[place.min()], inner, [place.max()]]))
    hats = SplineTransformer(degree=1, knots=knots[:, None], include_bias=False).fit(place[:, None])
    rows = hats.transform(place[:, None])
    regressor.fit(np.tile(rows, (len(sample[0]) // len(said), 1)), *sample)
    height = hats.transform(knots[:, None]) @ np.ravel(regressor.coef_) + np.ravel(regressor.intercept_)
    if (np.diff(height) > 0).all():
        return Calibration(tuple(zip(knots.tolist(), height.tolist())), link)
    return _curve(said, came, sample, pieces - 1, regressor, link) if pieces > 1 else _shift(said, sample, link)


def _shift(said: NDArray, sample: tuple[NDArray, NDArray], link: str) -> Calibration:
    """The mean put right and no more: all that forecasts alike, or without success, can teach."""
    outcomes, weights = sample
    means = np.average(said, weights=weights.reshape(2, -1).sum(0)), np.average(outcomes, weights=weights)
    before, meant = (float(LINKS[link][0](mean)) for mean in means)
    return Calibration(((before, meant),), link)
