"""What depth does: aftershocks by the depth of their main shock, and what the committed model says after deep ones.

python -m benchmarks.forecast_depth

First the catalogue alone: M >= 4.5 within 75 km and ten days of each M >= 5.5 that follows none as large, less what the
300 days before let expect, per 10^(0.9 (M - 6)); 1995 to 2017, years that the space-time model is fitted to. Then the
committed model, P(M >= 5 within 100 km in a week) after each M >= 5 since its training's end, said and seen.
"""

from datetime import UTC, datetime

import numpy as np
import typer
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from batch.world_catalogue import load_quakes
from quake.adapters.registry import committed
from quake.adapters.snapshot import unpack
from quake.catalog import DAY_S
from quake.geo import EARTH_RADIUS_KM, unit_vectors
from quake.hindcast import DELAY_S
from quake.hindcast_windows import Windows, windows
from quake.model import ForecastModel, from_arrays
from quake.quakes import Quakes
from quake.risk import HEADLINE, HORIZONS_DAYS, MAGNITUDES, calibrated

SPAN = ("1995-01-01", "2018-01-01")
SMALLEST, MAIN = 4.5, 5.5
NEAR_KM, AFTER_DAYS, BEFORE_DAYS, QUIET_DAYS = 75.0, 10.0, 300.0, 100.0
DEPTHS_KM = (-20.0, 20.0, 35.0, 50.0, 70.0, 100.0, 150.0, 300.0, 700.0)
CELL = HORIZONS_DAYS.index(HEADLINE[0]), MAGNITUDES.index(HEADLINE[1])


def main() -> None:
    """Two tables, a line for each range of depth."""
    quakes = load_quakes("1973-01-01")
    typer.echo("depth km: main shocks, aftershocks, per main shock of M 6")
    for low, high, rows in _by_depth(aftershocks(quakes)):
        units = 10 ** (0.9 * (rows[:, 1] - 6))
        typer.echo(f"{low:g} to {high:g}: {len(rows)}, {rows[:, 2].sum():.0f}, {rows[:, 2].sum() / units.sum():.2f}")
    typer.echo("depth km: forecasts, said, seen, seen over said; counts said, seen")
    for low, high, rows in _by_depth(forecasts(quakes)):
        said, seen, expected, came = rows[:, 1:].sum(0)
        typer.echo(
            f"{low:g} to {high:g}: {len(rows)}, {said:.0f}, {seen:.0f}, {seen / said:.2f}; {expected:.0f}, {came:.0f}"
        )


def aftershocks(quakes: Quakes) -> NDArray[np.float64]:
    """Rows of depth in km, magnitude, and followers more than usual, of each main shock."""
    known = quakes.between(*(datetime.fromisoformat(date).replace(tzinfo=UTC) for date in SPAN), SMALLEST)
    points = unit_vectors(known.latitude, known.longitude)
    mains = np.flatnonzero(known.magnitude >= MAIN - 1e-6)
    near = cKDTree(points).query_ball_point(points[mains], 2 * np.sin(NEAR_KM / EARTH_RADIUS_KM / 2))
    counted = ((main_shock, _followers(known, main_shock, others)) for main_shock, others in zip(mains.tolist(), near))
    rows = [(known.depth_km[at], known.magnitude[at], more) for at, more in counted if more is not None]
    return np.array(rows, float).reshape(-1, 3)


def _followers(known: Quakes, main_shock: int, others: list[int]) -> float | None:
    """How many more came than usual; None after another as large."""
    wait = (known.origin_s[others] - known.origin_s[main_shock]) / DAY_S
    larger = known.magnitude[others] - known.magnitude[main_shock]
    if (larger[(wait < 0) & (wait > -QUIET_DAYS)] > -0.5).any():
        return None
    usual = ((wait < 0) & (wait > -BEFORE_DAYS)).sum() * AFTER_DAYS / BEFORE_DAYS
    return float(((wait > 0) & (wait < AFTER_DAYS) & (larger <= 0)).sum() - usual)


def forecasts(quakes: Quakes) -> NDArray[np.float64]:
    """Rows of depth in km, probability said, whether it came, count said and seen, of each forecast after a quake."""
    model = from_arrays(unpack(committed()[0]), "committed")
    made = windows(model, quakes, model.trained_to, datetime.fromtimestamp(float(quakes.origin_s[-1]), UTC))
    return _rows(model, made.only(made.after), quakes)


def _rows(model: ForecastModel, made: Windows, quakes: Quakes) -> NDArray[np.float64]:
    counts, chances = (part[:, *CELL] for part in calibrated(model, made.expected))
    places = zip((quakes.origin_s + DELAY_S).tolist(), quakes.latitude.tolist(), quakes.depth_km.tolist())
    depth = {(at, latitude): depth_km for at, latitude, depth_km in places}
    own = [depth[place] for place in zip(made.at_s.tolist(), made.latitude.tolist())]
    came = made.observed[:, *CELL]
    return np.column_stack([own, chances, came > 0, counts, came])


def _by_depth(rows: NDArray[np.float64]) -> list[tuple[float, float, NDArray[np.float64]]]:
    edges = list(zip(DEPTHS_KM[:-1], DEPTHS_KM[1:]))
    return [(low, high, rows[(rows[:, 0] >= low) & (rows[:, 0] < high)]) for low, high in edges]


if __name__ == "__main__":
    typer.run(main)
