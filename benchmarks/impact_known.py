"""Impact of twelve known earthquakes beside what agencies published: the table of docs/impact.md.

    python -m benchmarks.impact_known

`impact_twelve.csv` holds the final solution of USGS and what was published; `impact_sources.csv` says where each figure
was read, all on 2026-11-24. Compared is PAGER's colour for deaths where a source gives it, else PAGER's summary colour
(the higher of deaths and money), else, for earthquakes before PAGER, the colour of the deaths from shaking by PAGER's
thresholds. People in millions.
"""

import csv
from pathlib import Path

from benchmarks.impact_rated import Rated, assess
from quake.fatalities import alert_level
from quake.impact import Impact
from quake.levels import LEVELS

HERE = Path(__file__).parent
TITLES = (
    ("earthquake", "VI+", "published", "VII+", "published", "VIII+", "published", "deaths 16 / 50 / 84 %")
    + ("ours", "published colour", "of", "deaths published", "sources")
)  # fmt: skip


def main() -> None:
    """Prints the table and the sources as Markdown."""
    twelve = read("impact_twelve.csv")
    print(f"| {' | '.join(TITLES)} |\n|{'---|' * len(TITLES)}")
    for known in twelve:
        print(f"| {' | '.join(row_of(known, assess(rated(known))))} |")
    for title, colour_in in (("these colours", published), ("PAGER's summary colours where there are any", summary)):
        steps = [apart(known, colour_in(known)[0]) for known in twelve]
        counts = f"{steps.count(0)} equal, {steps.count(1)} one step apart, {sum(step > 1 for step in steps)} further"
        print(f"\nAgainst {title}: {counts}.")
    print("\nSources:\n")
    for source in read("impact_sources.csv"):
        print(f"- {source['key']}: {source['what']}; {source['where']}")


def read(name: str) -> list[dict[str, str]]:
    """The rows of a file beside this one."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rated(known: dict[str, str]) -> Rated:
    """The final solution."""
    place = (float(known[name]) for name in ("latitude", "longitude", "depth_km", "magnitude"))
    return Rated(known["name"], *place, published(known)[0])


def published(known: dict[str, str]) -> tuple[str, str]:
    """The colour to compare with, and what it stands for."""
    if known["pager_deaths"]:
        return known["pager_deaths"], "PAGER, deaths"
    return summary(known)


def summary(known: dict[str, str]) -> tuple[str, str]:
    """PAGER's summary colour where there is one."""
    if known["pager_summary"] or known["pager_deaths"]:
        return known["pager_summary"] or known["pager_deaths"], "PAGER, summary"
    return alert_level(float(known["deaths"])), "derived from deaths"


def apart(known: dict[str, str], colour: str) -> int:
    """Steps between ours and the other colour."""
    return abs(LEVELS.index(assess(rated(known)).alert_level) - LEVELS.index(colour))


def row_of(known: dict[str, str], found: Impact) -> list[str]:
    """The cells of one earthquake."""
    people = []
    for step in (6, 7, 8):
        theirs = known[f"exposed{step}"]
        people += [millions(sum(found.people_mmi[step - 1 :])), millions(float(theirs)) if theirs else "-"]
    deaths = f"{found.fatalities_low:,.2g} / {found.fatalities:,.2g} / {found.fatalities_high:,.2g}"
    colour, kind = published(known)
    sources = {known[name] for name in ("deaths_source", "pager_source", "exposed_source")} - {""}
    cells = [known["name"], *people, deaths, found.alert_level, colour, kind, f"{int(known['deaths']):,}"]
    return [*cells, ", ".join(sorted(sources))]


def millions(people: float) -> str:
    """People in millions."""
    return f"{people / 1e6:.3g}"


if __name__ == "__main__":
    main()
