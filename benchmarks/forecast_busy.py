"""Why small magnitudes mislead after an M 9: laws fitted to Japan before 1999, tried on Sumatra 2003 to 2007.

python -m benchmarks.forecast_busy Japan_catalog.csv.gz

Sumatra is no test of ours and lies before 2008, so what is seen here may guide choices for Japan after 2008. For each
smallest magnitude: expected over seen, over all weeks and without weeks of surprise, the share of M >= 5 with the time
since the M 9.1.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from batch.benchmark_catalogue import day_of, flatten, read_catalogue
from batch.benchmark_windows import MAGNITUDES, Windows, disc_centres, forecast_windows
from batch.train_etas import fitted
from batch.world_catalogue import load_quakes
from quake.etas_parameters import EtasParameters
from quake.etas_world import fraction_above

FIT_END, KNOWN, START, END = (day_of(f"{year}-01-01", "") for year in (1999, 2002, 2003, 2008))
MAIN_SHOCK = day_of("2004-12-26T00:58:53", "")
SINCE_DAYS = (0.0, 4.0, 21.0, 90.0, 400.0)
SURPRISE = 3.0
"""A week with more than three times what was expected, and ten earthquakes more, held an unforeseen main shock."""
SIZE = MAGNITUDES.index(5.0)


def main(japan: Annotated[Path, typer.Argument(help="Japan_catalog.csv.gz")], smallest: float = 4.5) -> None:
    """For M >= `smallest` and M >= 4.9."""
    for mc in (smallest, 4.9):
        model, reports = _model(japan, mc), _sumatra(mc)
        windows = forecast_windows(reports, model, disc_centres(_sumatra(4.9)), (START, END), 1)
        typer.echo(f"mc {mc:g}: {len(windows.starts)} weeks, {windows.expected.shape[1]} discs")
        _report(windows, fraction_above(model, 5.0))
    for text in _shares(_sumatra(smallest)):
        typer.echo(text)


def _model(japan: Path, mc: float) -> EtasParameters:
    catalogue = read_catalogue(japan, mc, None, KNOWN)
    days = catalogue.reports[:, 0]
    plane = flatten(catalogue.places, catalogue.places[days < KNOWN].mean(0))
    reports = np.column_stack([days, plane, catalogue.reports[:, 3]])
    return fitted(reports, mc, catalogue.area_km2, FIT_END)[0]


def _sumatra(mc: float) -> NDArray[np.float64]:
    quakes = load_quakes()
    inside = (quakes.latitude > -6) & (quakes.latitude < 16) & (quakes.longitude > 90) & (quakes.longitude < 104)
    kept = inside & (quakes.magnitude >= mc - 1e-6) & (quakes.days >= day_of("1990-01-01", "")) & (quakes.days < END)
    places = np.column_stack([quakes.latitude[kept], quakes.longitude[kept]])
    return np.column_stack([quakes.days[kept], flatten(places, np.array([5.0, 97.0])), quakes.magnitude[kept]])


def _report(windows: Windows, share: float) -> None:
    expected, observed = windows.expected * share, windows.observed[SIZE]
    said, came = expected.sum(1), observed.sum(1)
    calm = came <= SURPRISE * said + 10
    typer.echo(f"  M >= 5: seen {came.sum()}, expected over seen {said.sum() / came.sum():.2f}; without {(~calm).sum()}"
               f" weeks of surprise {said[calm].sum() / came[calm].sum():.2f}")  # fmt: skip


def _shares(reports: NDArray[np.float64]) -> list[str]:
    """Of M >= 5 among all, by the time since the M 9.1, and before it."""
    days, large = reports[:, 0] - MAIN_SHOCK, reports[:, 3] >= 5.0 - 1e-6
    spans = [(-np.inf, 0.0), *zip(SINCE_DAYS[:-1], SINCE_DAYS[1:])]
    kept = [(low, high, (days > low) & (days <= high)) for low, high in spans]
    return [
        f"share of M >= 5, day {low:g} to {high:g}: {large[row].mean():.2f} of {row.sum()}" for low, high, row in kept
    ]


if __name__ == "__main__":
    typer.run(main)
