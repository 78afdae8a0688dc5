"""What the curves are worth on years they have not seen: `python -m benchmarks.calibration_held_back DATA`.

Only the years that `quake train` holds back are used, never those it scores: curves of the first two are tried on the
third, curves of the last two on the first. Nats a forecast won over a Poisson number of the counts, of M >= 5, 6 and 7
within a day, a week and 30 days, after earthquakes and on the lattice: by that of the firsts (docs/decisions/0031), by
curves of it, and by curves of counts. Choices about curves are made on these figures.
Before them, how many earthquakes came for one expected, year by year: counts get no curve as long as years differ so.
After them, by how many made-up events stand beside the real ones: what curves of three successive years since 2011 win
on all others, the fit's own years among them. DATA is a folder that `quake bootstrap --data DATA` has filled; takes
four minutes.
"""

import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from batch.train import END, HELD_BACK, START, fitted, load_quakes
from batch.train_calibration import COMPLETE, recalibration
from quake.adapters.storage import open_storage
from quake.calibration import ordered
from quake.hindcast_windows import Windows, windows
from quake.risk import HORIZONS_DAYS, uncalibrated
from quake.schema import COUNTS
from quake.score import bernoulli_gain
from quake.settings import Settings

FIRST_YEAR, TAUGHT_YEARS = 2011, 3
PRIORS = (100.0, 200.0, 300.0, 500.0, 1000.0)


def measure(data: Path) -> None:
    """Prints all tables."""
    storage, first = open_storage(Settings(data=data).storage), END - HELD_BACK
    quakes = load_quakes(storage)
    model, _ = fitted(storage, quakes, (START, first))
    every = windows(model, quakes, datetime(FIRST_YEAR, 1, 1, tzinfo=first.tzinfo), END)
    made = every.between(first, END)
    years = [datetime(year, 1, 1, tzinfo=first.tzinfo) for year in range(first.year, END.year + 1)]
    print("seen over expected, M >= 5, after earthquakes and on the lattice")
    for start, end in zip(years, years[1:]):
        _tell_counts(f"{start.year}", made.between(start, end))
    for taught, tried in (((0, 2), (2, 3)), ((1, 3), (0, 1))):
        learned = made.between(*(years[index] for index in taught))
        test = made.between(*(years[index] for index in tried))
        _tell(f"taught by {len(learned)} forecasts, tried on those of {years[tried[0]].year}", learned, test)

    _tell_priors(every)


def _tell_priors(every: Windows) -> None:
    years = np.array([datetime.fromtimestamp(at_s, END.tzinfo).year for at_s in every.at_s])
    spans = range(FIRST_YEAR, END.year - TAUGHT_YEARS + 1)
    print(f"nats a forecast won over firsts, curves of {TAUGHT_YEARS} of the years {FIRST_YEAR} to {END.year - 1}")
    for prior in PRIORS:
        won = [_won(every, years, span, prior) for span in tqdm(spans, f"prior {prior:g}", leave=False)]
        for days, row in zip(HORIZONS_DAYS, np.mean(won, 0)):
            cells = (f"M>={least:g} {value:+.5f}" for least, value in zip(COMPLETE, row[-len(COMPLETE) :]))
            print(f"  prior {prior:<8g}{days:3} d", *cells)


def _won(every: Windows, years: NDArray[np.int64], first: int, prior: float) -> NDArray[np.float64]:
    """Mean over the years that the curves have not seen, shape (horizons, magnitudes)."""
    taught = (years >= first) & (years < first + TAUGHT_YEARS)
    curves, won = recalibration(every.only(taught), prior), []
    for year in np.unique(years[~taught]):
        test = every.only(years == year)
        firsts = uncalibrated(test.expected)[1]
        won.append(bernoulli_gain(ordered(curves.apply(firsts)), test.observed > 0, firsts).mean(0))
    return np.mean(won, 0)


def _tell_counts(title: str, made: Windows) -> None:
    """The longest horizon ends within the year."""
    ratios = [made.observed[kind].sum(0) / made.expected[kind, COUNTS].sum(0) for kind in (made.after, ~made.after)]
    column = -len(COMPLETE)
    cells = [[f"{days} d {value:.2f}" for days, value in zip(HORIZONS_DAYS, ratio[:, column])] for ratio in ratios]
    print(f"  {title}", *(", ".join(row) for row in cells), sep="   ")


def _tell(title: str, learned: Windows, test: Windows) -> None:
    plain, firsts = uncalibrated(_of_counts(test).expected)[1], uncalibrated(test.expected)[1]
    said = {
        "firsts": firsts,
        "curves of firsts": ordered(recalibration(learned).apply(firsts)),
        "curves of counts": ordered(recalibration(_of_counts(learned)).apply(plain)),
    }
    print(title)
    for by, chances in said.items():
        won = bernoulli_gain(chances, test.observed > 0, plain)
        for name, kind in (("after", test.after), ("lattice", ~test.after)):
            for days, row in zip(HORIZONS_DAYS, won[kind].mean(0)[:, -len(COMPLETE) :].tolist()):
                cells = (f"M>={least:g} {value:+.5f}" for least, value in zip(COMPLETE, row))
                print(f"  {by:18}{name:8}{days:3} d", *cells)


def _of_counts(made: Windows) -> Windows:
    """The same as if every earthquake to come were its own first."""
    counts = made.expected[:, COUNTS]
    return replace(made, expected=np.stack([counts, counts], 1))


if __name__ == "__main__":
    measure(Path(sys.argv[1]))
