"""How a region's mc, which is one for all years, compares with what spans of five years say of themselves.

python -m benchmarks.forecast_completeness
"""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import numpy as np
import typer
from numpy.typing import NDArray
from tqdm import tqdm

from batch.benchmark_catalogue import day_of
from batch.world_catalogue import FIRST, Quakes, completeness, heard, load_quakes
from quake.adapters.space_time import committed_space_time
from quake.etas_world import World
from quake.regions import COUNT, region_id

YEARS, LAST = 5, 2025
FEWEST = 200
"""So many earthquakes, of any size, a span needs for an estimate."""
STEP = 0.1
"""What magnitudes are rounded to: an mc higher by less says nothing."""


def spans_of(quakes: Quakes, region: int, mc: float) -> Iterator[tuple[int, int, int, int]]:
    """Of each span with enough earthquakes: its first year, whether its mc is above `mc`, and how many earthquakes the
    forecast uses of it, and of these below its mc."""
    near = heard(quakes, region)
    edges = range(date.fromisoformat(FIRST).year, LAST + 1, YEARS)
    for year, end in pairwise(edges):
        inside = near & (quakes.days >= day_of(f"{year}-01-01", "")) & (quakes.days < day_of(f"{end}-01-01", ""))
        magnitudes = quakes.magnitude[inside]
        if len(magnitudes) >= FEWEST:
            yield year, *_compared(magnitudes, mc, completeness(magnitudes))


def _compared(magnitudes: NDArray[np.float64], mc: float, own: float) -> tuple[int, int, int]:
    used = magnitudes[magnitudes >= mc - STEP / 2]
    return int(own > mc + STEP / 2), len(used), int((used < own - STEP / 2).sum())


def main() -> None:
    """By span: regions with an estimate, those whose mc lies above the one in use, and what of their earthquakes."""
    quakes, world = load_quakes(), World(*committed_space_time()[0])
    rows = []
    for region in tqdm(range(COUNT), desc="mc", unit="region"):
        rows += spans_of(quakes, region, world.parameters_of(region_id(region)).mc)
    table = np.array(rows)
    for year in np.unique(table[:, 0]).tolist():
        _, above, used, below = table[table[:, 0] == year].T
        share = below[above > 0].sum() / used.sum()
        typer.echo(
            f"{year} to {year + YEARS - 1}: {above.sum():>3} of {len(above):>3} regions above the mc in use; "
            f"{share:.0%} of all earthquakes used lie below it there"
        )


if __name__ == "__main__":
    typer.run(main)
