"""Fits the served model's calibration on forecasts that were held back from its fit."""

from batch.calibration import fit_counts, fit_probabilities, fit_table
from quake.calibration import Recalibration
from quake.hindcast_windows import Windows
from quake.risk import HORIZONS_DAYS, MAGNITUDES
from quake.seismicity import poisson_probability


def recalibration(made: Windows) -> Recalibration:
    """The curves that forecasts and outcomes of the held-back years teach."""
    tables = (
        fit_table(said, made.observed, HORIZONS_DAYS, MAGNITUDES, fit, made.weights())
        for said, fit in ((made.expected, fit_counts), (poisson_probability(made.expected), fit_probabilities))
    )
    return Recalibration(*tables)
