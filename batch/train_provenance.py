"""Where a fitted model comes from: data, span, command, code. It lies beside the model, in MLflow and in storage."""

import hashlib
import inspect
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from batch import train_space_time
from quake import (
    calibration,
    etas,
    etas_cascade,
    etas_depth,
    etas_disc,
    etas_fit,
    etas_fit_level,
    etas_fit_time,
    etas_fit_world,
    etas_neighbours,
    etas_prospect,
    etas_rate_likelihood,
    etas_risk,
    etas_search,
    etas_share,
    etas_stream,
    etas_sums,
    etas_tree,
    hindcast,
    hindcast_windows,
    model_fit,
    model_score,
    risk,
    seismicity,
    smoothed,
)
from quake.adapters.history import CATALOGUE, about_history
from quake.adapters.storage import Storage, sha256
from quake.model import ForecastModel
from quake.quakes import Quakes

MODULES = (
    *(
        train_space_time,
        etas,
        etas_tree,
        etas_sums,
        etas_search,
        etas_neighbours,
        etas_stream,
        etas_share,
        etas_disc,
        etas_prospect,
        etas_cascade,
        etas_fit,
        etas_fit_level,
        etas_fit_time,
        etas_rate_likelihood,
    ),
    *(etas_fit_world, etas_risk, etas_depth, calibration, hindcast, hindcast_windows, model_fit, model_score, risk),
    *(seismicity, smoothed),
)
"""What a fit and its score do is written there."""
OF_REGIONS = {"settings", "complete_since"}
"""Two hundred values each: `quake/data/etas_world.json.gz` has them."""


def code_digest() -> str:
    """SHA-256 of the code that a fit and its score run through."""
    return sha256("".join(inspect.getsource(module) for module in MODULES).encode())


def provenance_of_fit(storage: Storage, model: ForecastModel, quakes: Quakes, payload: bytes) -> dict[str, Any]:
    """The record of a model fitted to `quakes`, kept as `payload`."""
    catalogue = about_history(storage) if storage.exists(CATALOGUE) else {}
    columns = b"".join(quakes.column(name).tobytes() for name in quakes.columns)
    return {
        "sha256": sha256(payload),
        "command": f"quake train --start {model.trained_from:%Y-%m-%d} --end {model.trained_to:%Y-%m-%d}",
        "catalogue": "U.S. Geological Survey, ANSS ComCat (public domain)",
        "catalogue_package": catalogue.get("package", ""),
        "catalogue_sha256": catalogue.get("sha256", ""),
        "dataset_sha256": hashlib.sha256(columns).hexdigest(),
        "earthquakes": len(quakes),
        "trained_from": model.trained_from.isoformat(),
        "trained_to": model.trained_to.isoformat(),
        "mc": model.background.mc,
        "b_value": model.background.b_value,
        "reasenberg_jones": asdict(model.reasenberg_jones),
        "code_version": version("quakestream"),
        "code_sha256": code_digest(),
    }


def about_space_time(about: dict[str, Any]) -> dict[str, Any]:
    """The space-time part's own record, and its short facts once more by name: MLflow keeps text and numbers only."""
    short = {f"space_time_{name}": str(value) for name, value in about.items() if name not in OF_REGIONS}
    return {"space_time": about} | short
