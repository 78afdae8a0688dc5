"""A small world for any engine: a plain model and its heir, an impact by magnitude, adversarial logs."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from benchmarks.identity_stream import START, adversarial_stream
from quake.etas_models import WorldParameters
from quake.etas_parameters import CALIFORNIA as CALIFORNIA_ETAS
from quake.event import SeismicEvent, Tick, stamped
from quake.grid import lattice
from quake.seismicity import CALIFORNIA, ReasenbergJones
from quake.world import no_history
from streaming.engine import Setting, State
from streaming.log import with_ticks
from streaming.records import ImpactFields
from streaming.steps import Beginning

EPOCH = "parity"
LATE = timedelta(days=8)
"""Reports that take longer than the busy time all come now, after every alert has had time to expire."""
LATE_REPORTS = 20
Message = SeismicEvent | Tick


# eq=False: by identity, so that it can be a key.
@dataclass(frozen=True, eq=False)
class PlainModel:
    """One M >= 4 a year within any disc of 100 km, b = 1."""

    version: str = "plain"
    reasenberg_jones: ReasenbergJones = CALIFORNIA
    etas: WorldParameters = WorldParameters({}, CALIFORNIA_ETAS)
    calibration: None = None
    trained_from: datetime = datetime(1973, 1, 1, tzinfo=UTC)
    trained_to: datetime = datetime(2018, 1, 1, tzinfo=UTC)

    def baseline_expected(
        self, _latitude: float, _longitude: float, radius_km: float, horizon_days: float, magnitude_min: float
    ) -> float:
        """(radius / 100)^2 10^(4 - m) a year."""
        return (radius_km / 100) ** 2 * 10 ** (4 - magnitude_min) * horizon_days / 365.25


def plain_impact(event: SeismicEvent) -> ImpactFields:
    """Red from M7, orange from M6.5, yellow from M6, green from M5; MMI equal to the magnitude."""
    steps = [(7.0, "red"), (6.5, "orange"), (6.0, "yellow"), (5.0, "green")]
    level = next((name for least, name in steps if (event.magnitude or 0) >= least), "none")
    return ImpactFields(event.magnitude, None, None, 0, None, None, None, level)


CELLS = tuple(cell for cell in lattice() if cell.cell.endswith("000"))
SETTING = Setting(PlainModel(), plain_impact, "simulate", cells=CELLS, grid_hours=3)


HEIR = replace(SETTING, model=PlainModel("heir", etas=WorldParameters({}, replace(CALIFORNIA_ETAS, mu=0.5))))
"""A model that takes over for some hours."""
REIGN = START + timedelta(hours=2, minutes=30), START + timedelta(hours=6, minutes=30)


def champion_at(tick: Tick) -> str:
    """The heir for four hours, in which two grids are issued."""
    return (HEIR if REIGN[0] <= tick.at < REIGN[1] else SETTING).model.version


def begin() -> Beginning:
    """A world that has seen nothing."""
    state = State.empty(SETTING.model, no_history(), EPOCH)
    return Beginning(SETTING, no_history(), state, {HEIR.model.version: HEIR}.__getitem__)


def adversarial_log(seed: int, reports: int) -> list[Message]:
    """The first and the last reports of an adversarial stream as ingest sends them, a tick each minute."""
    rng = np.random.default_rng(seed)
    steps = adversarial_stream(rng, reports // 3, days=0.2 + reports / 20_000)
    events = [step.message for step in steps if isinstance(step.message, SeismicEvent)]
    events = events[: reports - LATE_REPORTS] + events[-LATE_REPORTS:]
    busy = START + timedelta(days=0.4 + reports / 20_000)
    restamped = [_restamped(event, number, busy) for number, event in enumerate(events)]
    return list(with_ticks(sorted(restamped, key=lambda event: event.sequence), START + LATE + timedelta(hours=1)))


def _restamped(event: SeismicEvent, number: int, busy: datetime) -> SeismicEvent:
    at = event.ingested_at if event.ingested_at < busy else START + LATE
    milliseconds = round((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)
    return stamped(event, milliseconds * 1024 + number % 1024 + 1, at)
