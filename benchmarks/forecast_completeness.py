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
from batch.world_catalogue import FEWEST, FIRST, Quakes, completeness, heard, load_quakes
from quake.adapters.space_time import committed_space_time
from quake.etas_parameters import EtasParameters
from quake.regions import COUNT, region_id

YEARS, LAST = 5, 2025
STEP = 0.1
"""What magnitudes are rounded to: an mc higher by less says nothing."""
SHARE_YEARS, SHARE_FROM = (1, 3, 5, 10, 20), 2000


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


def share_errors(quakes: Quakes, until: int) -> dict[int, float]:
    """Root mean square of ln(share before / share of the year), years before `until`, by years counted before."""
    years = 1970 + (quakes.days / 365.25).astype(int)
    counts = {year: _counts(quakes.magnitude[years == year]) for year in range(SHARE_FROM - max(SHARE_YEARS), until)}

    def error(before: int, year: int) -> float:
        known = np.sum([counts[one] for one in range(year - before, year)], 0)
        return float(np.log(known[1] / known[0] / (counts[year][1] / counts[year][0])))

    tested = range(SHARE_FROM, until)
    return {before: float(np.sqrt(np.mean([error(before, year) ** 2 for year in tested]))) for before in SHARE_YEARS}


def _counts(magnitudes: NDArray[np.float64]) -> tuple[int, int]:
    return int((magnitudes >= 4.5 - 1e-6).sum()), int((magnitudes >= 5.0 - 1e-6).sum())


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
    for before, error in share_errors(quakes, until).items():
        typer.echo(
            f"share of M >= 5 from {before:>2} years before: off by {error:.1%} (rms, {SHARE_FROM} to {until - 1})"
        )


if __name__ == "__main__":
    typer.run(main)
