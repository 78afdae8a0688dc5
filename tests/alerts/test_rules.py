"""The life of an alert: what opens it, what is told, what ends it."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.chain import chain_from_record, to_record
from alerts.rules import (
    LEVELS,
    RULES,
    covering_chain,
    decide,
    expire,
    forecast_level,
    level_rank,
    with_overrides,
)

CALM = {"alert_level": "none", "people_mmi6": 0, "forecast_level": 0}


def fold(*assessments, chain=None, **more):
    """The last chain, and every draft."""
    drafts = []
    for assessment in assessments:
        chain, draft = decide(assessment, chain, **more)
        drafts.append(draft)
    return chain, drafts


def kinds(drafts):
    return [draft and draft.message_type for draft in drafts]


@pytest.mark.parametrize(
    ("changes", "opens"),
    [
        (CALM, False),
        (CALM | {"alert_level": "green"}, False),
        (CALM | {"alert_level": "yellow"}, True),
        (CALM | {"people_mmi6": 999}, False),
        (CALM | {"people_mmi6": 1000}, True),
        (CALM | {"forecast_level": 1}, False),
        (CALM | {"forecast_level": 2}, True),
        (CALM | {"people_mmi6": None}, False),
        ({"event_type": "quarry blast"}, False),
        ({"status": "withdrawn"}, False),
    ],
)
def test_an_alert_opens_by_impact_or_forecast(assessed, changes, opens):
    chain, (draft,) = fold(assessed(**changes))
    assert (chain is not None, kinds([draft])) == (opens, ["ALERT" if opens else None])


def test_no_alert_opens_for_an_earthquake_three_days_old(assessed):
    first = assessed()
    for days, kind in ((2.9, "ALERT"), (3.1, None)):
        _, drafts = fold(replace(first, assessed_at=first.origin_time + timedelta(days=days)))
        assert kinds(drafts) == [kind]


@pytest.mark.parametrize(
    ("probability", "gain", "level"),
    [(0.5, 9.9, 0), (0.009, 50, 0), (0.01, 10, 1), (0.05, 10, 2), (0.0999, 10, 2), (0.1, 10, 3)],
)
def test_forecast_level_needs_probability_and_gain(probability, gain, level):
    assert forecast_level(probability, gain) == level


@pytest.mark.parametrize(
    ("changes", "notify", "reason"),
    [
        ({}, False, "revised, nothing that matters"),
        ({"magnitude": 6.6}, False, "revised, nothing that matters"),
        ({"magnitude": 6.7}, True, "magnitude 6.4 to 6.7"),
        ({"latitude": 40.44}, False, "revised, nothing that matters"),
        ({"latitude": 40.46}, True, "epicentre moved 51 km"),
        ({"alert_level": "red"}, True, "level yellow to red"),
        ({"forecast_level": 3}, True, "forecast level 2 to 3"),
    ],
)
def test_every_revision_is_told_and_notified_when_it_matters(assessed, changes, notify, reason):
    _, (_, update) = fold(assessed(), assessed(2, **changes))
    assert (update.message_type, update.notify, update.reason) == ("UPDATE", notify, reason)


def test_small_steps_add_up_to_a_notice(assessed):
    _, drafts = fold(*(assessed(n, magnitude=6.4 + 0.1 * (n - 1)) for n in range(1, 6)))
    assert [draft.notify for draft in drafts] == [True, False, False, True, False]


def test_a_level_falls_after_two_reports_in_a_row(assessed):
    red, yellow = {"alert_level": "red"}, {"alert_level": "yellow"}
    _, drafts = fold(assessed(1, **red), assessed(2, **yellow), assessed(3, **red), assessed(4, **yellow))
    assert [draft.assessment.alert_level for draft in drafts] == ["red"] * 4
    _, drafts = fold(assessed(1, **red), assessed(2, **yellow), assessed(3, **yellow))
    assert [draft.assessment.alert_level for draft in drafts] == ["red", "red", "yellow"]
    assert [draft.notify for draft in drafts] == [True, False, True]


def test_a_level_falls_after_one_reviewed_report(assessed):
    _, drafts = fold(assessed(1, alert_level="red"), assessed(2, alert_level="yellow", review_status="reviewed"))
    assert drafts[1].assessment.alert_level == "yellow" and drafts[1].notify


def test_an_unconfirmed_fall_stands_after_an_hour_of_silence(assessed):
    chain, _ = fold(assessed(1, alert_level="red"), assessed(2))
    at = chain.assessment.assessed_at
    assert expire(chain, at + timedelta(minutes=59), 900) == (chain, None)
    chain, draft = expire(chain, at + timedelta(minutes=60), 901)
    assert (draft.message_type, draft.reason, draft.sequence) == ("UPDATE", "level red to yellow", 901)
    assert (chain.falls, chain.open) == (0, True)


def test_revised_below_the_thresholds_is_cancelled_with_references(assessed):
    chain, drafts = fold(assessed(), assessed(2, **CALM), assessed(3, **CALM), assessed(4, **CALM))
    assert kinds(drafts) == ["ALERT", "UPDATE", "CANCEL", None]
    assert drafts[2].references == ("q20260301-abcdefgh.1", "q20260301-abcdefgh.2")
    assert not chain.open and chain.alert_number == 3


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "withdrawn"}, "withdrawn by its agency"),
        ({"status": "superseded", "superseded_by": "q1"}, "the same earthquake as q1"),
        ({"event_type": "explosion"}, "not an earthquake but: explosion"),
    ],
)
def test_what_is_no_earthquake_any_more_is_cancelled_at_once(assessed, changes, reason):
    _, (_, cancel) = fold(assessed(), assessed(2, **changes))
    assert (cancel.message_type, cancel.reason, cancel.notify) == ("CANCEL", reason, True)


def test_what_returns_is_alerted_again_and_counts_on(assessed):
    _, drafts = fold(assessed(), assessed(2, status="withdrawn"), assessed(3))
    assert [(draft.message_type, draft.alert_number) for draft in drafts] == [("ALERT", 1), ("CANCEL", 2), ("ALERT", 3)]


def test_a_revision_that_was_decided_changes_nothing(assessed):
    chain, _ = fold(assessed(), assessed(2))
    assert decide(assessed(2, alert_level="red"), chain) == (chain, None)
    assert decide(assessed(1), chain) == (chain, None)


def test_an_alert_ends_seven_days_after_the_earthquake(assessed):
    chain, _ = fold(assessed())
    origin = chain.assessment.origin_time
    assert expire(chain, origin + timedelta(days=6.99), 900)[1] is None
    chain, draft = expire(chain, origin + timedelta(days=7), 901)
    assert (draft.message_type, draft.reason, draft.references) == (
        "EXPIRED",
        "7 days have passed",
        ("q20260301-abcdefgh.1",),
    )
    assert expire(chain, origin + timedelta(days=8), 902) == (chain, None)
    assert decide(assessed(2, assessed_at=origin + timedelta(days=8)), chain)[1] is None


def aftershock(assessed, **changes):
    calm = {"quake_id": "after", "alert_level": "green", "people_mmi6": 10, "magnitude": 5.0}
    first = assessed()
    return replace(first, **calm | {"origin_time": first.origin_time + timedelta(hours=1)} | changes)


def test_an_aftershock_flood_is_held_down_by_the_open_alert_of_the_larger_earthquake(assessed):
    main, _ = fold(assessed())
    held = aftershock(assessed)
    assert covering_chain(held, [main]) == main
    assert decide(held, None, main) == (None, None)
    assert decide(held, None, None)[1].message_type == "ALERT"


@pytest.mark.parametrize(
    "changes",
    [
        {"forecast_level": 3},
        {"people_mmi6": 1000},
        {"alert_level": "yellow"},
        {"latitude": 41.0},
        {"magnitude": 6.5},
        {"origin_time": 0},
    ],
    ids=["says more", "felt", "impact", "far away", "larger", "earlier"],
)
def test_what_the_larger_alert_does_not_cover_opens(assessed, changes):
    main, _ = fold(assessed())
    if "origin_time" in changes:
        changes = {"origin_time": main.assessment.origin_time - timedelta(hours=1)}
    held = aftershock(assessed, **changes)
    assert decide(held, None, covering_chain(held, [main]))[1].message_type == "ALERT"


def test_a_closed_chain_covers_nothing(assessed):
    main, _ = fold(assessed(), assessed(2, status="withdrawn"))
    assert covering_chain(aftershock(assessed), [main]) is None


def test_levels_are_ordered_and_misspelt_ones_refused():
    assert [level_rank(level) for level in LEVELS] == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="no alert level 'purple'; known: none, green"):
        level_rank("purple")


def test_settings_override_the_table(assessed):
    rules = with_overrides({"people_mmi6_min": 200_000, "alert_level_min": "orange", "forecast_level_min": 3})
    assert decide(assessed(), None, rules=rules) == (None, None)
    assert with_overrides({}) == RULES
    for wrong, message in (({"people": 1}, "no rule 'people'"), ({"magnitude_step": "a"}, "must be float")):
        with pytest.raises(ValueError, match=message):
            with_overrides(wrong)
    with pytest.raises(ValueError, match="no alert level 'blue'"):
        with_overrides({"alert_level_min": "blue"})


def test_a_drill_stays_a_drill(assessed):
    chain, (alert,) = fold(assessed(), drill=True)
    _, update = decide(assessed(2), chain)
    assert alert.drill and update.drill


CHANGES = st.fixed_dictionaries(
    {
        "alert_level": st.sampled_from(LEVELS),
        "forecast_level": st.integers(0, 3),
        "people_mmi6": st.sampled_from([None, 0, 5000]),
        "magnitude": st.sampled_from([None, 5.0, 6.0, 7.0]),
        "review_status": st.sampled_from(["automatic", "reviewed"]),
        "status": st.sampled_from(["active", "active", "active", "withdrawn"]),
    }
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(CHANGES, max_size=8))
def test_chains_obey_their_grammar_and_survive_json(assessed, changes):
    chain, drafts = None, []
    for revision, change in enumerate(changes, start=1):
        chain, draft = decide(assessed(revision, **change), chain)
        drafts += [draft] if draft else []
        if chain is not None:
            assert chain_from_record(json.loads(json.dumps(to_record(chain)))) == chain
    text = "".join(draft.message_type[0] for draft in drafts)
    assert re.fullmatch("(AU*C)*(AU*)?", text), text
    assert [draft.alert_number for draft in drafts] == list(range(1, len(drafts) + 1))
    assert all(len(draft.references) == draft.alert_number - 1 for draft in drafts)
    assert all(draft.notify for draft in drafts if draft.message_type != "UPDATE")
