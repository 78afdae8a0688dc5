"""The job that Dataflow would be asked for, up to its submission, and how its rows reach BigQuery."""

import importlib.util
import json
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import GoogleCloudOptions, PipelineOptions
from apache_beam.portability.api import beam_runner_api_pb2 as api
from apache_beam.runners.dataflow.internal import apiclient
from apache_beam.utils.subprocess_server import JavaJarServer
from google.cloud import dataflow
from google.protobuf.json_format import MessageToDict

from streaming.beam_io import WRITTEN
from streaming.beam_run import add_stream

ENGINE = {
    "bus": "pubsub://some-project?prefix=dev-",
    "warehouse": "bigquery://some-project/quake",
    "epoch": "e1",
    "model_version": "v1",
}
DATAFLOW = {
    "runner": "DataflowRunner",
    "project": "some-project",
    "region": "europe-west1",
    "job_name": "quakestream-engine",
    "staging_location": "gs://some-bucket/staging",
    "temp_location": "gs://some-bucket/temp",
    "machine_type": "n1-standard-2",
    "num_workers": "1",
    "max_num_workers": "3",
    "autoscaling_algorithm": "THROUGHPUT_BASED",
    "service_account_email": "engine@some-project.iam.gserviceaccount.com",
    "sdk_container_image": "europe-docker.pkg.dev/some-project/quake/stream:abc",
    "subnetwork": "regions/europe-west1/subnetworks/quake",
}
"""As Terraform's `google_dataflow_flex_template_job` asks for it."""
FLAGS = ["--streaming", "--no_use_public_ips", "--enable_streaming_engine", "--no_auth"]


def options(given: dict[str, str], *flags: str) -> PipelineOptions:
    return PipelineOptions([*(f"--{name}={value}" for name, value in given.items()), *flags])


@pytest.fixture
def submitted(monkeypatch, tmp_path):
    """The job's description and its graph, as they would have left for Google; three patches keep them here."""
    staged = {}

    def submit(_client, job):
        staged["job"] = MessageToDict(dataflow.Job.pb(job.proto))
        return dataflow.Job(id="j1", current_state=dataflow.JobState.JOB_STATE_PENDING)

    def stage(_client, _folder, name, stream, **_more):
        staged[name] = Path(stream).read_bytes() if isinstance(stream, str) else stream.read()

    monkeypatch.setattr(apiclient.DataflowApplicationClient, "submit_job_description", submit)
    monkeypatch.setattr(apiclient.DataflowApplicationClient, "stage_file_with_retry", stage)
    monkeypatch.setattr(GoogleCloudOptions, "_warn_if_soft_delete_policy_enabled", lambda *_: None)
    chosen = options(ENGINE | DATAFLOW | {"storage": f"file://{tmp_path}"}, *FLAGS)
    pipeline = beam.Pipeline(options=chosen)
    add_stream(pipeline, chosen)
    pipeline.run()
    return staged["job"], api.Pipeline.FromString(staged["pipeline.pb"])


def test_the_job_translation_has_machines_account_image_network_and_options(submitted):
    job, graph = submitted
    environment = job["environment"]
    (pool,) = environment["workerPools"]
    assert (job["name"], job["type"]) == ("quakestream-engine", "JOB_TYPE_STREAMING")
    assert (pool["machineType"], pool["numWorkers"]) == ("n1-standard-2", 1)
    assert pool["autoscalingSettings"] == {"algorithm": "AUTOSCALING_ALGORITHM_BASIC", "maxNumWorkers": 3}
    assert environment["serviceAccountEmail"] == DATAFLOW["service_account_email"]
    assert (pool["subnetwork"], pool["ipConfiguration"]) == (DATAFLOW["subnetwork"], "WORKER_IP_PRIVATE")
    images = {image["containerImage"] for image in pool["sdkHarnessContainerImages"]}
    assert images == {DATAFLOW["sdk_container_image"]} == {pool["workerHarnessContainerImage"]}
    told = environment["sdkPipelineOptions"]["options"]
    assert ENGINE.items() <= told.items() and told["streaming"] is True and told["enable_streaming_engine"] is True
    payloads = [api.DockerPayload.FromString(e.payload) for e in graph.components.environments.values()]
    assert {payload.container_image for payload in payloads} == images


def test_the_job_reads_with_an_id_and_a_time_and_keeps_state_under_text_keys(submitted):
    _, graph = submitted
    transforms = graph.components.transforms.values()
    (read,) = [t for t in transforms if t.spec.urn == "beam:transform:pubsub_read:v1"]
    payload = api.PubSubReadPayload.FromString(read.spec.payload)
    assert payload.subscription == "projects/some-project/subscriptions/dev-engine"
    assert (payload.id_attribute, payload.timestamp_attribute, payload.with_attributes) == ("id", "at", True)
    folds = [
        api.ParDoPayload.FromString(t.spec.payload)
        for t in transforms
        if t.spec.urn == "beam:transform:pardo:v1" and t.unique_name.rpartition("/ParDo(")[0].endswith("/Fold")
    ]
    assert [set(fold.state_specs) for fold in folds] == [{"token", "dump", "since"}] * 3


@pytest.fixture
def fake():
    """The module beside this one; tests are no package."""
    spec = importlib.util.spec_from_file_location("expansion", Path(__file__).with_name("expansion.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_storage_write_api_is_chosen_by_an_option_and_in_the_graph(fake, tmp_path):
    with fake.expansion_service() as (address, expansions):
        services = {fake.TARGET: address}
        given = ENGINE | {"storage": f"file://{tmp_path}", "bigquery_method": "storage_write_api"}
        chosen = options(given | {"beam_services": json.dumps(services)}, "--streaming")
        pipeline = beam.Pipeline(options=chosen)
        with JavaJarServer.beam_services(services):  # as `with beam.Pipeline` does, which would run it too
            add_stream(pipeline, chosen)
            graph = pipeline.to_runner_api()
    assert [asked.table for asked in expansions.asked] == [f"some-project:quake.{name}_rows" for name in WRITTEN]
    assert {(asked.create_disposition, asked.use_at_least_once_semantics) for asked in expansions.asked} == {
        ("CREATE_NEVER", True)
    }
    writes = [name for name in _names(graph) if name.endswith("bigquery_storage_write:v2")]
    assert len(writes) == len(WRITTEN)


def _names(graph) -> list[str]:
    return [transform.unique_name for transform in graph.components.transforms.values()]


def test_no_other_method_is_known(tmp_path):
    chosen = options(ENGINE | {"storage": f"file://{tmp_path}", "bigquery_method": "carrier pigeon"}, "--streaming")
    with pytest.raises(ValueError, match="known: insert, storage_write_api"):
        add_stream(beam.Pipeline(options=chosen), chosen)
