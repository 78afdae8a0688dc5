"""Fits the served model's calibration on forecasts that were held back from its fit."""

from batch.calibration import fit_table
from quake.calibration import CalibrationTable
from quake.hindcast_windows import Windows
from quake.quakes import MC
from quake.risk import HORIZONS_DAYS, MAGNITUDES, uncalibrated

COMPLETE = tuple(magnitude for magnitude in MAGNITUDES if magnitude >= MC)
"""Of these the world's catalogue lists all that came; smaller ones borrow the curve of the first."""


def recalibration(made: Windows) -> CalibrationTable:
    """The curves of probabilities that forecasts and outcomes of the held-back years teach.

    Counts get none: those of clusters scatter so much that a curve follows the largest sequence of its years.
    """
    first = len(MAGNITUDES) - len(COMPLETE)
    said, came = uncalibrated(made.expected)[1][..., first:], made.observed[..., first:]
    table = fit_table(said, came, HORIZONS_DAYS, COMPLETE)
    cells = tuple((*(row[:1] * first), *row) for row in table.cells)
    return CalibrationTable(HORIZONS_DAYS, MAGNITUDES, cells)
