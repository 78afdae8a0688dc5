"""The pipeline's graph, its dead letters, and the steps' states."""

from collections import Counter
from contextlib import closing
from dataclasses import replace

import apache_beam as beam
import apache_beam.testing.test_stream as testing
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.direct.direct_runner import BundleBasedDirectRunner
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.transforms.window import TimestampedValue

from benchmarks.beam_parity import by_engine, canonical
from benchmarks.beam_world import SETTING, adversarial_log, begin, plain_impact
from quake.adapters.bus import open_bus
from quake.adapters.storage import open_storage
from quake.adapters.warehouse import open_warehouse
from quake.event import encode, encode_reject
from quake.world import no_history
from streaming.backfill import write_messages
from streaming.beam_io import ToBus, ToWarehouse, from_parquet, from_pubsub
from streaming.dofns import Incoming
from streaming.engine import State
from streaming.pipeline import STEPS, Sinks, build
from streaming.records import fields_of, to_bytes
from streaming.step_alert import AlertStep
from streaming.step_region import RegionStep
from streaming.steps import Beginning, IdentifyStep


def poisoned(event):
    """An impact that cannot be computed for some."""
    if event.place == "poison":
        raise ZeroDivisionError("no such shaking")
    return plain_impact(event)


def run(incoming: list[Incoming], tmp_path, beginning=begin) -> str:
    """The bounded pipeline into a store, alerts to its bus; returns the store's address."""
    url = f"sqlite:///{tmp_path / 'quake.db'}"
    with closing(open_bus(url)) as bus:
        bus.subscribe("alerts", "hub")
    with beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([])) as pipeline:
        build(pipeline, beam.Create(incoming), Sinks(ToWarehouse(url), ToBus(url)), beginning, bounded=True)
    return url


def test_what_cannot_be_read_or_computed_is_a_dead_letter_and_the_rest_goes_on(report, tmp_path):
    large = {"magnitude": 7.8}
    messages = [
        (encode(report(0, **large)), {}),
        (b"\xff\xfe not json", {"source": "usgs", "received_at": "2023-02-06T00:00:00+00:00"}),
        (encode_reject('{"mag": "big"}'), {"type": "dead", "source": "emsc", "reason": "mag is no number"}),
        (encode(report(1, place="poison", latitude=1.0, **large)), {}),
        (encode(replace(report(2), ingested_at=None)), {}),
        (encode(report(3, place="\ud800")), {}),
        (encode(report(4, latitude=10.0, **large)), {}),
    ]
    incoming = [Incoming(position, *message) for position, message in enumerate(messages, start=1)]
    poison = Beginning(
        replace(SETTING, impact_of=poisoned), no_history(), State.empty(SETTING.model, no_history(), "e")
    )
    with closing(open_warehouse(run(incoming, tmp_path, lambda: poison))) as warehouse:
        letters = warehouse.query("SELECT source, reason FROM dead_letters ORDER BY reason").to_pylist()
        alerts = warehouse.query("SELECT seq FROM alerts ORDER BY seq")["seq"].to_pylist()
        stored = warehouse.query("SELECT processed_sequence AS n FROM event_reports ORDER BY n")["n"].to_pylist()
        assert warehouse.query("SELECT quake_id FROM assessments").num_rows == 2
    wanted = (
        "UnicodeDecodeError",
        "has no ingested_at",
        "mag is no number",
        "no such shaking",
        "surrogates not allowed",
    )
    reasons = [letter["reason"] for letter in letters]
    assert len(reasons) == len(wanted)
    assert all(any(part in reason for reason in reasons) for part in wanted), reasons
    assert (alerts, stored) == ([1, 2], [1, 2, 3])


def test_every_alert_is_published_in_order_with_its_attributes(report, tmp_path):
    events = [report(number, magnitude=7.8, latitude=number * 10.0) for number in range(5)]
    url = run([Incoming(number, encode(event), {}) for number, event in enumerate(events, start=1)], tmp_path)
    with closing(open_bus(url)) as bus:
        received = bus.pull("hub", 100)
    assert [message.attributes["seq"] for message in received] == ["1", "2", "3", "4", "5"]


def test_what_comes_days_late_is_taken_as_the_worker_takes_it(report, tmp_path):
    """Behind Beam's watermark by a day to a month: nothing is windowed, so nothing is dropped."""
    messages = [report(number, magnitude=6.0 + number % 2, latitude=number * 9.0) for number in range(6)]
    stream = testing.TestStream()
    for number, message in enumerate(messages):
        at = message.ingested_at.timestamp()
        late = TimestampedValue(Incoming(0, encode(message), {}), at - 86400 * (1, 3, 30)[number % 3])
        stream = stream.advance_watermark_to(int(at)).add_elements([late])
    url, worker = (f"sqlite:///{tmp_path / name}.db" for name in ("beam", "worker"))
    by_engine(messages, worker)
    options = PipelineOptions(["--streaming"])
    with beam.Pipeline(runner=BundleBasedDirectRunner(), options=options) as pipeline:
        build(pipeline, stream.advance_watermark_to_infinity(), Sinks(ToWarehouse(url), None), begin, bounded=False)
    assert canonical(url) == canonical(worker)


