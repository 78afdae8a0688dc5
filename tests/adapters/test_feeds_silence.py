"""Deletion by silence: ids that stay away are withdrawn, those that leave, are renamed or come back are not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from quake.adapters.feeds.silence import GRACE, GRACE_LOOKS, MARGIN, WINDOW, Silence
from quake.event import SeismicEvent

START = datetime(2025, 5, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def report(name: str, at: datetime = START, **content: object) -> SeismicEvent:
    content = {"latitude": 35.0, "longitude": -117.0, "magnitude": 4.0, "aliases": (name,)} | content
    return SeismicEvent(source="usgs", source_event_id=name, origin_time=at, updated_at=at, **content)


def told(silence: Silence, minute: float, *reports: SeismicEvent) -> list[tuple[str, str]]:
    changes = silence.observe(START + minute * MINUTE, reports)
    return [(change.source_event_id, change.kind) for change in changes]


def test_what_is_listed_unchanged_is_told_once() -> None:
    silence = Silence()
    assert told(silence, 1, report("a"), report("b")) == [("a", "create"), ("b", "create")]
    assert told(silence, 2, report("a"), report("b")) == []
    assert told(silence, 3, report("a"), report("b", magnitude=4.1)) == [("b", "update")]


def test_updated_at_alone_is_no_change_and_running_backwards_no_obstacle() -> None:
    silence = Silence([report("a")])
    assert told(silence, 1, replace(report("a"), updated_at=START + MINUTE)) == []
    assert told(silence, 2, replace(report("a", magnitude=5.0), updated_at=START - MINUTE)) == [("a", "update")]
    assert told(silence, 3, report("a")) == [("a", "update")]


def test_a_missing_id_is_withdrawn_after_the_grace_with_its_last_content() -> None:
    silence = Silence([report("a", magnitude=4.4), report("b")])
    assert told(silence, 1, report("b")) == []
    assert told(silence, 5.9, report("b")) == []
    [change] = silence.observe(START + 6 * MINUTE, [report("b")])
    assert change == report("a", magnitude=4.4, kind="delete")
    assert told(silence, 7, report("b")) == []


def test_one_look_is_never_enough_however_late() -> None:
    silence = Silence([report("a")])
    assert told(silence, 60) == []
    assert told(silence, 120) == [("a", "delete")]


def test_a_look_that_lists_it_again_starts_the_grace_anew() -> None:
    silence = Silence([report("a")])
    assert [told(silence, 1), told(silence, 4), told(silence, 5, report("a")), told(silence, 6), told(silence, 10)] == [
        [], [], [], [], [],
    ]  # fmt: skip


def test_an_id_that_comes_back_is_told_again_though_unchanged() -> None:
    silence = Silence([report("a")])
    assert told(silence, 1) + told(silence, 7) == [("a", "delete")]
    assert told(silence, 8, report("a")) == [("a", "update")]
    assert told(silence, 9, report("a")) == []
    assert told(silence, 10) + told(silence, 20) == [("a", "delete")]


def test_a_renamed_id_is_not_withdrawn() -> None:
    silence = Silence([report("a")])
    assert told(silence, 1, report("b", aliases=("a", "b"))) == [("b", "create")]
    assert told(silence, 10, report("b", aliases=("a", "b"))) == []
    assert told(silence, 11) + told(silence, 20) == [("a", "delete"), ("b", "delete")]


def test_an_id_listed_in_a_rejected_record_is_not_withdrawn() -> None:
    silence = Silence([report("a")])
    for minute in (1, 10, 20):
        assert silence.observe(START + minute * MINUTE, [], {"a"}) == ()


def test_leaving_the_window_is_no_withdrawal_and_is_forgotten() -> None:
    silence = Silence([report("old", START - WINDOW + MARGIN), report("new")])
    assert told(silence, 1, report("new")) + told(silence, 10, report("new")) == []
    assert told(silence, MARGIN / MINUTE + 1, report("new")) == []
    assert [known.source_event_id for known in silence.known()] == ["new"]


def test_an_older_look_is_ignored() -> None:
    silence = Silence()
    assert told(silence, 5, report("a")) == [("a", "create")]
    assert told(silence, 4, report("a", magnitude=9.0), report("b")) == []
    assert told(silence, 5, report("b")) == []


def test_an_empty_feed_withdraws_nothing() -> None:
    many = [report(f"a{number}") for number in range(30)]
    silence = Silence(many)
    assert told(silence, 1) + told(silence, 10) + told(silence, 20) == []
    assert told(silence, 21, *many) == []


def test_restored_from_its_last_reports_it_goes_on() -> None:
    silence = Silence([report("a"), report("b"), report("c", kind="delete")])
    told(silence, 1, report("b"))
    restored = Silence(silence.known())
    assert told(restored, 2, report("b", magnitude=4.2)) == [("b", "update")]
    assert told(restored, 8, report("b", magnitude=4.2), report("c")) == [("c", "update"), ("a", "delete")]


@given(st.lists(st.tuples(st.integers(1, 9), st.frozensets(st.sampled_from("abcde"))), max_size=40))
def test_a_deletion_always_follows_a_full_grace_and_a_create(steps: list[tuple[int, frozenset[str]]]) -> None:
    """Judged by counting looks and minutes anew, without the class's own state."""
    silence, now, present, absent = Silence(), 0, {}, {}
    for minutes, listed in steps:
        now += minutes
        for name in "abcde":
            absent[name] = [] if name in listed else [*absent.get(name, []), now]
        wanted = {
            (name, "delete") for name, shown in present.items()
            if shown and len(absent[name]) >= GRACE_LOOKS and (now - absent[name][0]) * MINUTE >= GRACE
        }  # fmt: skip
        wanted |= {(name, "update" if name in present else "create") for name in listed if not present.get(name)}
        assert set(told(silence, now, *map(report, sorted(listed)))) == wanted
        present |= {name: kind != "delete" for name, kind in wanted}
