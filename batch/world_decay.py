"""The decay of every tectonic setting fitted again, its productivity growing with size as forecasts want it.

What likelihood asks of the next report is not what a week ahead needs: docs/decisions/0029.
"""

from collections.abc import Mapping
from dataclasses import replace

from tqdm import tqdm

from batch.world_fit import ENOUGH, FEWEST_POOLED, POOLED, busiest
from quake.etas_depth import usual_depth, with_depth
from quake.etas_fit_world import Sample, fit_decay, own_level
from quake.etas_models import WorldParameters
from quake.etas_parameters import EtasParameters


def with_decay_again(
    world: WorldParameters,
    samples: Mapping[str, Sample],
    settings: Mapping[str, str],
    until: float,
    a_time: float,
    fewest: int = FEWEST_POOLED,
) -> WorldParameters:
    """The world with decay, theta and `deep_time` of greatest likelihood under that a_time, and each region's level.

    Places keep what they have. So does a setting with fewer than `fewest` earthquakes in its busiest regions.
    """
    regions = dict(world.regions)
    for setting in sorted(set(settings.values())):
        members = [name for name in sorted(settings) if settings[name] == setting]
        busy = [one for one in busiest([samples[name] for name in members], POOLED) if one.count(until) >= ENOUGH]
        if sum(sample.count(until) for sample in busy) < fewest:
            continue
        form = fit_decay(regions[members[0]], busy, until, a_time=a_time)[0]
        for name in tqdm(members, f"{setting}: levels", unit="region"):
            regions[name] = _own(form, regions[name], samples[name], until)
    return world._replace(regions=regions)


def _own(form: EtasParameters, own: EtasParameters, sample: Sample, until: float) -> EtasParameters:
    """The form's decay at the level of a region's own earthquakes; a silent one keeps its rate."""
    decay = {"weights": form.weights, "a_time": form.a_time, "theta": form.theta, "deep_time": form.deep_time}
    model, inside = replace(own, **decay), sample.inside(until)
    if not inside.any():
        return model
    model = replace(model, usual_depth_km=usual_depth(model, with_depth(sample.reports)[inside, 4]))
    return own_level(model, model, sample, until)
