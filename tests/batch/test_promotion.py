"""The gate: better is promoted, anything else is refused, what breaks leaves the champion; all of it is on record."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

import batch.promotion as module
from batch.evaluate import Verdict
from batch.promotion import judge, review
from batch.promotion_report import artifact_of
from batch.score_events import Pairs
from quake.adapters.bus import open_bus
from quake.adapters.registry.alias import CHAMPION, load, read_aliases, write_aliases
from quake.adapters.storage import open_storage
from quake.adapters.topics import DECISIONS
from quake.adapters.warehouse import open_warehouse
from quake.schema import ModelDecision
from quake.score import Interval
from quake.settings import Settings

NOW = datetime(2026, 1, 1, tzinfo=UTC)
VERDICT = Verdict(
    challenger="new",
    champion="old",
    start=NOW,
    end=NOW,
    forecasts=500,
    followed=100,
    over_champion=Interval(0.02, 0.01, 0.03),
    over_baseline=Interval(0.2, 0.1, 0.3),
    champion_over_baseline=Interval(0.18, 0.1, 0.3),
)


class FakeRegistry:
    """Promotes by the alias file alone."""

    def __init__(self, settings: Settings) -> None:
        self.storage = open_storage(settings.storage)

    def promote(self, version: str, decided_at: datetime, reason: str) -> ModelDecision:
        entries = read_aliases(self.storage)
        write_aliases(self.storage, {CHAMPION: entries["challenger"], "previous": entries[CHAMPION]})
        figures = dict.fromkeys(("gain", "gain_low", "gain_high"))
        return ModelDecision(
            model_version=version,
            decided_at=decided_at,
            decision="promoted",
            previous_version=None,
            reason=reason,
            run_id="r1",
            dataset_hash="",
            **figures,
        )


class DownRegistry:
    """A registry that cannot be reached."""

    def __init__(self, _: Settings) -> None:
        """Nothing is opened."""

    def promote(self, *_: Any) -> ModelDecision:
        raise ConnectionError("registry is down")


@pytest.fixture(autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "open_registry", FakeRegistry)


def rows(settings: Settings) -> list[dict]:
    with closing(open_warehouse(settings.warehouse)) as warehouse:
        return warehouse.query("SELECT * FROM model_decisions ORDER BY decided_at").to_pylist()


def serving(settings: Settings) -> str:
    return load(open_storage(settings.storage)).version


def test_a_better_challenger_serves_and_the_decision_is_row_artifact_and_message(settings, set_model) -> None:
    set_model("champion", "old", -9.0)
    set_model("challenger", "new", -1.67)
    with closing(open_bus(settings.bus)) as bus:
        bus.subscribe(DECISIONS, "notifier")
        decision = review(settings, NOW)
        told = [json.loads(message.data) for message in bus.pull("notifier", timeout_s=0)]
    assert (decision.decision, decision.run_id, decision.previous_version) == ("promoted", "r1", "old")
    assert serving(settings) == "new"
    assert decision.gain_low > 0 and decision.dataset_hash == "data of new"
    assert [row["decision"] for row in rows(settings)] == ["promoted"]
    assert [message["model_version"] for message in told] == ["new"]
    text = open_storage(settings.storage).read(artifact_of(decision)).decode()
    assert text.startswith("# new: promoted") and "| challenger over champion | +" in text
    assert "dataset_sha256: `data of old`" in text


@pytest.mark.parametrize("productivity", [-9.0, -1.67], ids=["worse", "equal"])
def test_what_is_not_better_is_refused_on_record(settings, set_model, productivity: float) -> None:
    set_model("champion", "old", -1.67)
    set_model("challenger", "new", productivity)
    decision = review(settings, NOW)
    assert (decision.decision, serving(settings)) == ("rejected", "old")
    assert "not surely better than the champion" in decision.reason
    assert [row["reason"] for row in rows(settings)] == [decision.reason]
    assert open_storage(settings.storage).exists(artifact_of(decision))


@pytest.mark.parametrize("damage", [b"not a model", None], ids=["corrupt", "missing"])
def test_chaos_a_broken_challenger_is_refused_and_the_champion_serves(settings, set_model, damage) -> None:
    set_model("champion", "old", -9.0)
    set_model("challenger", "new", -1.67)
    storage = open_storage(settings.storage)
    path = read_aliases(storage)["challenger"].path
    storage.delete(path)
    if damage:
        storage.write(path, damage)
    decision = review(settings, NOW)
    assert (decision.decision, serving(settings)) == ("rejected", "old")
    assert decision.reason.startswith("cannot be judged: ") and decision.gain is None
    assert len(rows(settings)) == 1


def test_chaos_registry_down_leaves_the_champion_and_says_so(settings, set_model, monkeypatch) -> None:
    set_model("champion", "old", -9.0)
    set_model("challenger", "new", -1.67)
    monkeypatch.setattr(module, "open_registry", DownRegistry)
    decision = review(settings, NOW)
    assert (decision.decision, serving(settings)) == ("failed", "old")
    assert "registry is down" in decision.reason and decision.gain > 0
    monkeypatch.setattr(module, "open_registry", FakeRegistry)
    assert review(settings, NOW.replace(hour=1)).decision == "promoted"
    assert [row["decision"] for row in rows(settings)] == ["failed", "promoted"]


def test_without_challenger_there_is_nothing_to_decide(settings, set_model) -> None:
    set_model("champion", "old", -9.0)
    assert review(settings, NOW) is None and not rows(settings)


def test_without_champion_the_error_says_what_to_run(settings, set_model) -> None:
    set_model("challenger", "new", -1.67)
    with pytest.raises(LookupError, match="quake bootstrap"):
        review(settings, NOW)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "better than the champion by 0.0200"),
        ({"forecasts": 199}, "only 199 forecasts"),
        ({"over_champion": Interval(0.02, 0.0, 0.03)}, "not surely better than the champion"),
        ({"over_baseline": Interval(0.2, -0.1, 0.3)}, "not surely better than the normal day"),
        ({"over_champion": Interval(float("nan"), float("nan"), float("nan"))}, "not surely better"),
    ],
)
def test_the_gate_opens_only_above_zero_on_enough_data(changed: dict, said: str) -> None:
    better, reason = judge(replace(VERDICT, **changed))
    assert better == (not changed) and said in reason


def test_shadow_a_challenger_that_was_worse_on_the_live_stream_is_refused() -> None:
    """Only surely worse, and on enough forecasts: few or doubtful ones decide nothing against the replay."""
    worse, doubtful = Interval(-0.02, -0.03, -0.01), Interval(-0.02, -0.03, 0.01)
    for pairs, better in (((200, worse), False), ((199, worse), True), ((500, doubtful), True)):
        assert judge(VERDICT, Pairs("new", "old", *pairs))[0] == better
    assert "live stream: -0.0200 nats, 200" in judge(VERDICT, Pairs("new", "old", 200, worse))[1]


def test_shadow_rows_reach_the_decision_and_its_report(settings, set_model, monkeypatch) -> None:
    """The challenger would win by replay; what the warehouse holds of the live stream speaks against it."""
    monkeypatch.setattr(module, "shadow", lambda *given: Pairs(*given[2:4], 300, Interval(-0.2, -0.3, -0.1)))
    set_model("champion", "old", -9.0)
    set_model("challenger", "new", -1.67)
    decision = review(settings, NOW)
    assert (decision.decision, serving(settings)) == ("rejected", "old")
    text = open_storage(settings.storage).read(artifact_of(decision)).decode()
    assert "| challenger over champion, live, 300 forecasts | -0.2000 |" in text
