"""`quake train`: fit the forecast model to a span of history, score it on what came after, keep and register it."""

import hashlib
import inspect
import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any

import structlog
from numpy.typing import NDArray

from batch.figures import figures_of
from batch.prepare import CATALOGUE as CATALOGUE_SET
from batch.prepare import Prepared, quakes_of, read_set
from batch.train_calibration import recalibration
from quake import (
    calibration,
    etas_risk,
    etas_stream,
    hindcast,
    hindcast_windows,
    magnitude,
    model_fit,
    model_score,
    risk,
    seismicity,
    smoothed,
)
from quake.adapters.history import CATALOGUE, about_history, load_history
from quake.adapters.magnitude_model import load_magnitude_model
from quake.adapters.registry import open_registry
from quake.adapters.registry.alias import CHALLENGER
from quake.adapters.snapshot import pack
from quake.adapters.space_time import committed_space_time
from quake.adapters.storage import Storage, open_storage, sha256
from quake.etas_models import WorldParameters
from quake.hindcast_windows import windows
from quake.model import ForecastModel, as_arrays
from quake.model_fit import fit
from quake.model_score import before_and_after, score
from quake.quakes import MC, Quakes
from quake.settings import Settings

START = datetime(1973, 1, 1, tzinfo=UTC)
"""Where the default training span begins: the catalogue is dense from here."""
END = datetime(2021, 1, 1, tzinfo=UTC)
"""Where the committed model's training span ends, so that what came later is out of its sample."""
HELD_BACK = timedelta(days=1096)
"""The end of the training span, three years, that only calibrates: the parts of the model are fitted before it."""

