"""The forecast model: parameters and background of one version, and the plain arrays it is kept as.

Files, digests and aliases are `quake.adapters.registry`'s business, fitting is `batch.train`'s.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quake.calibration import CalibrationTable
from quake.etas_models import WorldParameters, as_record, from_record
from quake.seismicity import ReasenbergJones
from quake.smoothed import RateGrid, rate_within, scaled_rate

FORMAT = 1
"""Of the arrays; another format is refused."""
DAYS_A_YEAR = 365.25
LEVELS = np.iinfo(np.uint16).max
"""Steps between the smallest and the largest logarithm of a cell's rate."""


# Identity is the version's: comparing arrays would make the model unhashable.
@dataclass(frozen=True, slots=True, eq=False)
class ForecastModel:
    """One version of the model that scores: a space-time ETAS beside a smoothed long-term rate.

    Without the space-time part (models of before it was there) aftershocks follow Reasenberg-Jones over that rate.
    """

    version: str
    reasenberg_jones: ReasenbergJones
    background: RateGrid
    trained_from: datetime
    trained_to: datetime
    etas: WorldParameters | None = None
    calibration: CalibrationTable | None = None
    """Of probabilities, from the end of the training span, which the other parts have not seen; None: as they come."""

    def baseline_expected(
        self, latitude: float, longitude: float, radius_km: float, horizon_days: float, magnitude_min: float
    ) -> float:
        """Long-term mean number of earthquakes >= `magnitude_min` within the disc in `horizon_days`."""
        rate = _rate(self, latitude, longitude, radius_km) * horizon_days / DAYS_A_YEAR
        return scaled_rate(rate, self.background.mc, magnitude_min, self.background.b_value)


# An assessment asks for one disc at every horizon and magnitude; the forecast grid for the same discs every hour.
@lru_cache(maxsize=4096)
def _rate(model: ForecastModel, latitude: float, longitude: float, radius_km: float) -> float:
    return rate_within(model.background, latitude, longitude, radius_km)


def as_arrays(model: ForecastModel) -> dict[str, NDArray[Any]]:
    """The model without its version as named arrays of numbers and text.

    Rates become 16-bit steps of their logarithm: the relative error stays below ln(max / min) / 131,070, about 1e-4.
    """
    logarithm = np.log(model.background.rates)
    lowest, highest = float(logarithm.min()), float(logarithm.max())
    step = (highest - lowest) / LEVELS or 1.0
    parts = {} if model.etas is None else {"etas": _as_text(as_record(model.etas.default, model.etas.regions))}
    if model.calibration is not None:
        parts["calibration"] = _as_text(model.calibration.as_record())
    return parts | {
        "format": np.array(FORMAT),
        "reasenberg_jones": np.array(list(asdict(model.reasenberg_jones).values())),
        "background_levels": np.round((logarithm - lowest) / step).astype(np.uint16),
        "background_scale": np.array([lowest, step]),
        "background_law": np.array([model.background.mc, model.background.b_value]),
        "trained": np.array([model.trained_from.isoformat(), model.trained_to.isoformat()]),
    }


def from_arrays(arrays: Mapping[str, NDArray[Any]], version: str) -> ForecastModel:
    """The model that `as_arrays` took apart, under `version`. Raises ValueError when it is something else."""
    missing = {"format", "reasenberg_jones", "background_levels", "background_scale", "background_law", "trained"}
    missing -= arrays.keys()
    if missing or int(arrays["format"]) != FORMAT:
        raise ValueError(f"not a model of format {FORMAT}: lacks {sorted(missing)}")
    trained_from, trained_to = (datetime.fromisoformat(str(time)) for time in arrays["trained"])
    return ForecastModel(
        version,
        ReasenbergJones(*map(float, arrays["reasenberg_jones"])),
        _background(arrays),
        trained_from,
        trained_to,
        from_record(_from_text(arrays["etas"])) if "etas" in arrays else None,
        CalibrationTable.from_record(_from_text(arrays["calibration"])) if "calibration" in arrays else None,
    )


def _as_text(record: Mapping[str, Any]) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(record).encode(), np.uint8)


def _from_text(array: NDArray[np.uint8]) -> dict[str, Any]:
    return json.loads(array.tobytes())


def _background(arrays: Mapping[str, NDArray[Any]]) -> RateGrid:
    lowest, step = map(float, arrays["background_scale"])
    mc, b_value = map(float, arrays["background_law"])
    rates = np.exp(lowest + step * arrays["background_levels"].astype(float))
    if rates.ndim != 2 or rates.shape[1] != 2 * rates.shape[0] or not np.isfinite(rates).all():
        raise ValueError(f"the background must be n x 2n finite rates, got shape {rates.shape}")
    return RateGrid(rates, mc, b_value)
