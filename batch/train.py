"""`quake train`: fit the forecast model to a span of history, score it on what came after, keep and register it."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from numpy.typing import NDArray

from batch.figures import figures_of
from batch.prepare import CATALOGUE as CATALOGUE_SET
from batch.prepare import Prepared, quakes_of, read_set
from batch.train_calibration import recalibration
from batch.train_provenance import about_space_time, provenance_of_fit
from batch.train_space_time import space_time_until
from quake import magnitude
from quake.adapters.history import load_world_history
from quake.adapters.magnitude_model import load_magnitude_model
from quake.adapters.registry import open_registry
from quake.adapters.registry.alias import CHALLENGER, load, provenance_of
from quake.adapters.snapshot import pack
from quake.adapters.storage import Storage, open_storage
from quake.hindcast import MEMORY_MAGNITUDE
from quake.hindcast_windows import windows
from quake.model import ForecastModel, as_arrays
from quake.model_fit import fit
from quake.model_score import before_and_after, score
from quake.quakes import MC, Quakes
from quake.settings import Settings

START = datetime(1973, 1, 1, tzinfo=UTC)
"""Where the default training span begins: the catalogue is dense from here."""
WHOLE, BACKGROUND, ETAS = PARTS = ("forecast", "background", "etas")
"""What `train` fits: everything, the long-term rate and Reasenberg-Jones, or the space-time part."""
END = datetime(2021, 1, 1, tzinfo=UTC)
"""Where the committed model's training span ends, so that what came later is out of its sample."""
HELD_BACK = timedelta(days=1096)
"""The end of the training span, three years, that only calibrates: the parts of the model are fitted before it."""

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
    part: str = WHOLE,
) -> Trained:
    """Fits on start <= origin time < end less HELD_BACK, calibrates on what was held back, scores on the rest.

    Writes `out` and `out`.json, registers a challenger. The catalogue is that of `prepared`, or else the service's
    history as it lies; what is not the `part` is taken from the champion. Raises ValueError when the catalogue does not
    hold the span, nothing is left to score on, or the champion has seen what comes after.
    """
    storage, now = open_storage(settings.storage), now or datetime.now(UTC)
    quakes = load_quakes(storage) if prepared is None else quakes_of(read_set(storage, prepared, CATALOGUE_SET))
    _check_span(quakes, start, end)
    model, about = calibrated(*fitted(storage, quakes, (start, end - HELD_BACK), part), quakes, end)
    payload = pack(as_arrays(model) | magnitude_arrays(storage), compress=True)
    about |= {"made_at": now.isoformat(), "part": part, "prepared": prepared.folder if prepared else ""}
    provenance = provenance_of_fit(storage, model, quakes.between(start, end, MEMORY_MAGNITUDE), payload) | about
    log.info("model trained", part=part, **about["metrics"])
    if out is not None:
        _write(out, payload, provenance)
    trained = Trained(model, payload, provenance, None)
    return replace(trained, version=_register(settings, trained, now)) if register else trained


def fitted(
    storage: Storage, quakes: Quakes, span: tuple[datetime, datetime], part: str = WHOLE
) -> tuple[ForecastModel, dict[str, Any]]:
    """The model of the span, only `part` of it fitted now; and what its provenance says of the space-time part."""
    if part == WHOLE:
        etas, about = space_time_until(quakes, span[1])
        return replace(fit(quakes, *span), etas=etas), about_space_time(about)
    champion = load(storage)
    if champion.trained_to > span[1] + HELD_BACK:
        raise ValueError(f"{champion.version} has seen what comes after {span[1] + HELD_BACK:%Y-%m-%d}: fit {WHOLE}")
    if part == BACKGROUND:
        kept = provenance_of(storage, champion.version).get("space_time", {})
        return replace(fit(quakes, *span), etas=champion.etas), about_space_time(kept)
    etas, about = space_time_until(quakes, span[1])
    made = replace(champion, version="unregistered", trained_to=span[1], etas=etas)
    return made, about_space_time(about)


def calibrated(
    plain: ForecastModel, about: dict[str, Any], quakes: Quakes, end: datetime
) -> tuple[ForecastModel, dict[str, Any]]:
    """The model with the calibration that the years held back before `end` teach, and `about` with what its provenance
    tells of that and of its score on what came after."""
    fit_end, newest = end - HELD_BACK, _newest(quakes)
    made = windows(plain, quakes, fit_end, newest)
    held_back, test = made.between(fit_end, end), made.between(end, newest)
    model = replace(plain, trained_to=end, calibration=recalibration(held_back))
    return model, about | {
        "metrics": asdict(score(model, test, quakes.between(end, newest, MC))),
        "tested_to": newest.isoformat(),
        "calibrated_from": fit_end.isoformat(),
        "calibrated_on_forecasts": len(held_back),
        "calibration_scored": before_and_after(model, test),
    }


def _newest(quakes: Quakes) -> datetime:
    return datetime.fromtimestamp(quakes.origin_s[-1], UTC)


def magnitude_arrays(storage: Storage) -> dict[str, NDArray[Any]]:
    """The magnitude quantiles in use now, which a registered model carries beside its own arrays."""
    return {f"magnitude_{name}": part for name, part in magnitude.as_arrays(load_magnitude_model(storage)).items()}


def load_quakes(storage: Storage) -> Quakes:
    """The whole history as the fit wants it."""
    history = load_world_history(storage)
    return Quakes(*(history[name] for name in Quakes.columns))


def _check_span(quakes: Quakes, start: datetime, end: datetime) -> None:
    if len(quakes) == 0:
        raise ValueError("there is no history to train on; run: quake bootstrap")
    first, last = (datetime.fromtimestamp(quakes.origin_s[index], UTC) for index in (0, -1))
    if not start < end - HELD_BACK < end < last:
        raise ValueError(
            f"train from {start} to {end}, but history spans {first} to {last}, {HELD_BACK.days} days calibrate and a "
            "rest must be scored"
        )


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
