"""Our colours beside those that USGS PAGER gave, and for earthquakes of which USGS counts no dead.

    python -m benchmarks.impact_rated [FOLDER]

Rules, written down before anything was scored with them:

1. Rated: `impact_rated.csv` holds every earthquake of M6.5 and more up to August 2023 of which a public copy of USGS's
   catalogue (COMCAT in `impact_sources.csv`) knows PAGER's colour: 446, each once. Place, depth and magnitude are those
   of the catalogue of 2025, which lacks one more. `TOTAL` of the green and yellow ones are drawn with `SEED`. False is
   yellow or above where PAGER says green; the share is of the green ones drawn, with Wilson's 95 % interval.
2. The same for all of the rated, and for those near people: not deeper than `SHALLOW_KM`, with a town of `TOWN_PEOPLE`
   within `NEAR_KM`. Nothing is drawn there.
3. Harmless: `impact_harmless.csv` holds the earthquakes of M5.0 to 6.4 in USGS's EXPO-CAT of which it counts no dead
   (from shaking or anything else) though its own ShakeMaps shook 10,000 people or more to MMI VI, without those within
   30 days and 500 km after one that killed: there the dead are not told apart. Of EXPO-CAT were read the years 1973,
   July 1993 to February 1995, September 2000 to November 2001, January to July 2010 and October 2010 to December 2011:
   the pages that hold the twelve known earthquakes. False is yellow or above.
4. With FOLDER (USGS feeds as downloaded), also those whose PAGER colour is green there.
"""

import csv
import gzip
import json
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest

from quake.adapters.places import load_atlas
from quake.exposure import places_within
from quake.impact import Impact, assess_impact
from quake.intensity_regime import regime_at
from quake.levels import LEVELS

HERE = Path(__file__).parent
SEED = 20261124
TOTAL = 100
SHALLOW_KM, NEAR_KM, TOWN_PEOPLE = 70.0, 100.0, 1000


class Rated(NamedTuple):
    """An earthquake, its final solution, and PAGER's colour or `no dead`."""

    time: str
    latitude: float
    longitude: float
    depth_km: float
    magnitude: float
    rating: str


def main(folder: Path | None) -> None:
    """Prints the confusion matrices as Markdown."""
    rated = read("impact_rated.csv")
    confusion(f"{TOTAL} drawn from the {sum(mild(event) for event in rated)} rated green or yellow", draw(rated))
    confusion("All rated", rated)
    confusion("Rated, near people", [event for event in rated if near_people(event)])
    confusion("No dead though 10,000 at MMI VI", read("impact_harmless.csv"))
    if folder:
        confusion("Rated green in the stored feeds", rated_green(folder))


def read(name: str) -> list[Rated]:
    """The file's earthquakes, in order of time."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        rows = [(*row[:1], *map(float, row[1:5]), *row[5:], "no dead") for row in list(csv.reader(file))[1:]]
    return sorted(Rated(*row[:6]) for row in rows)


def mild(event: Rated) -> bool:
    """Whether PAGER says green or yellow."""
    return event.rating in ("green", "yellow")


def draw(rated: list[Rated]) -> list[Rated]:
    """Rule 1."""
    eligible = [event for event in rated if mild(event)]
    chosen = np.random.default_rng(SEED).choice(len(eligible), TOTAL, replace=False)
    return [eligible[index] for index in sorted(chosen)]


def near_people(event: Rated) -> bool:
    """Rule 2."""
    places = load_atlas().places
    index, _ = places_within(places, event.latitude, event.longitude, NEAR_KM)
    return event.depth_km <= SHALLOW_KM and bool((places.population[index] >= TOWN_PEOPLE).any())


def rated_green(folder: Path) -> list[Rated]:
    """Rule 4."""
    found = []
    for path in sorted((folder / "feeds").glob("usgs_all_*.geojson.gz")):
        for feature in json.loads(gzip.decompress(path.read_bytes()))["features"]:
            fields, (longitude, latitude, depth) = feature["properties"], feature["geometry"]["coordinates"]
            if fields.get("alert") == "green":
                found.append(Rated(fields["place"], latitude, longitude, depth, fields["mag"], "green"))
    return found


def assess(event: Rated) -> Impact:
    """As the service would, with the final solution."""
    atlas = load_atlas()
    regime = regime_at(atlas.regimes, event.latitude, event.longitude)
    return assess_impact(*event[1:5], atlas.places, atlas.coefficients, regime=regime)


def colour(event: Rated) -> str:
    """Ours."""
    return assess(event).alert_level


def confusion(title: str, events: list[Rated]) -> None:
    """One table: a row a rating, a column a colour of ours; then the false ones."""
    ours = [colour(event) for event in events]
    print(f"\n**{title}**\n\n| rating | {' | '.join(LEVELS)} | all |\n|---|---|---|---|---|---|---|")
    for rating in ("no dead", *LEVELS):
        counts = Counter(level for event, level in zip(events, ours) if event.rating == rating)
        if counts:
            print(f"| {rating} | {' | '.join(str(counts[level]) for level in LEVELS)} | {counts.total()} |")
    harmless = [(event, level) for event, level in zip(events, ours) if event.rating in ("green", "no dead")]
    false = [(event, level) for event, level in harmless if LEVELS.index(level) > 1]
    low, high = binomtest(len(false), len(harmless)).proportion_ci(method="wilson")
    share = f"{len(false) / len(harmless):.1%} ({low:.1%} to {high:.1%})"
    print(f"\nFalse yellow and above: {len(false)} of {len(harmless)}, {share}.")
    print(f"Within one step: {within_one(events, ours)}\n")
    for event, level in false:
        print(f"- {event.time} M{event.magnitude:g}, {event.depth_km:g} km: {level}")


def within_one(events: list[Rated], ours: list[str]) -> str:
    """Share of the rated whose colour is at most one step from ours; `none` counts as green, which PAGER gives then."""
    steps = [
        abs(max(LEVELS.index(level), 1) - LEVELS.index(event.rating))
        for event, level in zip(events, ours)
        if event.rating in LEVELS
    ]
    if not steps:
        return "not rated."
    return f"{np.mean(np.array(steps) <= 1):.1%} of {len(steps)}, equal {np.mean(np.array(steps) == 0):.1%}."


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
