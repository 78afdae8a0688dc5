"""The seeded simulator as a feed: a world that never was, reported as agencies would, at any speed."""

from dataclasses import replace
from datetime import UTC

import numpy as np

from quake.adapters.feeds import Source
from quake.adapters.feeds.replay import ReplayFeed, as_published
from quake.simulator import World, simulate_earthquakes
from quake.simulator_reports import simulate_reports

MAX_EXPECTED = 5_000_000
"""Earthquakes that fit into memory with their reports."""


def open_simulation(source: Source) -> ReplayFeed:
    """Options: seed (1), rate (background earthquakes of M >= 2.5 a day, 50), days (30), speed, start (today, 00:00).

    Raises ValueError for a bad option. The same options give the same reports.
    """
    seed, rate, days = source.number("seed", 1), source.number("rate", 50.0), source.number("days", 30.0)
    speed = source.number("speed", source.settings.speed)
    if not (seed >= 0 and rate > 0 and days > 0 and speed >= 0 and rate * days <= MAX_EXPECTED):
        raise ValueError(f"simulate wants seed >= 0, rate > 0, days > 0, speed >= 0, rate * days <= {MAX_EXPECTED:,}")
    start = source.time("start") or source.clock().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    rng = np.random.default_rng(int(seed))
    earthquakes = simulate_earthquakes(rng, days, World(rate_per_day=rate))
    reports = simulate_reports(rng, earthquakes, start)
    if not reports:
        raise ValueError("nothing simulated: ask for a higher rate or more days")
    arrived = (replace(report.event, ingested_at=report.at) for report in reports)
    return ReplayFeed("simulate", "simulate", as_published(arrived), speed)
