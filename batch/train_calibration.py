"""Fits the served model's calibration on forecasts that were held back from its fit."""

from functools import partial

from batch.calibration import fit_probabilities, fit_table
from quake.calibration import CalibrationTable
from quake.hindcast_windows import Windows
from quake.quakes import MC
from quake.risk import HORIZONS_DAYS, MAGNITUDES, uncalibrated

COMPLETE = tuple(magnitude for magnitude in MAGNITUDES if magnitude >= MC)
"""Of these the world's catalogue lists all that came; smaller ones borrow the curve of the first."""
PRIOR = 300.0
"""Made-up events that agree with the forecast: more than `batch.calibration.PRIOR`, as windows overlap here and one
earthquake makes many forecasts come true. Chosen of those that `benchmarks.calibration_held_back` shows."""


def recalibration(made: Windows, prior: float = PRIOR) -> CalibrationTable:
    """The curves of probabilities that forecasts and outcomes of the held-back years teach.

    Counts get none: those of clusters scatter so much that a curve follows the largest sequence of its years.
    """
    first = len(MAGNITUDES) - len(COMPLETE)
    said, came = uncalibrated(made.expected)[1][..., first:], made.observed[..., first:]
    table = fit_table(said, came, HORIZONS_DAYS, COMPLETE, partial(fit_probabilities, prior=prior))
    cells = tuple((*(row[:1] * first), *row) for row in table.cells)
    return CalibrationTable(HORIZONS_DAYS, MAGNITUDES, cells)