SCIENCE = (
    calibration,
    etas_risk,
    etas_stream,
    hindcast,
    hindcast_windows,
    model_fit,
    model_score,
    risk,
    seismicity,
    smoothed,
)
"""The modules whose text goes into the provenance's `code_sha256`."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Trained:
    """A fitted model, the bytes it is kept as, its provenance, and its version if it was registered."""

    model: ForecastModel
    payload: bytes
    provenance: dict[str, Any]
    version: str | None


def train(
    settings: Settings,
    start: datetime = START,
    end: datetime = END,
    out: Path | None = None,
    register: bool = True,
    *,
    now: datetime | None = None,
    prepared: Prepared | None = None,
) -> Trained:
    """Fits on start <= origin time < end less HELD_BACK, calibrates on what was held back, scores on the rest.

    Writes `out` and `out`.json, registers a challenger. The catalogue is that of `prepared`, or else the service's
    history as it lies. Raises ValueError when it does not hold the span or nothing is left to score on.
    """
    storage, now = open_storage(settings.storage), now or datetime.now(UTC)
    quakes = load_quakes(storage) if prepared is None else quakes_of(read_set(storage, prepared, CATALOGUE_SET))
    _check_span(quakes, start, end)
    model, metrics, about = _fitted(quakes, start, end)
    payload = pack(as_arrays(model) | magnitude_arrays(storage), compress=True)
    provenance = _provenance(storage, model, quakes.between(start, end, MC), payload, metrics) | about
    provenance |= {"made_at": now.isoformat(), "prepared": prepared.folder if prepared else ""}
    log.info("model trained", **metrics)
    if out is not None:
        _write(out, payload, provenance)
    trained = Trained(model, payload, provenance, None)
    return replace(trained, version=_register(settings, trained, now)) if register else trained


def _fitted(quakes: Quakes, start: datetime, end: datetime) -> tuple[ForecastModel, dict[str, float], dict[str, Any]]:
    """The calibrated model, its metrics, and what else its provenance tells of how it was made and fared."""
    fit_end, newest = end - HELD_BACK, _newest(quakes)
    space_time, source = space_time_until(fit_end)
    plain = replace(fit(quakes, start, fit_end), etas=space_time)
    made = windows(plain, quakes, fit_end, newest)
    held_back, test = made.between(fit_end, end), made.between(end, newest)
    model = replace(plain, trained_to=end, calibration=recalibration(held_back))
    about = {
        "tested_to": newest.isoformat(),
        "space_time": source,
        "calibrated_from": fit_end.isoformat(),
        "calibrated_on_forecasts": len(held_back),
        "calibration_scored": before_and_after(model, test),
    }
    return model, asdict(score(model, test, quakes.between(end, newest, MC))), about


def _newest(quakes: Quakes) -> datetime:
    return datetime.fromtimestamp(quakes.origin_s[-1], UTC)


def space_time_until(end: datetime) -> tuple[WorldParameters | None, dict[str, Any]]:
    """The space-time parameters and where they come from; none when they were fitted to what comes after `end`."""
    parameters, about = committed_space_time()
    if datetime.fromisoformat(about["span"][1]).replace(tzinfo=UTC) > end:
        log.warning("no space-time part: it has seen what comes after", end=end.isoformat(), span=about["span"])
        return None, {}
    return parameters, about


def magnitude_arrays(storage: Storage) -> dict[str, NDArray[Any]]:
    """The magnitude quantiles in use now, which a registered model carries beside its own arrays."""
    return {f"magnitude_{name}": part for name, part in magnitude.as_arrays(load_magnitude_model(storage)).items()}


def load_quakes(storage: Storage) -> Quakes:
    """The whole history as the fit wants it."""
    columns = load_history(storage, columns=("origin_time", "latitude", "longitude", "magnitude"))
    seconds = columns.pop("origin_time").astype("int64") / 1e6
    return Quakes(seconds, columns["latitude"], columns["longitude"], columns["magnitude"])


def _check_span(quakes: Quakes, start: datetime, end: datetime) -> None:
    if len(quakes) == 0:
        raise ValueError("there is no history to train on; run: quake bootstrap")
    first, last = (datetime.fromtimestamp(quakes.origin_s[index], UTC) for index in (0, -1))
    if not start < end - HELD_BACK < end < last:
        raise ValueError(
            f"train from {start} to {end}, but history spans {first} to {last}, {HELD_BACK.days} days calibrate and a "
            "rest must be scored"
        )


def _provenance(
    storage: Storage, model: ForecastModel, quakes: Quakes, payload: bytes, metrics: dict[str, float]
) -> dict[str, Any]:
    sources = "".join(inspect.getsource(module) for module in SCIENCE)
    catalogue = about_history(storage) if storage.exists(CATALOGUE) else {}
    return {
        "sha256": sha256(payload),
        "command": f"quake train --start {model.trained_from:%Y-%m-%d} --end {model.trained_to:%Y-%m-%d}",
        "catalogue": "U.S. Geological Survey, ANSS ComCat (public domain)",
        "catalogue_package": catalogue.get("package", ""),
        "catalogue_sha256": catalogue.get("sha256", ""),
        "dataset_sha256": hashlib.sha256(b"".join(column.tobytes() for column in _columns(quakes))).hexdigest(),
        "earthquakes": len(quakes),
        "trained_from": model.trained_from.isoformat(),
        "trained_to": model.trained_to.isoformat(),
        "mc": model.background.mc,
        "b_value": model.background.b_value,
        "reasenberg_jones": asdict(model.reasenberg_jones),
        "metrics": metrics,
        "code_version": package_version("quakestream"),
        "code_sha256": sha256(sources.encode()),
    }


def _columns(quakes: Quakes) -> tuple:
    return quakes.origin_s, quakes.latitude, quakes.longitude, quakes.magnitude


def _write(out: Path, payload: bytes, provenance: dict[str, Any]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(payload)
    out.with_suffix(".json").write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")


def _register(settings: Settings, trained: Trained, now: datetime) -> str:
    registry = open_registry(settings)
    version = registry.register(trained.payload, trained.provenance, now, figures=figures_of(trained.model))
    if registry.champion() == version:
        log.info("same as the champion", model_version=version)
    else:
        registry.set_alias(CHALLENGER, version)
        log.info("challenger registered", model_version=version)
    return version
