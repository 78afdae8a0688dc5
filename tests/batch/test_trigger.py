"""The function that starts a retraining: one alarm, one job run; nonsense is refused, a refused job is retried."""

import base64
import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

import batch.trigger as module
from batch.trigger import alarm_of, retrain_on_drift, start

JOB = "projects/p/locations/l/jobs/retrain"
ALARM = {"region": "r12", "statistic": "magnitude", "value": 5.1}


def message(content: object) -> dict:
    """As Eventarc hands a Pub/Sub message over (google.cloud.pubsub.topic.v1.messagePublished)."""
    return {"message": {"data": base64.b64encode(json.dumps(content).encode()).decode(), "messageId": "1"}}


def test_an_alarm_starts_the_job_once(monkeypatch, capsys) -> None:
    posted: list[str] = []
    monkeypatch.setenv("QUAKE_RETRAIN_JOB", JOB)
    monkeypatch.setattr(module, "_post", lambda url: posted.append(url) or 200)
    assert retrain_on_drift(SimpleNamespace(data=message(ALARM))) == JOB
    assert posted == [f"https://run.googleapis.com/v2/{JOB}:run"]
    assert json.loads(capsys.readouterr().out)["statistic"] == "magnitude"


@pytest.mark.parametrize(
    "data", [{}, {"message": {}}, {"message": {"data": "%%%"}}, message([1]), message({"a": 1}), None]
)
def test_what_is_no_alarm_is_refused(data) -> None:
    with pytest.raises(ValueError, match="not a"):
        alarm_of(data)


def test_a_job_that_does_not_start_is_an_error_so_that_the_message_returns() -> None:
    with pytest.raises(RuntimeError, match="HTTP 503"):
        start(ALARM, JOB, lambda _: 503)


def test_a_missing_job_name_says_what_it_looks_like() -> None:
    with pytest.raises(ValueError, match="QUAKE_RETRAIN_JOB"):
        start(ALARM, "", lambda _: 200)


def test_nothing_of_the_service_is_imported() -> None:
    program = "import sys, batch.trigger; print([n for n in sys.modules if n.startswith(('quake', 'numpy', 'google.auth', 'google.api'))])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
