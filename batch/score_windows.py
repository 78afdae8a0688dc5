"""Scores of scheduled forecasts, by role, horizon and magnitude, of the world and of each region.

Number tests, reliability and coverage are for windows that do not overlap, which is what `forecast_outcomes` asks for.
"""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.stats import poisson

from quake.regions import home_region
from quake.score import bernoulli_gain, block_bootstrap, brier_skill, number_test, reliability

WORLD = "world"
EDGES = (0.0, 1e-3, 1e-2, 0.05, 0.1, 0.2, 0.4, 1.0 + 1e-9)
"""Borders of the reliability table's probabilities."""
INTERVAL = (0.05, 0.95)
KINDS = ("role", "horizon_days", "magnitude_min")
NUMBERS = ("expected", "probability", "baseline_probability", "observed")

Row = dict[str, Any]


def scores_of(known: pa.Table, seed: int = 1) -> Iterator[Row]:
    """A row for each role, horizon and magnitude: the world's with every test, then each region's."""
    known = known.append_column("region", _regions(known))
    kinds = known.select(KINDS).group_by(KINDS).aggregate([]).sort_by([(name, "ascending") for name in KINDS])
    for about in kinds.to_pylist():
        rows = known.filter(pc.field("role") == about["role"])
        for name in KINDS[1:]:
            rows = rows.filter(pc.field(name) == about[name])
        yield {"kind": "scheduled", "region": WORLD} | about | _tested(rows, np.random.default_rng(seed))
        for region in sorted(set(rows["region"].to_pylist())):
            part = rows.filter(pc.field("region") == region)
            yield {"kind": "scheduled", "region": region} | about | _counted(part)


def coverage(expected: NDArray[np.float64], observed: NDArray[np.float64], windows: NDArray[np.int64]) -> float:
    """Share of windows whose whole count lies inside the 90 % interval of a Poisson number of the expected mean."""
    said, came = (np.bincount(windows, values) for values in (expected, observed))
    low, high = (poisson.ppf(edge, said) for edge in INTERVAL)
    return float(((came >= low) & (came <= high)).mean())


def _regions(known: pa.Table) -> pa.Array:
    places = {place: home_region(*place) for place in set(zip(*(known[name].to_pylist() for name in _PLACE)))}
    return pa.array([places[place] for place in zip(*(known[name].to_pylist() for name in _PLACE))], pa.string())


_PLACE = ("latitude", "longitude")


def _counted(rows: pa.Table) -> Row:
    expected, probability, baseline, count = (np.asarray(rows[name], float) for name in NUMBERS)
    total, came = float(expected.sum()), int(count.sum())
    return {
        "forecasts": rows.num_rows,
        "expected": total,
        "observed": came,
        "number_test": list(number_test(total, came)) if total > 0 else None,
        "gain": float(bernoulli_gain(probability, count > 0, baseline).mean()),
    }


def _tested(rows: pa.Table, rng: np.random.Generator) -> Row:
    expected, probability, baseline, count = (np.asarray(rows[name], float) for name in NUMBERS)
    window = np.unique(rows["issued_at"].cast(pa.timestamp("us")).cast(pa.int64()), return_inverse=True)[1]
    gains = bernoulli_gain(probability, count > 0, baseline)
    a_window = np.bincount(window, gains) / np.bincount(window)
    interval = block_bootstrap(a_window, rng, block=min(8, len(a_window)))
    table = reliability(probability, count > 0, window, EDGES, rng)
    return _counted(rows) | {
        "windows": len(a_window),
        "gain_low": interval.low,
        "gain_high": interval.high,
        "brier_skill": brier_skill(probability, count > 0, baseline) if baseline.any() else None,
        "interval_coverage": coverage(expected, count, window),
        "reliability": [asdict(row) for row in table],
    }
