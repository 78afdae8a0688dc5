"""Training and tuning on Vertex AI: the same container as here, submitted by Google's own client.

Terraform has no resource for such jobs; service account and image come from the deployment's settings.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.cloud.aiplatform_v1 import JobServiceClient

METRIC = "gain"
"""What a trial reports (`batch.vertex_trial`): nats a forecast over the plain fit on the validation span."""
MACHINE = "n1-standard-4"


@dataclass(frozen=True, slots=True)
class Place:
    """Where jobs run and as whom."""

    project: str
    location: str
    image: str
    """Of the training container, with its digest."""
    service_account: str
    environment: tuple[tuple[str, str], ...] = ()
    """QUAKE_* variables of the container."""

    @property
    def parent(self) -> str:
        """The resource that jobs lie under."""
        return f"projects/{self.project}/locations/{self.location}"


def open_jobs(place: Place) -> "JobServiceClient":
    """The real service of the place's location, with the caller's own credentials."""
    from google.cloud.aiplatform_v1 import JobServiceClient

    return JobServiceClient(client_options={"api_endpoint": f"{place.location}-aiplatform.googleapis.com"})


def submit_training(
    client: "JobServiceClient", place: Place, arguments: tuple[str, ...] = ("flows", "run", "chain")
) -> str:
    """Starts `quake ARGUMENTS` as a custom job; the job's resource name."""
    spec = {"display_name": f"quake-{arguments[-1]}", "job_spec": _job_spec(place, ("quake", *arguments))}
    return client.create_custom_job(parent=place.parent, custom_job=spec).name


def submit_tuning(client: "JobServiceClient", place: Place, trials: int, parallel: int = 2) -> str:
    """Starts a hyperparameter-tuning job over `batch.tune.SPACE`, trials as containers; the job's resource name."""
    if not 0 < parallel <= trials:
        raise ValueError(f"parallel trials must be 1 to {trials}, got {parallel}")
    metric = {"metric_id": METRIC, "goal": "MAXIMIZE"}
    spec = {
        "display_name": "quake-tune",
        "max_trial_count": trials,
        "parallel_trial_count": parallel,
        "study_spec": {"metrics": [metric], "parameters": _parameters()},
        "trial_job_spec": _job_spec(place, ("python", "-m", "batch.vertex_trial")),
    }
    return client.create_hyperparameter_tuning_job(parent=place.parent, hyperparameter_tuning_job=spec).name


def _job_spec(place: Place, command: tuple[str, ...]) -> dict[str, Any]:
    variables = [{"name": name, "value": value} for name, value in (("OMP_NUM_THREADS", "1"), *place.environment)]
    container = {"image_uri": place.image, "command": [command[0]], "args": list(command[1:]), "env": variables}
    pool = {"machine_spec": {"machine_type": MACHINE}, "replica_count": 1, "container_spec": container}
    return {"worker_pool_specs": [pool], "service_account": place.service_account}


def _parameters() -> list[dict[str, Any]]:
    from batch.tune import SPACE

    return [
        {"parameter_id": name, "double_value_spec": {"min_value": low, "max_value": high}}
        for name, (low, high) in SPACE.items()
    ]
