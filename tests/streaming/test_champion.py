"""A new champion takes over between two messages; a bad one never does."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import numpy as np
import pytest

import streaming.champion as module
from quake.adapters.registry.alias import CHALLENGER, CHAMPION, Entry, place, read_aliases, write_aliases
from quake.adapters.snapshot import pack
from quake.adapters.storage import open_storage
from quake.etas_models import WorldParameters
from quake.etas_parameters import CALIFORNIA
from quake.model import ForecastModel, as_arrays
from quake.seismicity import ReasenbergJones
from quake.smoothed import RateGrid
from quake.world import no_history
from streaming.champion import Succession
from streaming.engine import Engine, State
from streaming.score import setting_of

SPAN = datetime(1990, 1, 1, tzinfo=UTC), datetime(2018, 1, 1, tzinfo=UTC)


def model(version: str, mu: float | None) -> ForecastModel:
    """A model with a space-time part of background `mu`, or without one."""
    parameters = (
        None if mu is None else WorldParameters({}, replace(CALIFORNIA, mc=4.0, mu=mu, deep_time=0.1, deep_space=0.1))
    )
    return ForecastModel(version, ReasenbergJones(), RateGrid(np.full((90, 180), 0.1), 5.0, 1.0), *SPAN, parameters)


@pytest.fixture(name="storage")
def _storage(tmp_path):
    storage = open_storage(f"file://{tmp_path}")
    for version, mu in (("a", 0.1), ("b", 0.9), ("plain", None)):
        place(storage, version, pack(as_arrays(model(version, mu))), {}, "2026-01-01T00:00:00+00:00")
    return storage


def crown(storage, alias: str, version: str) -> None:
    """Points the alias file at a version."""
    entry = Entry(version, f"models/{version}/model.npz", storage.digest(f"models/{version}/model.npz"), "")
    write_aliases(storage, read_aliases(storage) | {alias: entry})


@pytest.fixture(name="service")
def _service(storage, monkeypatch):
    """An engine under model a, and what follows the alias file for it."""
    monkeypatch.setattr(module, "POLL_S", 0.0)
    made = partial(setting_of, storage, mode="live", rules={})
    crown(storage, CHAMPION, "a")
    setting = made(model("a", 0.1))
    succession = Succession(storage, no_history(), setting, made)
    yield Engine(setting, State.empty(setting.model, no_history(), "e1")), succession
    succession.close()


def rows(outcome, role: str = CHAMPION) -> list:
    """The assessments of one role."""
    return [row for row in outcome.rows if getattr(row, "role", None) == role]


def until(succession, engine, reached, report, number: int) -> tuple[list, int]:
    """Processes reports until the engine is where it should be; their assessments."""
    found, end = [], time.monotonic() + 20
    while not reached() and time.monotonic() < end:
        found += rows(engine.process(report(number, latitude=10 + number % 20)))
        number += 1
        succession.follow(engine)
    assert reached()
    return found, number


def test_a_new_champion_takes_over_and_a_rollback_is_at_once(service, storage, report):
    engine, succession = service
    first = rows(engine.process(report(0, magnitude=6.0)))[0]
    crown(storage, CHAMPION, "b")
    before, number = until(succession, engine, lambda: engine.setting.model.version == "b", report, 1)
    assert {row.model_version for row in before} <= {"a"} and first.model_version == "a"
    after = rows(engine.process(report(number, latitude=37.2)))[0]
    fresh = Engine(engine.setting, State.empty(engine.setting.model, no_history(), "e1"))
    for step in range(number):
        fresh.process(report(step, magnitude=6.0) if step == 0 else report(step, latitude=10 + step % 20))
    assert after.model_version == "b"
    assert after.forecast == rows(fresh.process(report(number, latitude=37.2)))[0].forecast
    crown(storage, CHAMPION, "a")
    succession.follow(engine)
    assert rows(engine.process(report(number + 1)))[0].model_version == "a"
    assert {row.quake_id for row in before}.isdisjoint({after.quake_id})


def test_a_model_of_another_kind_takes_over_too(service, storage, report):
    engine, succession = service
    engine.process(report(0, magnitude=6.0))
    crown(storage, CHAMPION, "plain")
    _, number = until(succession, engine, lambda: engine.setting.model.version == "plain", report, 1)
    assert rows(engine.process(report(number)))[0].model_version == "plain"


@pytest.mark.parametrize("damage", ["corrupt", "gone", "no alias file"])
def test_what_can_not_be_loaded_leaves_the_champion(service, storage, report, damage):
    engine, succession = service
    crown(storage, CHAMPION, "b")
    if damage == "corrupt":
        storage.write("models/b/model.npz", b"half a mod")
    elif damage == "gone":
        storage.delete("models/b/model.npz")
    else:
        storage.write("models/aliases.json", b"{")
    for number in range(5):
        succession.follow(engine)
        assert rows(engine.process(report(number, latitude=number * 5.0)))[0].model_version == "a"
        time.sleep(0.02)


def test_a_challenger_speaks_and_nobody_is_told(service, storage, report):
    engine, succession = service
    crown(storage, CHALLENGER, "b")
    _, number = until(succession, engine, lambda: engine.shadow is not None, report, 0)
    outcome = engine.process(report(number, magnitude=7.9, latitude=37.2))
    (champion,), (challenger,) = rows(outcome), rows(outcome, CHALLENGER)
    assert (champion.model_version, challenger.model_version) == ("a", "b")
    assert challenger.alert_level == champion.alert_level and challenger.forecast != champion.forecast
    assert {alert.model_version for alert in outcome.alerts} == {"a"}
    entries = read_aliases(storage)
    del entries[CHALLENGER]
    write_aliases(storage, entries)
    succession.follow(engine)
    assert engine.shadow is None


@pytest.mark.parametrize("grid_hours", [0, 24])
def test_idle_moments_warm_regions_and_change_no_forecast(storage, report, grid_hours):
    """With grids or without: a report may come from anywhere."""
    setting = setting_of(storage, model("a", 0.1), "live", {}, grid_hours)
    idle, busy = (Engine(setting, State.empty(setting.model, no_history(), "e1")) for _ in range(2))
    for _ in range(30):
        idle.warm_a_region()
    assert len(idle.state.world.marks()) == 30
    assert rows(idle.process(report(0))) == rows(busy.process(report(0)))
