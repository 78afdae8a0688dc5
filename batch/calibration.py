"""Fits the curves of `quake.calibration` with scikit-learn on forecasts that were held back."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quake.calibration import LINKS, Calibration

FEWEST = 20
"""With fewer windows in which something happened (or did not) a curve is only shifted, not bent."""


def fit_probabilities(probability: ArrayLike, happened: ArrayLike, pieces: int = 1) -> Calibration:
    """The curve of `pieces` straight pieces on the logit that makes the outcomes most likely.

    Inner knots lie at quantiles of the forecasts that came true. Logistic regression: Platt (1999), in Advances in
    Large Margin Classifiers, MIT Press, 61-74; with `pieces` > 1 on linear splines.
    """
    from sklearn.linear_model import LogisticRegression

    came = np.ravel(happened) > 0
    if min(came.sum(), (~came).sum()) < FEWEST:
        return _shift(np.ravel(np.asarray(probability, float)), came, "logit")
    return _curve(np.ravel(probability), came, came, pieces, LogisticRegression(C=1e6, max_iter=1000), "logit")


def fit_counts(expected: ArrayLike, observed: ArrayLike, pieces: int = 1) -> Calibration:
    """The curve of `pieces` straight pieces on the logarithm that makes the counts most likely: Poisson regression."""
    from sklearn.linear_model import PoissonRegressor

    count = np.ravel(np.asarray(observed, float))
    if (count > 0).sum() < FEWEST:
        return _shift(np.ravel(np.asarray(expected, float)), count, "log")
    return _curve(np.ravel(expected), count, count > 0, pieces, PoissonRegressor(alpha=0.0, max_iter=1000), "log")


def _curve(
    said: NDArray, outcome: NDArray, came: NDArray[np.bool_], pieces: int, regressor: object, link: str
) -> Calibration:
    """Fits on a basis of hats, one a knot, so that the linear predictor at a knot is the knot's height."""
    from sklearn.preprocessing import SplineTransformer

    place = LINKS[link][0](np.asarray(said, float))
    while True:
        inner = np.quantile(place[came], np.arange(1, pieces) / pieces)
        knots = np.unique(np.concatenate([[place.min()], inner, [place.max()]]))
        if len(knots) < 2:
            return _shift(np.asarray(said, float), outcome, link)
        basis = SplineTransformer(degree=1, knots=knots[:, None], include_bias=False).fit(place[:, None])
        model = regressor.fit(basis.transform(place[:, None]), outcome)  # type: ignore[attr-defined]
        height = basis.transform(knots[:, None]) @ np.ravel(model.coef_) + np.ravel(model.intercept_)
        if (np.diff(height) > 0).all():
            return Calibration(tuple(zip(knots.tolist(), height.tolist())), link)
        if pieces == 1:
            return _shift(np.asarray(said, float), outcome, link)
        pieces -= 1


def _shift(said: NDArray, outcome: NDArray, link: str) -> Calibration:
    """The mean put right, half an event added to both sides: too few outcomes tell no more."""
    shift = float(np.log((outcome.sum() + 0.5) / (said.sum() + 0.5)))
    return Calibration(((0.0, shift),), link)
