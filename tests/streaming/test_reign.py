"""Who is champion, on Beam: read from the alias file at ticks, taken in the order of ticks, and only when it loads."""

from datetime import UTC, datetime
from importlib.resources import files

import pytest

from benchmarks.beam_world import HEIR, SETTING, begin
from quake.adapters.registry.alias import CHAMPION, place, write_aliases
from quake.adapters.storage import open_storage
from quake.event import Tick, encode
from streaming.blueprint import Blueprint
from streaming.dofns import WORLD, Incoming, Parse
from streaming.records import Reign, from_bytes, to_bytes
from streaming.steps import REIGN, IdentifyStep, Succession

TICK = Tick(sequence=7, at=datetime(2026, 1, 1, tzinfo=UTC))


def reign(version: str, sequence: int) -> Reign:
    return Reign(version, sequence, "2026-01-01")


@pytest.fixture
def storage(tmp_path):
    return open_storage(f"file://{tmp_path}")


@pytest.fixture
def blueprint(storage) -> Blueprint:
    return Blueprint(storage.url, "v1", "live", "e1")


def test_the_alias_file_is_asked_at_every_tick(storage, blueprint):
    payload = files("quake").joinpath("data/model/default.npz").read_bytes()
    entries = {name: place(storage, name, payload, {}, "2026-01-01T00:00:00+00:00") for name in ("v1", "v2")}
    parse, told = Parse(blueprint.champion), []
    for version in ("v1", "v2", "v1"):
        write_aliases(storage, {CHAMPION: entries[version]})
        (key, (position, first)), (_, (_, second)) = parse.process(Incoming(3, encode(TICK), {}))
        assert (key, position, second) == (WORLD, 3, encode(TICK))
        assert first < second, "ahead of its tick where messages are sorted"
        told.append(from_bytes(Reign, first.removeprefix(REIGN)))
    assert told == [Reign(version, 7, "2026-01-01") for version in ("v1", "v2", "v1")]


@pytest.mark.parametrize("damage", ["no file", "no champion", "half a file", "half a model", "no model"])
def test_a_champion_that_can_not_be_had_is_not_named(storage, blueprint, damage):
    payload = files("quake").joinpath("data/model/default.npz").read_bytes()
    entry = place(storage, "v3", payload, {}, "2026-01-01T00:00:00+00:00")
    if damage != "no file":
        write_aliases(storage, {} if damage == "no champion" else {CHAMPION: entry})
    if damage == "half a file":
        storage.write("models/aliases.json", b"{")
    if damage == "half a model":
        storage.write(entry.path, payload[:1000])
    if damage == "no model":
        storage.delete(entry.path)
    assert [payload for _, (_, payload) in Parse(blueprint.champion).process(Incoming(0, encode(TICK), {}))] == [
        encode(TICK)
    ]


def test_a_champion_is_announced_then_serves_and_a_rollback_is_at_once():
    succession = Succession("a")
    told = [succession.hears(reign(*said)) for said in [("a", 1), ("b", 2), ("b", 3), ("b", 4), ("a", 5)]]
    assert told == [False, True, True, False, True]
    assert (succession.serving, succession.previous) == ("a", "b")


def test_what_an_earlier_tick_said_comes_too_late():
    succession = Succession("a")
    assert succession.hears(reign("b", 5)) and not succession.hears(reign("a", 4))
    assert succession.hears(reign("b", 6)) and succession.serving == "b"


def test_an_heir_that_is_not_named_again_never_serves():
    succession = Succession("a")
    assert succession.hears(reign("b", 1))
    assert not succession.hears(reign("a", 2)) and succession.hears(reign("c", 3))
    assert succession.hears(reign("b", 4)) and succession.serving == "a"


def test_every_region_that_has_a_state_hears_of_a_new_champion(report):
    step = IdentifyStep("world", begin())
    (change,) = step.take(encode(report(0))).changes
    (news,) = step.take(REIGN + to_bytes(reign(HEIR.model.version, 9))).changes
    assert change.hearing.keys() <= news.hearing.keys() and not news.numbers
    assert news.model_version == SETTING.model.version
    again = IdentifyStep("world", begin())
    again.load(step.dump())
    (crowned,) = again.take(REIGN + to_bytes(reign(HEIR.model.version, 10))).changes
    assert crowned.model_version == HEIR.model.version
    assert {crowned.hearing[region] - news.hearing[region] for region in news.hearing} == {1}
