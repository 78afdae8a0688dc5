"""Adversarial streams against identity and alert life, judged by true numbers that the code under test never sees.

The long form, 10,000 earthquakes, is `python -m benchmarks.identity_adversarial`; here are fewer, and a state machine.
"""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from alerts.audience import Audience
from benchmarks.identity_adversarial import verdict_on
from benchmarks.identity_judge import judge
from benchmarks.identity_judge_alerts import FILTERS
from benchmarks.identity_pipeline import Pipeline
from benchmarks.identity_stream import START, adversarial_stream, simulated_stream
from quake.event import SeismicEvent, Tick, stamped
from quake.identity import Identities

EVENTS = 1500


@pytest.fixture(scope="module")
def verdict_pipeline_steps():
    rng = np.random.default_rng(2)
    steps = adversarial_stream(rng, EVENTS, days=4.0)
    return *verdict_on(steps, rng), steps


def test_adversarial_stream_has_no_fault_with_twenty_restarts(verdict_pipeline_steps):
    verdict, _, _ = verdict_pipeline_steps
    assert not verdict.faults, verdict.examples
    assert verdict.events == EVENTS
    assert verdict.judged > 0.9 * EVENTS


def test_adversarial_judge_finds_no_fault_with_the_simulators_stream():
    rng = np.random.default_rng(3)
    verdict, pipeline = verdict_on(simulated_stream(rng, days=2.0), rng)
    assert not verdict.faults, verdict.examples
    assert verdict.judged > 100 and pipeline.alerts


def test_adversarial_stream_exercises_every_kind_of_message(verdict_pipeline_steps):
    verdict, _, _ = verdict_pipeline_steps
    assert all(verdict.alerts[kind] > 5 for kind in ("ALERT", "UPDATE", "CANCEL", "EXPIRED"))
    assert verdict.close_pairs > 10 and verdict.scattered > 3 and verdict.listed_twice > 2


def test_adversarial_state_rebuilt_from_the_rows_is_the_state(verdict_pipeline_steps):
    _, pipeline, steps = verdict_pipeline_steps
    rebuilt = Identities.rebuild(reversed(pipeline.reports))
    rebuilt.advance(steps[-1].message.at)
    assert rebuilt.to_records() == pipeline.identities.to_records()


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda alerts: alerts[:40] + alerts[41:], "wrong number or references"),
        (lambda alerts: [replace(alert, references=()) for alert in alerts], "wrong number or references"),
        (lambda alerts: [alert for alert in alerts if alert.message_type != "CANCEL"], "never ended"),
        (lambda alerts: [replace(alert, magnitude=9.0) for alert in alerts], "says another magnitude"),
        (lambda alerts: alerts[:5], "lost alert"),
    ],
)
def test_adversarial_judge_sees_what_is_wrong(verdict_pipeline_steps, spoil, fault):
    _, pipeline, steps = verdict_pipeline_steps
    spoilt = replace(pipeline, alerts=spoil(pipeline.alerts))
    assert judge(steps, spoilt).faults[fault] > 0


class IdentityMachine(RuleBasedStateMachine):
    """Few ids, few places, any order: reports, revisions, withdrawals, aliases, ticks, restarts, redelivery."""

    def __init__(self):
        super().__init__()
        self.pipeline = Pipeline()
        self.sequence = 0
        self.at = START
        self.messages = []
        self.last = {}

    def deliver(self, event):
        self.sequence += 1
        message = stamped(event, self.sequence, self.at)
        self.messages.append(message)
        self.last[event.source, event.source_event_id] = event
        rows = len(self.pipeline.reports)
        self.pipeline.process(message)
        assert len(self.pipeline.reports) - rows in (0, 1)

    @rule(
        feed=st.sampled_from(["usgs", "emsc"]),
        number=st.integers(1, 4),
        seconds=st.sampled_from([0, 5, 12, 20, 30]),
        north=st.sampled_from([0.0, 0.2, 0.6, 1.1]),
        east=st.sampled_from([179.9, -179.9]),
        magnitude=st.sampled_from([None, 4.0, 5.5, 6.2, 7.1]),
        reviewed=st.booleans(),
        network=st.sampled_from(["us", "nc"]),
        alias=st.integers(1, 4),
    )
    def report(self, feed, number, seconds, north, east, magnitude, reviewed, network, alias):
        self.deliver(
            SeismicEvent(
                source=feed,
                source_event_id=str(number),
                origin_time=START + timedelta(seconds=seconds),
                updated_at=START,
                latitude=north,
                longitude=east,
                magnitude=magnitude,
                review_status="reviewed" if reviewed else "automatic",
                network=network,
                aliases=(str(number), str(alias)) if alias < number else (str(number),),
            )
        )

    @rule(data=st.data(), kind=st.sampled_from(["delete", "update"]))
    def withdraw_or_return(self, data, kind):
        if self.last:
            key = data.draw(st.sampled_from(sorted(self.last)))
            self.deliver(replace(self.last[key], kind=kind))

    @rule(minutes=st.sampled_from([1, 61, 2 * 1440, 8 * 1440]))
    def wait(self, minutes):
        self.at += timedelta(minutes=minutes)
        self.sequence += 1
        self.pipeline.process(Tick(sequence=self.sequence, at=self.at))

    @rule(back=st.integers(0, 10))
    def restart(self, back):
        before = len(self.pipeline.alerts), self.pipeline.identities.to_records()
        self.pipeline = self.pipeline.restarted()
        for message in self.messages[len(self.messages) - back :]:
            self.pipeline.process(message)
        assert (len(self.pipeline.alerts), self.pipeline.identities.to_records()) == before

    @invariant()
    def ids_places_and_names_agree(self):
        world = self.pipeline.identities.world
        ids = {key: name for name, quake in world.quakes.items() for key in quake.ids}
        assert ids == world.owner
        for name, quake in world.quakes.items():
            assert quake.solutions.keys() <= quake.ids
            if quake.status == "superseded":
                assert not quake.solutions and quake.superseded_by in world.quakes
            else:
                assert name in set(world.index.near(quake.preferred))
                assert (quake.status == "active") == any(item.listed for item in quake.solutions.values())

    @invariant()
    def every_warranted_earthquake_is_in_an_open_chain(self):
        last = {row.quake_id: row for row in self.pipeline.assessments}
        for name, row in last.items():
            fresh = row.assessed_at - row.origin_time < timedelta(days=3) and self.at - row.origin_time < timedelta(
                days=7
            )
            if fresh and row.alert_level in ("yellow", "orange", "red"):
                assert self.pipeline.chains[name].open
            elif row.status != "active" and name in self.pipeline.chains:
                assert not self.pipeline.chains[name].open

    def teardown(self):
        rebuilt = Identities.rebuild(self.pipeline.reports)
        for identities in (rebuilt, self.pipeline.identities):
            identities.advance(self.at)
        assert rebuilt.to_records() == self.pipeline.identities.to_records()
        self.revisions_and_endings()

    def revisions_and_endings(self):
        rows = self.pipeline.assessments
        for name in {row.quake_id for row in rows}:
            numbers = [row.revision for row in rows if row.quake_id == name]
            assert numbers == sorted(set(numbers))
        for wanted in FILTERS:
            subscriber, told = Audience(wanted), set()
            for alert in self.pipeline.alerts:
                got = subscriber.offer(alert)
                if alert.message_type in ("CANCEL", "EXPIRED"):
                    assert got == (alert.quake_id in told)
                    told.discard(alert.quake_id)
                elif got:
                    told.add(alert.quake_id)


IdentityMachine.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
TestAdversarialMachine = IdentityMachine.TestCase
