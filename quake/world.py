"""The world that a model forecasts in: what it keeps of history and live reports, by the parts the model has."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from quake.live import COLUMNS, Entry, LiveWorld, in_order
from quake.risk import Model
from quake.world_catalog import CatalogWorld
from quake.world_etas import EtasWorld


def world_of(model: Model, history: Mapping[str, NDArray], only: frozenset[str] | None = None) -> LiveWorld:
    """The world of `model` after `history` and before the first report; `only` names regions that are kept here."""
    if model.etas is None:
        return CatalogWorld(history, model)
    return EtasWorld(history, model.etas, only)


def warmed(
    model: Model,
    history: Mapping[str, NDArray],
    live: Mapping[str, Entry],
    regions: Iterable[str],
    only: frozenset[str] | None = None,
) -> LiveWorld:
    """The world of `model` after `history` that has taken in the newest solutions `live`, with `regions` begun."""
    world = world_of(model, history, only)
    world.begin(regions)
    for quake_id, entry in in_order(live):
        world.enter(quake_id, entry)
    return world


def forecast_regions(model: Model, latitude: float, longitude: float) -> list[str]:
    """The regions whose shares make up the model's forecast at a place, in order."""
    kind = CatalogWorld if model.etas is None else EtasWorld
    return kind.regions_at(latitude, longitude)


def state_key(model: Model) -> str:
    """Names what the states of regions depend on: equal keys, and one model's states serve the other."""
    return f"catalogue {model.version}" if model.etas is None else model.etas.digest


def no_history() -> dict[str, NDArray]:
    """The history of a service that knows nothing yet."""
    return {"ids": np.empty(0, dtype=np.str_)} | {name: np.empty(0) for name in COLUMNS}
