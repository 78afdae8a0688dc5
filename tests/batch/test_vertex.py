"""Jobs for Vertex AI: Google's own client submits them over gRPC to a JobService of ours that keeps what it got."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from batch.vertex import METRIC, Place, submit_training, submit_tuning

pytestmark = pytest.mark.filterwarnings(
    # The generated client is built for newer protobuf and Python versions than are installed.
    "ignore::DeprecationWarning",
    "ignore::FutureWarning",
)

PLACE = Place(
    project="p",
    location="europe-west1",
    image="europe-docker.pkg.dev/p/quake/train@sha256:abc",
    service_account="trainer@p.iam.gserviceaccount.com",
    environment=(("QUAKE_STORAGE", "gs://bucket"),),
)
SERVICE = "google.cloud.aiplatform.v1.JobService"


@pytest.fixture(name="service", scope="module")
def _service() -> Iterator[tuple[Any, list[Any]]]:
    """A client of a server on loopback, and the requests that reached it."""
    grpc = pytest.importorskip("grpc")
    api = pytest.importorskip("google.cloud.aiplatform_v1", reason="needs google-cloud-aiplatform (apache-beam[gcp])")
    from google.cloud.aiplatform_v1.services.job_service.transports import JobServiceGrpcTransport

    requests: list[Any] = []

    def keep(request: Any, _context: Any) -> Any:
        requests.append(request)
        job = getattr(request, "custom_job", None) or getattr(request, "hyperparameter_tuning_job")
        job.name = f"{request.parent}/jobs/{len(requests)}"
        return job

    def handler(kind: Any, answer: Any) -> Any:
        return grpc.unary_unary_rpc_method_handler(keep, kind.deserialize, answer.serialize)

    methods = {
        "CreateCustomJob": handler(api.CreateCustomJobRequest, api.CustomJob),
        "CreateHyperparameterTuningJob": handler(api.CreateHyperparameterTuningJobRequest, api.HyperparameterTuningJob),
    }
    server = grpc.server(ThreadPoolExecutor(1))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield api.JobServiceClient(transport=JobServiceGrpcTransport(channel=channel)), requests
    server.stop(0).wait()


def test_training_is_the_same_command_in_the_container(service) -> None:
    client, requests = service
    assert submit_training(client, PLACE).startswith("projects/p/locations/europe-west1/jobs/")
    job = requests[-1].custom_job
    (pool,) = job.job_spec.worker_pool_specs
    assert (list(pool.container_spec.command), list(pool.container_spec.args)) == (["quake"], ["flows", "run", "chain"])
    assert pool.container_spec.image_uri == PLACE.image
    assert {item.name: item.value for item in pool.container_spec.env} == {
        "OMP_NUM_THREADS": "1",
        "QUAKE_STORAGE": "gs://bucket",
    }
    assert job.job_spec.service_account == PLACE.service_account


def test_tuning_searches_what_the_laptop_searches(service) -> None:
    from batch.tune import SPACE

    client, requests = service
    submit_tuning(client, PLACE, trials=8)
    job = requests[-1].hyperparameter_tuning_job
    assert (job.max_trial_count, job.parallel_trial_count) == (8, 2)
    assert [metric.metric_id for metric in job.study_spec.metrics] == [METRIC]
    found = {item.parameter_id: item.double_value_spec for item in job.study_spec.parameters}
    assert {name: (spec.min_value, spec.max_value) for name, spec in found.items()} == SPACE
    (pool,) = job.trial_job_spec.worker_pool_specs
    container = pool.container_spec
    assert [*container.command, *container.args] == ["python", "-m", "batch.vertex_trial"]


def test_more_parallel_trials_than_trials_are_refused(service) -> None:
    with pytest.raises(ValueError, match="parallel trials"):
        submit_tuning(service[0], PLACE, trials=2, parallel=3)
