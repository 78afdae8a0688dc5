"""Who gets what, against the definition written out in full for every message of random logs."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.audience import TERMINAL, Audience, audience
from alerts.filter import Filter
from alerts.rules import decide
from alerts.sequencer import Sequencer

ORANGE = Filter(min_level="orange")


@pytest.fixture
def log(assessed):
    """Alerts of given (quake_id, type, level, notify)."""
    alert = Sequencer("e").assign(decide(assessed(), None)[1])

    def build(*messages):
        rows = []
        for seq, (quake_id, kind, level, notify) in enumerate(messages, start=1):
            change = {"seq": seq, "quake_id": quake_id, "message_type": kind, "alert_level": level, "notify": notify}
            rows.append(replace(alert, **change))
        return rows

    return build


def seqs(alerts):
    return [alert.seq for alert in alerts]


def test_a_cancel_reaches_those_who_were_told_and_nobody_else(log):
    rows = log(("a", "ALERT", "yellow", True), ("b", "ALERT", "red", True), ("a", "CANCEL", "red", True))
    rows += [replace(rows[2], seq=4, quake_id="b")]
    assert seqs(audience(rows, ORANGE)) == [2, 4]
    assert seqs(audience(rows, Filter())) == [1, 2, 3, 4]


def test_one_whose_filter_flips_is_told_even_of_what_does_not_notify(log):
    levels = ["yellow", "orange", "orange", "yellow", "yellow", "red"]
    rows = log(*(("a", "UPDATE" if n else "ALERT", level, n == 0) for n, level in enumerate(levels)))
    assert seqs(audience(rows, ORANGE)) == [2, 4, 6]


def test_one_who_was_told_hears_what_matters_although_it_matches_no_more(log):
    rows = log(("a", "ALERT", "red", True), ("a", "UPDATE", "yellow", True), ("a", "UPDATE", "green", True))
    assert seqs(audience(rows, ORANGE)) == [1, 2, 3]


def test_after_an_ending_the_chain_starts_anew(log):
    rows = log(("a", "ALERT", "red", True), ("a", "CANCEL", "red", True), ("a", "ALERT", "yellow", True))
    rows += [replace(rows[1], seq=4)]
    assert seqs(audience(rows, ORANGE)) == [1, 2]


def test_one_who_resumes_gets_the_rest_and_one_who_joins_late_the_endings(log):
    rows = log(("a", "ALERT", "red", True), ("a", "UPDATE", "red", False), ("a", "CANCEL", "red", True))
    assert seqs(audience(rows, ORANGE, last_seq=1)) == [3]
    assert seqs(audience(rows, ORANGE, last_seq=3)) == []


def test_a_message_offered_twice_is_taken_once(log):
    (alert,) = log(("a", "ALERT", "red", True))
    subscriber = Audience(ORANGE)
    assert [subscriber.offer(alert), subscriber.offer(alert)] == [True, False]


MESSAGES = st.lists(
    st.tuples(st.sampled_from("ab"), st.booleans(), st.sampled_from(["yellow", "orange", "red"]), st.booleans()),
    max_size=15,
)


def lawful(messages):
    """The same with types that obey a chain's grammar: ALERT first, an ending now and then."""
    open_chains, rows = set(), []
    for quake_id, ends, level, notify in messages:
        if quake_id not in open_chains:
            kind, notify = "ALERT", True
            open_chains.add(quake_id)
        elif ends:
            kind, notify = "CANCEL", True
            open_chains.remove(quake_id)
        else:
            kind = "UPDATE"
        rows.append((quake_id, kind, level, notify))
    return rows


def defined(rows, wanted):
    """The definition, word for word: for each message, all the earlier ones of its chain."""
    for index, row in enumerate(rows):
        chain = [other for other in rows[:index] if other.quake_id == row.quake_id]
        ends = [place for place, other in enumerate(chain) if other.message_type in TERMINAL]
        chain = chain[ends[-1] + 1 :] if ends else chain
        before = any(wanted.matches(other) for other in chain)
        if row.message_type in TERMINAL:
            if before:
                yield row
        elif before or wanted.matches(row):
            flips = wanted.matches(row) != (wanted.matches(chain[-1]) if chain else False)
            if row.notify or flips:
                yield row


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(MESSAGES, st.integers(0, 15))
def test_the_audience_is_the_definition(log, messages, last_seq):
    rows = log(*lawful(messages))
    expected = list(defined(rows, ORANGE))
    assert list(audience(rows, ORANGE)) == expected
    assert list(audience(rows, ORANGE, last_seq)) == [row for row in expected if row.seq > last_seq]
    endings = [row for row in rows if row.message_type in TERMINAL]
    for ending in endings:
        start = max(
            row.seq
            for row in rows
            if row.quake_id == ending.quake_id and row.message_type == "ALERT" and row.seq < ending.seq
        )
        told = any(row.quake_id == ending.quake_id and start <= row.seq < ending.seq for row in expected)
        assert (ending in expected) == told
