"""How long the impact takes: one assessment, a hundred in a row, beside a plain numpy distance scan.

python -m benchmarks.impact_speed
"""

import statistics
import time

import numpy as np

from quake.adapters.places import Atlas, load_atlas
from quake.geo import distance_km
from quake.impact import assess_impact
from quake.intensity_regime import regime_at

EVENTS = 400
SEED = 20261123


def main() -> None:
    """Prints milliseconds of one core, medians after warm-up, and the ratio."""
    atlas = load_atlas()
    events = draw(atlas, np.random.default_rng(SEED))
    for event in events[:20]:
        assess(atlas, *event)
    each = [timed(assess, atlas, *event) for event in events]
    hundred = [
        timed(lambda batch: [assess(atlas, *event) for event in batch], events[i : i + 100]) for i in (0, 100, 200)
    ]
    scan = [timed(distance_km, atlas.places.latitude, atlas.places.longitude, *event[:2]) for event in events[:30]]
    median, plain = statistics.median(each), statistics.median(scan)
    print(f"one assessment: median {median:.2f} ms, 99 % {np.quantile(each, 0.99):.2f} ms")
    print(f"100 assessments: {statistics.median(hundred):.0f} ms")
    print(f"distance scan of {len(atlas.places.latitude):,} places: {plain:.2f} ms; ratio {median / plain:.2f}")


def draw(atlas: Atlas, rng: np.random.Generator) -> list[tuple[float, float, float, float]]:
    """Latitude, longitude, depth in km and magnitude near populated places: M4.5 upwards with b = 1."""
    at = rng.integers(0, len(atlas.places.latitude), EVENTS)
    latitude = np.clip(atlas.places.latitude[at] + rng.normal(0, 0.3, EVENTS), -89, 89)
    magnitude = np.minimum(4.5 + rng.exponential(1 / np.log(10), EVENTS), 8.5)
    return list(zip(latitude, atlas.places.longitude[at], rng.uniform(3, 60, EVENTS), magnitude))


def assess(atlas: Atlas, latitude: float, longitude: float, depth_km: float, magnitude: float) -> object:
    """The impact as the engine computes it."""
    regime = regime_at(atlas.regimes, latitude, longitude)
    return assess_impact(latitude, longitude, depth_km, magnitude, atlas.places, atlas.coefficients, regime=regime)


def timed(call, *arguments) -> float:
    """Milliseconds of processor time that the call takes: what neighbours on the machine do does not count."""
    start = time.process_time()
    call(*arguments)
    return (time.process_time() - start) * 1000


if __name__ == "__main__":
    main()
