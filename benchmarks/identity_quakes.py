"""True earthquakes for the adversarial stream: single ones, false ones, doublets, swarms and floods of aftershocks."""

from dataclasses import dataclass, replace

import numpy as np

from quake.geo import destination


@dataclass(frozen=True, slots=True)
class Truth:
    """An earthquake that happened, or a false detection."""

    number: int
    at_s: float
    latitude: float
    longitude: float
    magnitude: float
    false: bool = False


def truths(rng: np.random.Generator, events: int, days: float) -> list[Truth]:
    """Single earthquakes, doublets, swarms and aftershock floods, `events` in all."""
    found: list[Truth] = []
    while len(found) < events:
        at_s, (latitude, longitude) = rng.uniform(0, days * 86_400), _place(rng)
        magnitude = float(min(rng.exponential(0.7) + 2.5, 7.8))
        main = Truth(len(found), at_s, latitude, longitude, magnitude, false=rng.random() < 0.03)
        kind = rng.random()
        if kind < 0.02:
            found += _doublet(rng, replace(main, magnitude=7.0, false=False))
        elif kind < 0.025:
            found += _flood(rng, replace(main, magnitude=float(rng.uniform(6.5, 7.8)), false=False), 60)
        elif kind < 0.05:
            found += _flood(rng, replace(main, magnitude=3.5, false=False), 8)
        else:
            found.append(main)
    return found[:events]


def _place(rng: np.random.Generator) -> tuple[float, float]:
    kind = rng.integers(5)
    if kind == 0:
        return float(rng.uniform(-60, 60)), float(rng.choice([-180.0, 179.999]) + rng.uniform(0, 0.001))
    if kind == 1:
        return float(rng.choice([-1, 1]) * rng.uniform(89, 90)), float(rng.uniform(-180, 180))
    if kind == 2:
        return float(rng.integers(-60, 60)), float(rng.integers(-179, 180))
    return float(np.degrees(np.arcsin(rng.uniform(-1, 1)))), float(rng.uniform(-180, 180))


def _doublet(rng: np.random.Generator, main: Truth) -> list[Truth]:
    """M6.5, half a minute and 40 km after an M7."""
    latitude, longitude = destination(main.latitude, main.longitude, rng.uniform(0, 360), 40.0)
    return [main, Truth(main.number + 1, main.at_s + 30.0, latitude, longitude, 6.5)]


def _flood(rng: np.random.Generator, main: Truth, count: int) -> list[Truth]:
    """Aftershocks: Omori-like in time, within 60 km, down to two magnitudes below the main shock and lower."""
    flood = [main]
    for index in range(1, count + 1):
        at_s = main.at_s + float(60 * np.exp(rng.uniform(0, np.log(2000))))
        place = destination(main.latitude, main.longitude, rng.uniform(0, 360), rng.uniform(0, 60))
        magnitude = float(min(main.magnitude - 0.3, 2.5 + rng.exponential(0.9)))
        flood.append(Truth(main.number + index, at_s, *place, magnitude))
    return flood
