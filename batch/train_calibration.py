"""Fits the served model's calibration on forecasts that were held back from its fit."""

from math import log

from batch.calibration import fit_counts, fit_probabilities, fit_table
from quake.calibration import Calibration, CalibrationTable, Recalibration
from quake.hindcast_windows import Windows
from quake.quakes import MC
from quake.risk import HORIZONS_DAYS, MAGNITUDES
from quake.seismicity import poisson_probability

COMPLETE = tuple(magnitude for magnitude in MAGNITUDES if magnitude >= MC)
"""Of these the world's catalogue lists all that came; smaller ones borrow the curve of the first."""


def recalibration(made: Windows) -> Recalibration:
    """The curves that forecasts and outcomes of the held-back years teach."""
    first, weights = len(MAGNITUDES) - len(COMPLETE), made.weights()
    tables = (
        fit_table(said[..., first:], made.observed[..., first:], HORIZONS_DAYS, COMPLETE, fit, weights)
        for said, fit in ((made.expected, fit_counts), (poisson_probability(made.expected), fit_probabilities))
    )
    return Recalibration(*(_lent(table) for table in tables))


def _lent(table: CalibrationTable) -> CalibrationTable:
    """The table with a column for each of MAGNITUDES."""
    missing = MAGNITUDES[: len(MAGNITUDES) - len(COMPLETE)]
    cells = tuple((*(_borrowed(row[0], MC - magnitude) for magnitude in missing), *row) for row in table.cells)
    return CalibrationTable(table.horizons_days, MAGNITUDES, cells)


def _borrowed(curve: Calibration, below: float) -> Calibration:
    """For magnitudes smaller by `below`: b = 1 makes counts 10^below larger, a probability bends like its equal."""
    shift = below * log(10) if curve.link == "log" else 0.0
    return Calibration(tuple((said + shift, meant + shift) for said, meant in curve.knots), curve.link)
