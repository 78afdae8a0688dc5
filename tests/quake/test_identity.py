"""Identity: one earthquake, one name. The stories are those of issue 3 and of the feeds (see docs/identity.md)."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quake.event import SeismicEvent
from quake.identity import Identities, report_of
from quake.schema import EventReport

ORIGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def report(name="us1", source="usgs", network="us", minutes=10.0, seconds=0.0, **changes):
    at = ORIGIN + timedelta(minutes=minutes)
    event = SeismicEvent(
        source=source,
        source_event_id=name,
        origin_time=ORIGIN + timedelta(seconds=seconds),
        updated_at=at,
        latitude=10.0,
        longitude=20.0,
        magnitude=5.0,
        network=network,
        aliases=(name,),
        sequence=round(minutes * 60),
        ingested_at=at,
    )
    return replace(event, **changes)


def emsc(minutes=11.0, **changes):
    return report("2026001", "emsc", "EMSC", minutes, **changes)


def fold(*reports):
    identities = Identities()
    return identities, [identities.identify(event) for event in reports]


def names(answers):
    return [answer[0].quake_id if answer else None for answer in answers]


def test_the_same_content_is_a_duplicate_whatever_updated_says():
    _, answers = fold(report(), report(minutes=20), report(minutes=30, updated_at=ORIGIN))
    assert [len(answer) for answer in answers] == [1, 0, 0]


def test_new_content_with_the_same_or_an_older_updated_is_a_revision():
    first = report()
    same = report(minutes=20, magnitude=5.2, updated_at=first.updated_at)
    older = report(minutes=30, magnitude=5.4, updated_at=first.updated_at - timedelta(minutes=5))
    _, answers = fold(first, same, older)
    assert [answer[0].revision for answer in answers] == [1, 2, 3]
    assert [answer[0].preferred.magnitude for answer in answers] == [5.0, 5.2, 5.4]


def test_content_that_goes_a_b_a_is_three_revisions():
    _, answers = fold(report(), report(minutes=20, magnitude=5.3), report(minutes=30))
    assert [answer[0].report_row.source_revision for answer in answers] == [1, 2, 3]
    assert [answer[0].report_row.kind for answer in answers] == ["create", "update", "update"]


def test_redelivery_and_overtaken_reports_change_nothing():
    first, second = report(), report(minutes=20, magnitude=5.3)
    identities, _ = fold(first, second)
    before = identities.to_records()
    assert identities.identify(first) == [] and identities.identify(second) == []
    assert identities.to_records() == before


def test_the_quake_id_is_readable_and_depends_on_the_first_report_only():
    _, answers = fold(report(), report(minutes=20, magnitude=5.5, place="elsewhere"))
    _, others = fold(report(magnitude=4.0, latitude=11.0))
    assert names(answers) == [names(others)[0]] * 2
    assert names(answers)[0].startswith("q20260301-") and len(names(answers)[0]) == 18


def test_another_agency_within_the_thresholds_is_the_same_earthquake():
    _, answers = fold(report(), emsc(seconds=15, latitude=10.5))
    assert names(answers)[0] == names(answers)[1]
    assert answers[1][0].reports == 2


@pytest.mark.parametrize(
    "far", [{"seconds": 17}, {"latitude": 11.0}, {"magnitude": 6.6}], ids=["in time", "in space", "in magnitude"]
)
def test_another_agency_beyond_a_threshold_is_another_earthquake(far):
    _, answers = fold(report(), emsc(**far))
    assert names(answers)[0] != names(answers)[1]


def test_small_earthquakes_need_to_be_closer():
    near = {"seconds": 10, "magnitude": 5.0}
    _, large = fold(report(), emsc(**near))
    _, small = fold(report(magnitude=2.0), emsc(**near | {"magnitude": 2.0}))
    assert len(set(names(large))) == 1 and len(set(names(small))) == 2


def test_the_antimeridian_and_the_pole_do_not_separate():
    _, answers = fold(report(longitude=179.9), emsc(longitude=-179.9))
    _, polar = fold(report(latitude=89.9, longitude=0.0), emsc(latitude=89.9, longitude=180.0))
    assert len(set(names(answers))) == 1 and len(set(names(polar))) == 1


def test_the_closest_of_several_is_taken():
    identities, _ = fold(report("us1"), report("us2", minutes=11, seconds=14))
    answer = identities.identify(emsc(minutes=12, seconds=13))
    assert answer[0].preferred.source_event_id == "us2"


def test_an_alias_merges_two_and_the_older_name_survives():
    far = report("nc1", network="nc", minutes=12, latitude=12.0)
    identities, answers = fold(report(), far, report("nc1", network="nc", minutes=20, aliases=("nc1", "us1")))
    winner, loser = answers[2]
    assert (winner.quake_id, winner.status, winner.revision) == (names(answers)[0], "active", 2)
    assert (loser.quake_id, loser.status, loser.superseded_by) == (names(answers)[1], "superseded", winner.quake_id)
    assert (winner.report_row is None, loser.report_row) == (False, None)
    assert names([identities.identify(report("nc1", network="nc", minutes=30, magnitude=5.1))]) == [winner.quake_id]


def test_a_solution_that_is_revised_into_another_earthquake_merges():
    _, answers = fold(report(), emsc(latitude=13.0), emsc(minutes=30, latitude=10.2))
    assert [(item.status, item.reports) for item in answers[2]] == [("active", 3), ("superseded", 2)]


def test_solutions_that_drift_apart_beyond_the_hysteresis_split():
    within = emsc(minutes=20, latitude=11.2)
    beyond = emsc(minutes=30, latitude=11.5)
    _, answers = fold(report(), emsc(), within, beyond)
    assert len(set(names(answers[:3]))) == 1
    assert {item.status for item in answers[3]} == {"active"} and len(answers[3]) == 2
    assert answers[3][0].report_row is not None and answers[3][0].preferred.source == "emsc"


def test_a_feed_that_lists_two_ids_splits_what_was_merged_wrongly():
    first, second = report("nc1", network="nc"), report("us1", minutes=11, seconds=4)
    _, answers = fold(first, second, report("nc1", network="nc", minutes=30, magnitude=5.2))
    assert names(answers)[0] == names(answers)[1]
    assert len(answers[2]) == 2 and {item.status for item in answers[2]} == {"active"}


def test_two_ids_of_one_network_are_two_earthquakes_until_one_is_dropped():
    identities, answers = fold(report("us1"), report("us2", minutes=11, seconds=4))
    assert names(answers)[0] != names(answers)[1]
    winner, loser = identities.identify(report("us1", minutes=30, kind="delete"))
    assert (winner.quake_id, loser.superseded_by) == (names(answers)[0], names(answers)[0])
    assert winner.preferred.source_event_id == "us2"


def test_a_wrong_merge_that_is_mended_gives_the_old_name_back():
    apart, together = report("nc1", network="nc", minutes=11, latitude=12.0), ("nc1", "us1")
    wrong = report("nc1", network="nc", minutes=20, latitude=12.0, aliases=together)
    mended = report("nc1", network="nc", minutes=30, latitude=12.0)
    _, answers = fold(report(), apart, wrong, mended)
    assert len(answers[3]) == 2
    woken = next(item for item in answers[3] if item.quake_id == names(answers)[1])
    assert (woken.status, woken.superseded_by, woken.revision) == ("active", None, 3)


def test_a_withdrawn_id_that_comes_back_unchanged_keeps_one_history():
    gone = report(minutes=30, kind="delete")
    _, answers = fold(report(), gone, report(minutes=60))
    assert [(a[0].revision, a[0].status) for a in answers] == [(1, "active"), (2, "withdrawn"), (3, "active")]
    assert [a[0].report_row.source_revision for a in answers] == [1, 2, 3]
    assert len(set(names(answers))) == 1


def test_a_withdrawn_earthquake_that_comes_back_under_another_id_keeps_its_name():
    _, answers = fold(report(), report(minutes=30, kind="delete"), report("us2", minutes=40, seconds=2))
    assert len(set(names(answers))) == 1 and answers[2][0].status == "active"


def test_one_agency_withdrawing_leaves_the_others_solution():
    _, answers = fold(report(), emsc(), report(minutes=30, kind="delete"))
    assert (answers[2][0].status, answers[2][0].preferred.source) == ("active", "emsc")


def test_the_deletion_of_what_was_never_seen_is_kept_as_withdrawn():
    _, answers = fold(report(kind="delete"))
    assert answers[0][0].status == "withdrawn" and answers[0][0].report_row.kind == "delete"


def test_reviewed_goes_before_automatic_and_the_regional_authority_before_all():
    _, answers = fold(report(), emsc(review_status="reviewed"), emsc(minutes=12, review_status="automatic"))
    assert [answer[0].preferred.source for answer in answers] == ["usgs", "emsc", "usgs"]
    california = {"latitude": 38.8, "longitude": -122.8}
    us = report("us1", review_status="reviewed", **california)
    nc = report("2026001", "emsc", "NC", minutes=12, **california)
    _, answers = fold(us, nc)
    assert answers[1][0].preferred.source == "emsc"


def test_a_null_magnitude_is_lent_by_the_next_best_solution():
    _, answers = fold(report(magnitude=None), emsc(magnitude=5.4, magnitude_type="mw"))
    assert (answers[0][0].preferred.magnitude, answers[1][0].preferred.magnitude) == (None, 5.4)
    assert (answers[1][0].preferred.source, answers[1][0].preferred.magnitude_type) == ("usgs", "mw")


def test_what_is_old_is_forgotten_large_earthquakes_later():
    identities, _ = fold(report("us1", magnitude=3.0), report("us2", latitude=40.0, minutes=11))
    identities.advance(ORIGIN + timedelta(days=53))
    assert len(identities.world.quakes) == 1
    identities.advance(ORIGIN + timedelta(days=408))
    assert len(identities.to_records()) == 1 and not identities.world.owner and not identities.world.index.buckets


def test_numbers_of_a_forgotten_earthquake_are_not_given_again():
    late = report("us1", minutes=60 * 24 * 60, magnitude=3.2)
    _, answers = fold(report("us1", magnitude=3.0), emsc(latitude=50.0), late)
    assert names(answers)[0] == names(answers)[2]
    assert (answers[2][0].revision, answers[2][0].report_row.source_revision) == (3, 3)


def test_a_report_without_a_stamp_is_refused():
    with pytest.raises(ValueError, match="us1 has no ingested_at"):
        Identities().identify(report(ingested_at=None))


def test_the_row_holds_the_report():
    event = report(depth_km=-1.5, nst=12)
    _, answers = fold(event)
    row = answers[0][0].report_row
    assert isinstance(row, EventReport) and report_of(row) == event
    assert (row.processed_sequence, row.content_hash) == (1, event.content_hash)


STREAM = st.lists(
    st.builds(
        report,
        name=st.sampled_from(["a", "b", "c"]),
        source=st.sampled_from(["usgs", "emsc"]),
        network=st.sampled_from(["us", "nc"]),
        seconds=st.sampled_from([0.0, 9.0, 20.0]),
        magnitude=st.sampled_from([None, 2.0, 5.0]),
        latitude=st.sampled_from([10.0, 10.5, 11.4]),
        kind=st.sampled_from(["create", "update", "delete"]),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(STREAM, st.integers(0, 12))
def test_the_same_reports_give_the_same_answers_with_a_restart_anywhere(events, stop):
    events = [
        replace(event, sequence=index, ingested_at=ORIGIN + timedelta(minutes=index))
        for index, event in enumerate(events)
    ]
    straight, answers = fold(*events)
    broken, first = fold(*events[:stop])
    resumed = Identities.from_records(json.loads(json.dumps(broken.to_records())))
    assert first + [resumed.identify(event) for event in events[stop:]] == answers
    assert resumed.to_records() == straight.to_records()
    rows = [item.report_row for answer in answers for item in answer if item.report_row is not None]
    assert len(rows) == sum(bool(answer) for answer in answers) == straight.processed_sequence
    assert Identities.rebuild(rows).to_records() == straight.to_records()
