"""Judges identity against the true numbers: counts that ought to be zero, and some that cannot be."""

from collections import Counter, defaultdict

from benchmarks.identity_judge_alerts import judge_audience, judge_life, judge_log
from benchmarks.identity_pipeline import Pipeline
from benchmarks.identity_stream import Step
from benchmarks.identity_truth import Known, close_pairs, listed_twice, reports_by_truth, scattered
from benchmarks.identity_verdict import Verdict
from quake.event import SeismicEvent
from quake.schema import Assessment


def judge(steps: list[Step], pipeline: Pipeline) -> Verdict:
    """The verdict on everything the pipeline put out for the steps."""
    said = reports_by_truth(steps)
    verdict = Verdict(events=len(said), reports=len(pipeline.reports))
    verdict.alerts.update(alert.message_type for alert in pipeline.alerts)
    homes = _homes(said, pipeline)
    clean = _classify(said, homes, pipeline, verdict)
    _judge_rows(said, pipeline, verdict)
    _judge_identity(said, clean, homes, verdict)
    judge_log(pipeline.alerts, verdict)
    judge_life(steps, clean, homes, pipeline, verdict)
    judge_audience(pipeline.alerts, verdict)
    return verdict


def _homes(said: dict[int, list[SeismicEvent]], pipeline: Pipeline) -> dict[int, set[str]]:
    """Every quake_id that reports of a true earthquake were ever given."""
    truth_of = {(event.source, event.source_event_id): truth for truth, events in said.items() for event in events}
    homes: dict[int, set[str]] = defaultdict(set)
    for row in pipeline.reports:
        homes[truth_of[row.source, row.source_event_id]].add(row.quake_id)
    return homes


def _classify(said: dict, homes: dict[int, set[str]], pipeline: Pipeline, verdict: Verdict) -> set[int]:
    """The earthquakes that zero applies to; the others are counted apart."""
    pairs = close_pairs(said)
    last = {row.quake_id: row for row in pipeline.assessments}
    final = {truth: {_final(last, name) for name in names} for truth, names in homes.items()}
    far = {truth for truth, events in said.items() if scattered(events)}
    twice = {truth for truth, events in said.items() if listed_twice(events)} - far
    verdict.close_pairs = len(pairs)
    verdict.close_pairs_merged = sum(not final[a].isdisjoint(final[b]) for a, b in pairs)
    verdict.scattered, verdict.scattered_split = len(far), sum(len(final[truth]) > 1 for truth in far)
    verdict.listed_twice, verdict.listed_twice_split = len(twice), sum(len(final[truth]) > 1 for truth in twice)
    clean = said.keys() - far - twice - {truth for pair in pairs for truth in pair}
    verdict.judged = len(clean)
    return clean


def _final(last: dict[str, Assessment], name: str) -> str:
    while last[name].status == "superseded":
        name = last[name].superseded_by
    return name


def _judge_rows(said: dict[int, list[SeismicEvent]], pipeline: Pipeline, verdict: Verdict) -> None:
    """Every report that says something new is stored once, numbered without gaps."""
    expected: Counter = Counter()
    for events in said.values():
        known = Known()
        for order, event in enumerate(events):
            expected[event.source, event.source_event_id] += known.hear(order, event)
    stored: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in pipeline.reports:
        stored[row.source, row.source_event_id].append(row.source_revision)
    for key, count in expected.items():
        if stored[key] != list(range(1, count + 1)):
            verdict.fault("report lost or repeated", (key, count, stored[key]))
    revisions: dict[str, list[int]] = defaultdict(list)
    for row in pipeline.assessments:
        revisions[row.quake_id].append(row.revision)
    for name, numbers in revisions.items():
        if numbers != list(range(1, len(numbers) + 1)):
            verdict.fault("revision lost or repeated", (name, numbers))


def _judge_identity(said: dict, clean: set[int], homes: dict[int, set[str]], verdict: Verdict) -> None:
    shared = Counter(name for names in homes.values() for name in names)
    for truth in clean:
        if len(homes[truth]) != 1:
            verdict.fault("wrong split", (truth, homes[truth], said[truth]))
        elif shared[next(iter(homes[truth]))] != 1:
            verdict.fault("wrong merge", (truth, homes[truth]))
