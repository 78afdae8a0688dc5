"""The look that viewers share: seldom, complete, patient."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.api import Api
from dashboard.watch import LOOK_EVERY, READ_ANEW_EVERY, Watch

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LATER = NOW + LOOK_EVERY


@pytest.fixture(name="world")
def world_fixture(serve: Callable[[int], Any]) -> Any:
    return serve(50)


def test_a_new_earthquake_is_seen_at_the_next_look(world: Any, client: Callable[..., Api]) -> None:
    watch = Watch(client(world.url), days=1)
    assert len(watch.look(NOW).known.events) == 50
    alert = world.publish(max(row.assessed_at for row in world.assessments))
    assert alert.quake_id not in watch.look(NOW + LOOK_EVERY / 2).known.events
    look = watch.look(LATER)
    assert alert.quake_id in look.known.events and alert.alert_id in look.known.alerts


def test_a_withdrawn_earthquake_goes(world: Any, client: Callable[..., Api]) -> None:
    watch = Watch(client(world.url), days=1)
    watch.look(NOW)
    newest = max(world.assessments, key=lambda row: row.assessed_at)
    world.assessments.append(replace(newest, revision=2, status="withdrawn"))
    assert newest.quake_id not in watch.look(LATER).known.events


def test_what_is_older_than_the_window_goes(world: Any, client: Callable[..., Api]) -> None:
    watch = Watch(client(world.url), days=1)
    watch.look(NOW)
    alert = world.publish(max(row.assessed_at for row in world.assessments) + timedelta(days=3))
    assert set(watch.look(LATER).known.events) == {alert.quake_id}


def test_an_api_that_is_away_leaves_what_was_known(world: Any, client: Callable[..., Api]) -> None:
    watch = Watch(client(world.url), days=1)
    before = watch.look(NOW).known
    world.failing = True
    away = watch.look(LATER)
    assert away.known == before and "503" in away.problem
    world.failing = False
    assert watch.look(LATER + LOOK_EVERY).problem == ""


def test_an_emptied_warehouse_is_noticed(world: Any, client: Callable[..., Api]) -> None:
    watch = Watch(client(world.url), days=1)
    watch.look(NOW)
    world.assessments.clear()
    assert watch.look(NOW + READ_ANEW_EVERY).known.events == {}


def test_an_empty_warehouse_is_no_error(world: Any, client: Callable[..., Api]) -> None:
    world.assessments.clear()
    world.alerts.clear()
    look = Watch(client(world.url), days=1).look(NOW)
    assert (look.known.events, look.problem) == ({}, "")
