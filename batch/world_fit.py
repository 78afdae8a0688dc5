"""The fit of all regions: the world's form, each tectonic setting's, then what every region has of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from tqdm import tqdm

from batch.world_catalogue import MC_DEFAULT, REACH_KM
from quake.etas_fit import magnitude_fractions
from quake.etas_fit_world import (
    SHARED_ROUNDS,
    SILENT,
    STEPS,
    Sample,
    at_level,
    fit_own,
    fit_shared,
    log_level,
    recent_fractions,
)
from quake.etas_parameters import START, EtasParameters
from quake.geo import EARTH_RADIUS_KM

BUSIEST, TARGETS = 10, 1000
"""Regions that a shared form is fitted to, every third of the busiest as neighbours overlap; targets of each."""
POOLED, POOLED_ROUNDS = 6, 1
"""Regions and rounds of a setting's form, which starts from the world's."""
FEWEST_POOLED = 2000
"""With fewer earthquakes in its regions together a setting keeps the world's form."""
ENOUGH = 100
"""A region with so many earthquakes has a level to lend; one with fewer borrows its setting's."""
BLIND_START = 5 / 1440
"""Days, where `blind_days` starts."""
LEAST_P_BG = 0.005
"""`EtasParameters.least_p_bg` under such a decay: chosen on forecasts of 2003 to 2007 and 2011 to 2017, 0032."""
AREA_KM2 = 2 * np.pi * EARTH_RADIUS_KM**2 * (1 - np.cos(REACH_KM / EARTH_RADIUS_KM))


def fit_world(
    samples: Sequence[Sample],
    settings: Sequence[str] | None,
    span: tuple[float, float],
    tail: Mapping[float, float],
    seed: int,
) -> tuple[EtasParameters, list[EtasParameters]]:
    """The parameters of a region without a past, and those of each; without `settings` all share the world's form."""
    rng, until = np.random.default_rng(seed), span[1]
    start = replace(
        START, mc=MC_DEFAULT, area_km2=float(AREA_KM2), a_time=1.5, theta=0.0, d=5.0, blind_days=BLIND_START,
        least_p_bg=LEAST_P_BG,
    )  # fmt: skip
    world = _shared("the world's form", start, busiest(samples, BUSIEST), until, rng, SHARED_ROUNDS)
    world = replace(
        world, mu=SILENT / (span[1] - span[0]), fractions=magnitude_fractions(np.array([]), MC_DEFAULT, tail)
    )
    if settings is None:
        return world, [_own(world, sample, until, tail) for sample in tqdm(samples, desc="regions", unit="region")]
    regions: dict[int, EtasParameters] = {}
    for setting in sorted(set(settings)):
        members = {number: samples[number] for number, name in enumerate(settings) if name == setting}
        form = pooled_form(world, list(members.values()), until, rng)
        regions |= _own_all(form, members, until, tail)
    return world, [regions[number] for number in range(len(samples))]


def busiest(samples: Sequence[Sample], count: int) -> list[Sample]:
    """Every third of the samples with most earthquakes."""
    return sorted(samples, key=lambda sample: -len(sample.reports))[: 3 * count : 3]


def pooled_form(
    world: EtasParameters, members: Sequence[Sample], until: float, rng: np.random.Generator
) -> EtasParameters:
    """The form of a setting's regions, started from the world's and pulled to it."""
    chosen = [sample for sample in busiest(members, POOLED) if sample.count(until) >= ENOUGH]
    if sum(sample.count(until) for sample in chosen) < FEWEST_POOLED:
        return world
    return replace(_shared("a setting's form", world, chosen, until, rng, POOLED_ROUNDS), mu=world.mu)


def _shared(
    name: str, start: EtasParameters, samples: Sequence[Sample], until: float, rng: np.random.Generator, rounds: int
) -> EtasParameters:
    with tqdm(total=rounds * STEPS, desc=name, unit="step") as shown:
        return fit_shared(start, samples, until, TARGETS, rng, rounds=rounds, progress=shown.update)


def _own_all(
    form: EtasParameters, members: Mapping[int, Sample], until: float, tail: Mapping[float, float]
) -> dict[int, EtasParameters]:
    """Every member's own level; those with few earthquakes start from the mean level of the others."""
    many = {number for number, sample in members.items() if sample.count(until) >= ENOUGH}
    progress = tqdm(members.items(), desc="regions", unit="region")
    own = {number: _own(form, sample, until, tail) for number, sample in progress if number in many}
    levels = [log_level(parameters, form) for parameters in own.values()]
    usual = at_level(form, *np.mean(levels, 0).tolist()) if levels else form
    return own | {number: _own(usual, sample, until, tail) for number, sample in progress if number not in many}


def _own(form: EtasParameters, sample: Sample, until: float, tail: Mapping[float, float]) -> EtasParameters:
    return replace(fit_own(form, sample, until), fractions=recent_fractions(sample, until, tail))
