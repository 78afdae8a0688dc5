"""A simulated alert log, and filters that people might ask it with: the same for the same seed, in any process."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from alerts.filter import Filter, parse_filter
from quake.schema import Alert, Exceedance

START = datetime(2023, 2, 6, 1, 17, 34, tzinfo=UTC)
EPOCH = "bench"
LEVELS = ("none", "green", "yellow", "orange", "red")
LEVEL_SHARES = (0.05, 0.25, 0.4, 0.2, 0.1)
OPEN_CHAINS = 40
"""Earthquakes that alerts go on about at a time."""
BEGINS, ENDS = 0.3, 0.25
"""Share of messages that begin a chain, and that end one."""
PLACES = 12
"""Sequences that the earthquakes belong to."""
FORECAST = tuple(
    Exceedance(horizon_days=days, magnitude_min=magnitude, expected=0.0123, probability=0.0122,
               baseline_expected=0.00045, baseline_probability=0.00045, gain=27.3)
    for days in (1, 7, 30) for magnitude in (4.0, 5.0, 6.0, 7.0)
)  # fmt: skip


@dataclass(slots=True)
class _Chain:
    quake_id: str
    latitude: float
    longitude: float
    told: list[str] = field(default_factory=list)


def simulated_alerts(seed: int) -> Iterator[Alert]:
    """Messages 1, 2, ... of a log in which chains begin, go on and end, without end."""
    rng = np.random.default_rng(seed)
    places = np.column_stack([rng.uniform(-60, 60, PLACES), rng.uniform(-180, 180, PLACES)])
    chains: list[_Chain] = []
    seq = 0
    while True:
        seq += 1
        begins = not chains or (len(chains) < OPEN_CHAINS and rng.random() < BEGINS)
        if begins:
            latitude, longitude = places[rng.integers(PLACES)] + rng.normal(0, 1.5, 2)
            chains.append(_Chain(f"q{seq}", float(latitude), float((longitude + 180) % 360 - 180)))
        chain = chains[-1] if begins else chains[rng.integers(len(chains))]
        ends = not begins and rng.random() < ENDS
        yield _message(rng, seq, chain, ends)
        if ends:
            chains.remove(chain)


def _message(rng: np.random.Generator, seq: int, chain: _Chain, ends: bool) -> Alert:
    number = len(chain.told) + 1
    kind = "ALERT" if number == 1 else ("CANCEL", "EXPIRED")[seq % 2] if ends else "UPDATE"
    alert = Alert(
        alert_id=f"{chain.quake_id}.{number}", seq=seq, epoch=EPOCH, alert_number=number, message_type=kind,
        notify=kind != "UPDATE" or bool(rng.random() < 0.6), references=tuple(chain.told), superseded_by=None,
        quake_id=chain.quake_id, revision=number, model_version="bench", sequence=seq,
        sent_at=START + timedelta(seconds=seq), reason="magnitude 6.1 to 6.4",
        headline="Magnitude 6.4 earthquake 26 km east of Nurdağı, Türkiye. Not an early warning.",
        alert_level=str(rng.choice(LEVELS, p=LEVEL_SHARES)), forecast_level=int(rng.integers(4)),
        origin_time=START, latitude=chain.latitude, longitude=chain.longitude, depth_km=10.0,
        magnitude=round(float(rng.uniform(4.5, 7.5)), 1), magnitude_type="mww", review_status="automatic",
        place="26 km east of Nurdağı, Türkiye", intensity=7.1, people_mmi6=120_000, probability=0.06,
        baseline_probability=0.004, gain=15.0, forecast=FORECAST, mode="simulate", hindsight=False, drill=False,
    )  # fmt: skip
    chain.told.append(alert.alert_id)
    return alert


def filters(seed: int, count: int) -> list[dict[str, str]]:
    """`count` queries: half with levels or magnitudes that many share, a quarter with boxes, a quarter with a point
    of their own, half of those with the intensity there."""
    rng = np.random.default_rng(seed)
    return [_QUERIES[number % len(_QUERIES)](rng) for number in range(count)]


def wanted(query: dict[str, str]) -> Filter:
    """The filter of such a query."""
    return parse_filter(query)


def _everything(_rng: np.random.Generator) -> dict[str, str]:
    return {}


def _level(rng: np.random.Generator) -> dict[str, str]:
    return {"min_level": str(rng.choice(["green", "yellow"]))}


def _magnitude(rng: np.random.Generator) -> dict[str, str]:
    return {"min_magnitude": f"{rng.choice([4.5, 5.0, 5.5]):.1f}"}


def _half(rng: np.random.Generator) -> dict[str, str]:
    west = 10 * int(rng.integers(-18, 18))
    return {"bbox": f"{west},-70,{(west + 260 + 180) % 360 - 180},70"}


def _near(rng: np.random.Generator) -> dict[str, str]:
    return _point(rng) | {"radius_km": f"{rng.uniform(8000, 18_000):.0f}"}


def _shaken(rng: np.random.Generator) -> dict[str, str]:
    return _point(rng) | {"min_mmi": "2.0"}


def _point(rng: np.random.Generator) -> dict[str, str]:
    return {"latitude": f"{rng.uniform(-60, 60):.3f}", "longitude": f"{rng.uniform(-180, 180):.3f}"}


_QUERIES = (_everything, _level, _half, _near, _magnitude, _level, _half, _shaken)
