"""Whether what a region's likelihood counts is complete, by spans it was not chosen on; and how fast shares age.

python -m benchmarks.forecast_completeness

Spans of the calendar, not those of the fit, so that the answer is another one than the fit's own. Shares: how far that
of M >= 5 among M >= 4.5 in the years before a year is off for that year, years before the world's fit ends.
"""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import typer
from numpy.typing import NDArray
from tqdm import tqdm

from batch.benchmark_catalogue import day_of
from batch.world_catalogue import FEWEST, FIRST, completeness, heard, load_quakes
from quake.adapters.space_time import committed_space_time
from quake.etas_parameters import EtasParameters
from quake.quakes import Quakes
from quake.regions import COUNT, region_id

YEARS, LAST = 5, 2025
STEP = 0.1
"""What magnitudes are rounded to: an mc higher by less says nothing."""
SHARE_YEARS, SHARE_FROM, SHARE_SPANS = (1, 3, 5, 10, 20), 2000, (1990, 1995, 2001, 2007, 2012, 2018, 2025)


def spans_of(quakes: Quakes, region: int, mc: float, since: float) -> Iterator[tuple[int, int, int, int]]:
    """Of each span since the region is complete, with enough earthquakes: its first year, whether its mc is above `mc`,
    and how many earthquakes the forecast uses of it, and of these below its mc."""
    near = heard(quakes, region)
    edges = range(date.fromisoformat(FIRST).year, LAST + 1, YEARS)
    for year, end in pairwise(edges):
        inside = near & (quakes.days >= day_of(f"{year}-01-01", "")) & (quakes.days < day_of(f"{end}-01-01", ""))
        magnitudes = quakes.magnitude[inside]
        if len(magnitudes) >= FEWEST and day_of(f"{year}-01-01", "") >= since:
            yield year, *_compared(magnitudes, mc, completeness(magnitudes))


def _compared(magnitudes: NDArray[np.float64], mc: float, own: float) -> tuple[int, int, int]:
    used = magnitudes[magnitudes >= mc - STEP / 2]
    return int(own > mc + STEP / 2), len(used), int((used < own - STEP / 2).sum())


def large_share(quakes: Quakes, first: int, end: int) -> float:
    """Share of M >= 5 among M >= 4.5 from the first day of one year to that of another."""
    inside = (quakes.days >= day_of(f"{first}-01-01", "")) & (quakes.days < day_of(f"{end}-01-01", ""))
    listed, large = (int((quakes.magnitude[inside] >= size - 1e-6).sum()) for size in (4.5, 5.0))
    return large / listed


def share_error(quakes: Quakes, before: int, until: int) -> float:
    """Root mean square of ln(share of so many years before / share of a year), years before `until`."""
    tested = range(SHARE_FROM, until)
    errors = [np.log(large_share(quakes, year - before, year) / large_share(quakes, year, year + 1)) for year in tested]
    return float(np.sqrt(np.mean(np.square(errors))))


def tell_spans(quakes: Quakes, regions: dict[str, EtasParameters], about: dict[str, Any]) -> None:
    """By span: regions with an estimate, those whose mc lies above the one in use, and what of their earthquakes."""
    rows = []
    for number in tqdm(range(COUNT), desc="mc", unit="region"):
        name = region_id(number)
        rows += spans_of(quakes, number, regions[name].mc, day_of(about["complete_since"][name], ""))
    table = np.array(rows)
    for year in np.unique(table[:, 0]).tolist():
        _, above, used, below = table[table[:, 0] == year].T
        share = below[above > 0].sum() / used.sum()
        typer.echo(
            f"{year} to {year + YEARS - 1}: {above.sum():>3} of {len(above):>3} regions above the mc in use; "
            f"{share:.0%} of all earthquakes counted lie below it there"
        )


def main() -> None:
    """Both tables."""
    quakes, (world, about) = load_quakes(), committed_space_time()
    tell_spans(quakes, dict(world.regions), about)
    until = date.fromisoformat(about["span"][1]).year
    for first, end in pairwise(SHARE_SPANS):
        typer.echo(f"share of M >= 5 among M >= 4.5 from {first} to {end - 1}: {large_share(quakes, first, end):.2f}")
    for before in SHARE_YEARS:
        error = share_error(quakes, before, until)
        typer.echo(f"counted in {before:>2} years before: off by {error:.1%} (rms, {SHARE_FROM} to {until - 1})")


if __name__ == "__main__":
    typer.run(main)
