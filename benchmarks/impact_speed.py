"""How long the impact takes: one assessment, a hundred in one call, beside a plain numpy distance scan.

OMP_NUM_THREADS=1 python -m benchmarks.impact_speed
"""

import statistics
import time

import numpy as np

from quake.adapters.places import Atlas, load_atlas
from quake.geo import distance_km
from quake.impact import Shock, impacts
from quake.intensity_regime import regime_at

EVENTS = 400
SEED = 20261123


def main() -> None:
    """Prints milliseconds of one core, medians after warm-up, and the ratio."""
    atlas = load_atlas()
    shocks = draw(atlas, np.random.default_rng(SEED))
    impacts(shocks[:20], atlas.places, atlas.coefficients)
    each = [timed(impacts, [shock], atlas.places, atlas.coefficients) for shock in shocks]
    hundreds = [shocks[start : start + 100] for start in range(0, EVENTS, 100)] * 3
    hundred = [timed(impacts, batch, atlas.places, atlas.coefficients) for batch in hundreds]
    scan = [timed(distance_km, atlas.places.latitude, atlas.places.longitude, *shock[:2]) for shock in shocks[:30]]
    median, plain = statistics.median(each), statistics.median(scan)
    print(f"one assessment: median {median:.2f} ms, 99 % {np.quantile(each, 0.99):.2f} ms")
    print(
        f"100 in one call: median {statistics.median(hundred):.0f} ms, slowest of {len(hundred)} {max(hundred):.0f} ms"
    )
    print(f"distance scan of {len(atlas.places.latitude):,} places: {plain:.2f} ms")
    print(f"ratio to one scan: {median / plain:.2f}; of the hundred to a hundred scans: ", end="")
    print(f"{statistics.median(hundred) / plain / 100:.2f}")


def draw(atlas: Atlas, rng: np.random.Generator) -> list[Shock]:
    """Near populated places, M4.5 upwards with b = 1."""
    at = rng.integers(0, len(atlas.places.latitude), EVENTS)
    latitude = np.clip(atlas.places.latitude[at] + rng.normal(0, 0.3, EVENTS), -89, 89)
    magnitude = np.minimum(4.5 + rng.exponential(1 / np.log(10), EVENTS), 8.5)
    rows = zip(latitude, atlas.places.longitude[at], rng.uniform(3, 60, EVENTS), magnitude)
    return [Shock(*row, regime=regime_at(atlas.regimes, *row[:2])) for row in rows]


def timed(call, *arguments) -> float:
    """Milliseconds of processor time that the call takes: what neighbours on the machine do does not count."""
    start = time.process_time()
    call(*arguments)
    return (time.process_time() - start) * 1000


if __name__ == "__main__":
    main()
