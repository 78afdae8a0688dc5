"""The space-time part of a model until a date: the committed world, each region's own level fitted again to what came.

The shared forms (decay, kernels) are `batch.train_world`'s; three numbers of each region are fitted, its magnitudes
counted.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import structlog
from tqdm import tqdm

from batch.benchmark_catalogue import day_of
from quake.adapters.space_time import committed_space_time
from quake.catalog import DAY_S
from quake.etas_fit import magnitude_fractions
from quake.etas_fit_world import Sample, fit_own, recent_fractions
from quake.etas_models import WorldParameters, as_record
from quake.etas_parameters import EtasParameters
from quake.etas_world import region_reports
from quake.quakes import Quakes

TAIL_MAGNITUDE = 5.5
"""From here on a region with few earthquakes has the world's magnitudes."""

log = structlog.get_logger(__name__)


def space_time_until(
    quakes: Quakes, end: datetime, progress: bool = True
) -> tuple[WorldParameters | None, dict[str, Any]]:
    """The parameters for a model of what lies before `end`, and where they come from.

    None when the committed ones have seen what comes after; they themselves when they end there; else fitted again.
    """
    committed, about = committed_space_time()
    known = datetime.fromisoformat(about["span"][1]).replace(tzinfo=UTC)
    if known > end:
        log.warning("no space-time part: it has seen what comes after", end=end.isoformat(), span=about["span"])
        return None, {}
    if known == end:
        return committed, about
    first = datetime.fromisoformat(about["history_from"]).replace(tzinfo=UTC)
    since = {name: day_of(day, "complete_since") for name, day in about["complete_since"].items()}
    world = refitted(committed, since, quakes.between(first, end, 0.0), _days(end), progress)
    return world, _provenance(about, world, committed, end)


def refitted(
    committed: WorldParameters, since: Mapping[str, float], quakes: Quakes, until: float, progress: bool = True
) -> WorldParameters:
    """Background rate, scale of productivity, B and magnitudes of every region, of greatest likelihood until a day.

    `since`: the day from which each region is complete, in days since 1970 as `until`; earthquakes before it count as
    history. Few earthquakes pull little from what is committed.
    """
    first = min(since.values())
    large = quakes.magnitude[(quakes.origin_s >= first * DAY_S) & (quakes.magnitude >= TAIL_MAGNITUDE - 1e-6)]
    tail = dict(magnitude_fractions(large, TAIL_MAGNITUDE))
    shown = tqdm(committed.regions.items(), "space-time", unit="region", disable=not progress)
    own = {name: _own(form, _sample(name, form.mc, since[name], quakes), until, tail) for name, form in shown}
    return committed._replace(regions=own)


def _sample(name: str, mc: float, since: float, quakes: Quakes) -> Sample:
    places = (quakes.column(column) for column in quakes.columns[1:])
    return Sample(mc, region_reports(name, mc, quakes.origin_s / DAY_S, places), since)


def _own(form: EtasParameters, sample: Sample, until: float, tail: dict[float, float]) -> EtasParameters:
    return replace(fit_own(form, sample, until), fractions=recent_fractions(sample, until, tail))


def _provenance(
    about: dict[str, Any], world: WorldParameters, committed: WorldParameters, end: datetime
) -> dict[str, Any]:
    record = repr(as_record(world.default, world.regions)).encode()
    moved = [np.log(own.mu / committed.regions[name].mu) for name, own in world.regions.items()]
    return about | {
        "fitted_again": "level and magnitudes of each region",
        "form_span": about["span"],
        "span": [about["span"][0], f"{end:%Y-%m-%d}"],
        "median_change_of_log_mu": round(float(np.median(np.abs(moved))), 4),
        "sha256": hashlib.sha256(record).hexdigest(),
    }


def _days(when: datetime) -> float:
    return when.timestamp() / DAY_S
