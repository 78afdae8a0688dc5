"""The function on topic `retrain` (functions-framework): starts the retraining job, one at a time.

Whether the new model is any better is decided by the promotion gate inside the job, never here.
"""

import base64
import binascii
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import functions_framework
import structlog
from cloudevents.http import CloudEvent

from quake.adapters.log import configure
from quake.adapters.run_jobs import CloudRunJob, Jobs
from quake.retraining import RetrainRequest, decode

FRESH = timedelta(days=1)
"""An older request is about data that has been looked at since."""

log = structlog.get_logger(__name__)


@functions_framework.cloud_event
def retrain(event: CloudEvent) -> None:
    """Entry point: one Pub/Sub message. What it raises makes Pub/Sub deliver the message again."""
    configure("trigger", as_json=True)
    answer(event.data, CloudRunJob(os.environ["RETRAIN_JOB"]), datetime.now(UTC))


def answer(data: Any, jobs: Jobs, now: datetime) -> str:
    """Starts the job for a fresh request unless it runs already; says what was done.

    A message that cannot be read is logged whole and settled: to deliver it again would not mend it.
    """
    try:
        request = request_of(data)
    except ValueError as error:
        log.error("message refused", reason=str(error), payload=repr(data)[:10_000])
        return "refused"
    if now - request.requested_at > FRESH:
        log.warning("retrain request too old", requested_at=request.requested_at.isoformat(), reason=request.reason)
        return "too old"
    if execution := jobs.running():
        log.info("already retraining", execution=execution, reason=request.reason)
        return "running"
    log.info("retraining started", execution=jobs.start(), reason=request.reason, requested_by=request.requested_by)
    return "started"


def request_of(data: Any) -> RetrainRequest:
    """The request inside the data of a Pub/Sub event. Raises ValueError saying what is wrong with it."""
    try:
        payload = base64.b64decode(data["message"]["data"], validate=True)
    except (KeyError, TypeError, binascii.Error) as error:
        raise ValueError(f"not the data of a Pub/Sub message: {error!r}") from error
    return decode(payload)
