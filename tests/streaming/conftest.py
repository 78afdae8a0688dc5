"""A small world for the engine: a plain model, an impact by magnitude, reports by the handful."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest

from quake.adapters.registry.alias import CHAMPION, place, write_aliases
from quake.adapters.storage import open_storage
from quake.event import SeismicEvent
from quake.seismicity import CALIFORNIA, ReasenbergJones
from quake.settings import Settings
from quake.world import no_history
from streaming.engine import Engine, Setting, State

START = datetime(2023, 2, 6, 1, 20, tzinfo=UTC)


@dataclass(frozen=True)
class FlatModel:
    """One M >= 4 a year within any disc of 100 km, b = 1."""

    version: str = "flat-1"
    reasenberg_jones: ReasenbergJones = CALIFORNIA
    etas: None = None
    calibration: None = None
    trained_from: datetime = datetime(1973, 1, 1, tzinfo=UTC)
    trained_to: datetime = datetime(2018, 1, 1, tzinfo=UTC)

    def baseline_expected(self, _latitude, _longitude, radius_km, horizon_days, magnitude_min):
        """(radius / 100)^2 10^(4 - m) a year."""
        return (radius_km / 100) ** 2 * 10 ** (4 - magnitude_min) * horizon_days / 365.25


@dataclass(frozen=True)
class PlainImpact:
    """Red from M7, yellow from M6, green from M5; MMI equal to the magnitude."""

    intensity: float | None
    alert_level: str
    people_mmi6: int | None = 0
    intensity_low: float | None = None
    intensity_high: float | None = None
    fatalities_low: float | None = None
    fatalities: float | None = None
    fatalities_high: float | None = None


def plain_impact(event: SeismicEvent) -> PlainImpact:
    """The impact that tests can foresee."""
    magnitude = event.magnitude or 0.0
    level = next((name for name, least in (("red", 7), ("yellow", 6), ("green", 5)) if magnitude >= least), "none")
    return PlainImpact(event.magnitude, level)


@pytest.fixture
def setting() -> Setting:
    """A model, an impact, a mode."""
    return Setting(FlatModel(), plain_impact, "live")


@pytest.fixture
def new_engine(setting) -> Callable[[], Engine]:
    """Makes an engine that has seen nothing."""
    return lambda: Engine(setting, State.empty(setting.model, no_history(), "e1"))


@pytest.fixture
def report() -> Callable[..., SeismicEvent]:
    """Makes the n-th report, a minute after the one before; anything may be overridden."""

    def make(number: int = 0, **changed) -> SeismicEvent:
        at = START + timedelta(minutes=number)
        first = SeismicEvent(
            source="usgs",
            source_event_id=f"us{number:04d}",
            origin_time=at - timedelta(minutes=3),
            updated_at=at,
            latitude=37.2,
            longitude=37.0,
            depth_km=10.0,
            magnitude=5.0,
            network="us",
            sequence=number + 1,
            ingested_at=at,
        )
        return replace(first, **changed)

    return make


@pytest.fixture
def settings(tmp_path, monkeypatch) -> Settings:
    """A data folder whose champion is the committed model."""
    for name in ("QUAKE_DATA", "QUAKE_WAREHOUSE", "QUAKE_STORAGE"):
        monkeypatch.delenv(name, raising=False)
    made = Settings(data=tmp_path)
    storage = open_storage(made.storage)
    payload = files("quake").joinpath("data/model/default.npz").read_bytes()
    write_aliases(storage, {CHAMPION: place(storage, "v1", payload, {}, START.isoformat())})
    return made
