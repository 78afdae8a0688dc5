"""Gives a catalogue without depths those of the installed one: a copy of the CSV with a column `depth`, in km.

python -m benchmarks.forecast_depth_join Japan_catalog.csv.gz OUT

An earthquake is the same where it happened within a second and lies within 0.1 degrees. One that is not found keeps an
empty depth, which `quake benchmark` takes as shallow. What comes of it: docs/forecast.md, Japan.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray

from batch.world_catalogue import load_quakes
from quake.quakes import Quakes

SECONDS, DEGREES = 1.0, 0.1
NEAREST = 3
"""So many earthquakes before and after the moment are looked at."""


def main(
    catalog: Annotated[Path, typer.Argument(help="CSV with time, latitude, longitude, magnitude")],
    out: Annotated[Path, typer.Argument(help="Where the copy goes")],
) -> None:
    """Writes the copy and says how many were found."""
    table, quakes = pd.read_csv(catalog), load_quakes("1973-01-01")
    times = pd.to_datetime(table["time"], format="ISO8601", utc=True).dt.tz_localize(None).to_numpy()
    seconds = times.astype("datetime64[us]").astype(np.int64) / 1e6
    places = table[["latitude", "longitude"]].to_numpy(float)
    table["depth"] = depths(quakes, seconds, places)
    table.to_csv(out, index=False)
    typer.echo(f"{table['depth'].notna().sum()} of {len(table)} found, {(table['depth'] > 50).sum()} below 50 km")


def depths(quakes: Quakes, seconds: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Depth in km of each of the earthquakes at those seconds since 1970 and places in degrees; nan if not found."""
    origin_s = quakes.origin_s
    next_row, answer = np.searchsorted(origin_s, seconds), np.full(len(seconds), np.nan)
    for step in range(-NEAREST, NEAREST):
        row = np.clip(next_row + step, 0, len(origin_s) - 1)
        apart = np.hypot(quakes.latitude[row] - places[:, 0], quakes.longitude[row] - places[:, 1])
        same = (np.abs(origin_s[row] - seconds) < SECONDS) & (apart < DEGREES)
        answer[same] = quakes.depth_km[row][same]
    return answer


if __name__ == "__main__":
    typer.run(main)
