"""The Google Cloud function that starts a retraining: a CloudEvent of a drift alarm becomes a run of the Cloud Run job.

Deployed alone, with google-auth and requests beside it: nothing of the service is imported here.
"""

import base64
import json
import os
from collections.abc import Callable, Mapping
from typing import Any, Protocol

Post = Callable[[str], int]
"""POSTs to a URL and gives the status code."""


class CloudEvent(Protocol):
    """What functions-framework hands over."""

    data: Any


def retrain_on_drift(event: CloudEvent) -> str:
    """Entry point: starts the job that QUAKE_RETRAIN_JOB names, `projects/P/locations/L/jobs/J`, for one alarm."""
    return start(alarm_of(event.data), os.environ.get("QUAKE_RETRAIN_JOB", ""), _post)


def alarm_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """The alarm in a Pub/Sub message. Raises ValueError for anything that is no alarm."""
    try:
        alarm = json.loads(base64.b64decode(data["message"]["data"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a Pub/Sub message with JSON: {error!r}") from error
    missing = {"region", "statistic"} - set(alarm if isinstance(alarm, dict) else ())
    if missing:
        raise ValueError(f"not a drift alarm: lacks {sorted(missing)}")
    return alarm


def start(alarm: Mapping[str, Any], job: str, post: Post) -> str:
    """Runs the job once; the gate in it decides. Raises RuntimeError if it does not start, so that Pub/Sub retries."""
    if not job:
        raise ValueError("QUAKE_RETRAIN_JOB must name the job: projects/PROJECT/locations/LOCATION/jobs/JOB")
    status = post(f"https://run.googleapis.com/v2/{job}:run")
    told = {
        "severity": "INFO",
        "event": "retraining started",
        "region": alarm["region"],
        "statistic": alarm["statistic"],
    }
    if status >= 400:
        raise RuntimeError(f"{job} did not start: HTTP {status}")
    print(json.dumps(told))
    return job


def _post(url: str) -> int:
    import google.auth
    from google.auth.transport.requests import AuthorizedSession

    credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    return int(AuthorizedSession(credentials).post(url, json={}, timeout=30).status_code)
