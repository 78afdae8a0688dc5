"""What serving makes of the engine's snapshot and rows is the engine's own forecast, whatever the model keeps."""

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from quake import etas_models
from quake.adapters.registry import committed
from quake.adapters.registry.alias import read_model
from quake.adapters.storage import open_storage
from quake.event import SeismicEvent
from quake.risk import NO_IMPACT
from quake.world import no_history
from serving.forecast_state import at_hand, incomplete, load_state, newest_name, snapshot_name, top_up
from streaming.engine import Engine, Setting, State
from streaming.snapshots import save_state

START = datetime(2023, 2, 6, 1, 20, tzinfo=UTC)
PLACES = ((37.2, 37.0), (37.9, 37.4), (-20.0, -70.0))


def model(kind):
    """The committed model, without or with the committed space-time parameters."""
    plain = read_model(committed()[0], "m1")
    packed = Path(etas_models.__file__).parent / "data" / "etas_world.json.gz"
    parameters = etas_models.from_record(json.loads(gzip.decompress(packed.read_bytes())))
    return replace(plain, etas=parameters if kind == "space-time" else None)


def report(number, **changed):
    at = START + timedelta(minutes=number)
    event = SeismicEvent(
        source="usgs", source_event_id=f"us{number:04d}", aliases=(f"us{number:04d}", f"ci{number}"), origin_time=at,
        updated_at=at, latitude=37.2 + number / 20, longitude=37.0, depth_km=None if number == 4 else 10.0,
        magnitude=5.5 + number % 3,
        network="us", sequence=number + 1, ingested_at=at,
    )  # fmt: skip
    return replace(event, **changed)


@pytest.mark.parametrize("kind", ["aftershocks", "space-time"])
def test_parity_of_snapshot_and_top_up_with_the_engine(world, kind):
    champion, storage = model(kind), open_storage(world.settings.storage)
    engine = Engine(Setting(champion, lambda _: NO_IMPACT, "live"), State.empty(champion, no_history(), "e1"))
    stream = [report(number) for number in range(6)]
    stream += [report(1, sequence=7, kind="delete"), report(6, latitude=-20.0, longitude=-70.0, sequence=8)]
    stream += [report(2, sequence=9, magnitude=6.9), report(7, sequence=10, magnitude=None)]
    for number, message in enumerate(stream):
        world.warehouse.insert(engine.process(message).rows)
        if number == 3:
            for place in PLACES:
                engine.state.world.expected(*place, START)
            save_state(storage, snapshot_name(world.settings), engine)
    now = START + timedelta(hours=1)
    state = load_state(world.settings, storage, world.warehouse, champion, now)
    assert state.processed_sequence == engine.state.identities.processed_sequence
    assert state.snapshot == newest_name(world.settings, storage) != ""
    assert incomplete(state) is (kind == "space-time")
    for place in PLACES:
        assert at_hand(state, *place)
        theirs, ours = (kept.expected(*place, now) for kept in (engine.state.world, state.world))
        assert ours.ravel().tolist() == pytest.approx(theirs.ravel().tolist(), rel=1e-9)
    assert at_hand(state, 60.0, 150.0) is (kind == "aftershocks")
    world.warehouse.insert(engine.process(report(8, sequence=11, magnitude=7.5, depth_km=150.0)).rows)
    assert top_up(state, world.warehouse) == 1 and top_up(state, world.warehouse) == 0
    expected = engine.state.world.expected(*PLACES[0], now).ravel().tolist()
    assert state.world.expected(*PLACES[0], now).ravel().tolist() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("kind", ["aftershocks", "space-time"])
def test_superseded_snapshots_of_another_store_are_not_used(world, kind):
    champion, storage = model(kind), open_storage(world.settings.storage)
    engine = Engine(Setting(champion, lambda _: NO_IMPACT, "live"), State.empty(champion, no_history(), "e1"))
    engine.process(report(0))
    save_state(storage, snapshot_name(world.settings), engine)
    state = load_state(world.settings, storage, world.warehouse, champion, START)
    assert state.snapshot == "" and state.processed_sequence == 0
    assert at_hand(state, *PLACES[0]) is (kind == "aftershocks")