def test_metrics_count_rows_and_measure_age_and_latency(report, tmp_path):
    """Of three reports three minutes after their origin, in regions that do not hear of each other, one opens an alert."""
    events = [report(number, magnitude=3.0 + 4.8 * (number == 0), latitude=number * 40.0) for number in range(3)]
    incoming = [Incoming(number, encode(event), {}) for number, event in enumerate(events, start=1)]
    incoming.append(Incoming(4, b"not json", {}))
    pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([]))
    url = f"sqlite:///{tmp_path / 'quake.db'}"
    build(pipeline, beam.Create(incoming), Sinks(ToWarehouse(url), ToBus(url)), begin, bounded=True)
    found = pipeline.run().metrics().query()
    counted = Counter(
        {item.key.metric.name: item.result for item in found["counters"] if item.key.metric.namespace == "quake"}
    )
    assert counted["assessments"] == counted["event_reports"] == 3
    assert counted["alerts"] == counted["dead_letters"] == 1 and counted["rows_written"] == 8
    measured = {
        item.key.metric.name: item.result for item in found["distributions"] if item.key.metric.namespace == "quake"
    }
    assert (measured["event_age_s"].count, measured["event_age_s"].mean) == (3, 180)
    assert measured["alert_latency_ms"].count == 1 and measured["alert_latency_ms"].min > 0
    models = [item.result for item in found["string_sets"] if item.key.metric.name == "model_versions"]
    assert models and set().union(*(item.string_set if hasattr(item, "string_set") else item for item in models)) == {
        "plain"
    }


def test_only_pubsub_can_be_read_by_beam():
    with pytest.raises(ValueError, match="quake score"):
        from_pubsub("sqlite:////quake.db")


@pytest.mark.parametrize("bounded", [False, True])
def test_steps_keep_their_names(bounded, tmp_path):
    """A job can be updated in place only while the names of its steps stay."""
    pipeline = beam.Pipeline(options=PipelineOptions([]))
    sinks = Sinks(ToWarehouse("bigquery://project/dataset"), ToBus("pubsub://project"))
    write_messages(open_storage(f"file://{tmp_path}"), "messages.parquet", [])
    source = from_parquet(f"{tmp_path}/messages.parquet") if bounded else from_pubsub("pubsub://project")
    build(pipeline, source, sinks, begin, bounded)
    names = {transform.unique_name for transform in pipeline.to_runner_api().components.transforms.values()}
    assert set(STEPS) | {"Identify/Fold", "Assess/Fold", "Alert/Fold"} <= {
        name.rpartition("/ParDo(")[0] or name for name in names
    }


@pytest.fixture(scope="module")
def payloads():
    """What each step takes of an adversarial log: (step, key, payloads)."""
    identify, changes, decided = IdentifyStep("world", begin()), [], []
    taken = [encode(message) for message in adversarial_log(4, 250)]
    for payload in taken:
        output = identify.take(payload)
        changes += output.changes
        decided += output.decided
    for change in changes:
        if change.resolution is not None:
            change.impact = fields_of(plain_impact(change.resolution.preferred))
    (region, _), *_ = Counter(region for change in changes for region in change.hearing).most_common(1)
    heard = [to_bytes(change) for change in changes if region in change.hearing]
    for sharing in {name for change in changes for name in change.numbers}:
        step = RegionStep(sharing, begin())
        decided += [d for c in changes if sharing in c.hearing for d in step.take(to_bytes(c)).decided]
    ordered = [to_bytes(item) for item in sorted(decided, key=lambda item: item.number)]
    return {
        "identify": (IdentifyStep, "world", taken),
        "assess": (RegionStep, region, heard),
        "alert": (AlertStep, "alerts", ordered),
    }


@pytest.mark.parametrize("name", ["identify", "assess", "alert"])
def test_a_step_goes_on_from_its_dump(payloads, name):
    kind, key, taken = payloads[name]
    whole = kind(key, begin())
    expected = [whole.take(payload) for payload in taken]
    assert sum(len(output.rows) + len(output.decided) for output in expected) > 3
    step, found = kind(key, begin()), []
    for number, payload in enumerate(taken):
        if number % (len(taken) // 3 or 1) == 0:
            dumped, step = step.dump(), kind(key, begin())
            step.load(dumped)
        found.append(step.take(payload))
    assert found == expected
