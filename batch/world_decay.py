"""The decay of every tectonic setting fitted again by a likelihood that knows what is hidden after large earthquakes.

It then finds a productivity that grows with size as forecasts want it: docs/decisions/0032.
"""

from collections.abc import Mapping
from dataclasses import replace

from tqdm import tqdm

from batch.world_fit import ENOUGH, FEWEST_POOLED, POOLED, busiest
from quake.etas_depth import usual_depth, with_depth
from quake.etas_fit import with_ground_rate
from quake.etas_fit_time import decay_of, with_decay
from quake.etas_fit_world import Sample, fit_decay, own_level
from quake.etas_models import WorldParameters
from quake.etas_parameters import EtasParameters

LEAST_P_BG = 0.005
"""`EtasParameters.least_p_bg` under such a decay: chosen on forecasts of 2003 to 2007 and 2011 to 2017, 0032."""


def with_decay_again(
    world: WorldParameters,
    samples: Mapping[str, Sample],
    settings: Mapping[str, str],
    until: float,
    fewest: int = FEWEST_POOLED,
) -> WorldParameters:
    """The world with the whole decay of each setting of greatest likelihood, and each region's level.

    Places keep what they have. So does a setting with fewer than `fewest` earthquakes in its busiest regions.
    """
    regions = dict(world.regions)
    for setting in sorted(set(settings.values())):
        members = [name for name in sorted(settings) if settings[name] == setting]
        busy = [one for one in busiest([samples[name] for name in members], POOLED) if one.count(until) >= ENOUGH]
        if sum(sample.count(until) for sample in busy) < fewest:
            continue
        form = fit_decay(regions[members[0]], busy, until, whole=True)[0]
        for name in tqdm(members, f"{setting}: levels", unit="region"):
            regions[name] = _own(form, regions[name], samples[name], until)
    return world._replace(regions=regions)


def _own(form: EtasParameters, own: EtasParameters, sample: Sample, until: float) -> EtasParameters:
    """The form's decay at the level of a region's own earthquakes; a silent one keeps its rate."""
    model, inside = replace(with_decay(own, decay_of(form)), least_p_bg=LEAST_P_BG), sample.inside(until)
    if not inside.any():
        return model
    model = replace(model, usual_depth_km=usual_depth(model, with_depth(sample.reports)[inside, 4]))
    own = own_level(model, model, sample, until)
    return with_ground_rate(own, sample.known(until), (sample.since, until))
