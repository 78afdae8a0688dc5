"""The retrain function: real Pub/Sub bodies through functions-framework, and Cloud Run's REST API on loopback."""

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import requests

from batch import retrain_function
from batch.retrain_function import answer, request_of
from quake.adapters.run_jobs import CloudRunJob
from quake.retraining import RetrainRequest, decode, encode

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
REQUEST = RetrainRequest(reason="drift of mc in japan", requested_at=NOW, requested_by="quake drift")
JOB = "projects/p/locations/europe-west1/jobs/quake-dev-retrain"


def message(payload: bytes) -> dict:
    """What Pub/Sub sends: https://cloud.google.com/pubsub/docs/push#receive_push"""
    return {
        "message": {
            "attributes": {},
            "data": base64.b64encode(payload).decode(),
            "messageId": "2070443601311540",
            "message_id": "2070443601311540",
            "publishTime": "2026-03-04T05:06:00.123Z",
            "publish_time": "2026-03-04T05:06:00.123Z",
        },
        "subscription": "projects/p/subscriptions/eventarc-europe-west1-quake-dev-retrain-sub-123",
    }


class FakeJobs:
    """A job in memory."""

    def __init__(self, running: str | None = None):
        self.execution, self.started = running, 0

    def running(self):
        return self.execution

    def start(self):
        self.started += 1
        self.execution = f"execution-{self.started}"
        return self.execution


def test_a_request_starts_the_job_once():
    jobs = FakeJobs()
    assert answer(message(encode(REQUEST)), jobs, NOW) == "started"
    assert answer(message(encode(REQUEST)), jobs, NOW) == "running", "Pub/Sub delivers at least once"
    assert jobs.started == 1


def test_a_request_of_last_week_is_not_answered():
    jobs = FakeJobs()
    assert answer(message(encode(REQUEST)), jobs, NOW + timedelta(days=7)) == "too old"
    assert jobs.started == 0


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, "Pub/Sub message"),
        ({"message": {}}, "data"),
        ({"message": {"data": "not base64!"}}, "Pub/Sub message"),
        (message(b"\xff"), "not JSON"),
        (message(b"[]"), "exactly the texts"),
        (message(b'{"reason": "x", "requested_at": 5, "requested_by": "y"}'), "exactly the texts"),
        (message(b'{"reason": "x", "requested_at": "2026-01-01T00:00:00", "requested_by": "y"}'), "aware UTC"),
        (message(b'{"reason": "x", "requested_at": "soon", "requested_by": "y"}'), "soon"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason_and_settled(data, reason):
    with pytest.raises(ValueError, match=reason):
        request_of(data)
    jobs = FakeJobs()
    assert answer(data, jobs, NOW) == "refused"
    assert jobs.started == 0


def test_a_request_survives_the_bus():
    assert decode(encode(REQUEST)) == REQUEST


@pytest.fixture
def cloud_run():
    """Cloud Run's REST API on loopback: `executions` is what it lists, `calls` what it was asked."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _CloudRun)
    server.calls, server.executions, server.status = [], [], 200
    thread = Thread(target=partial(server.serve_forever, 0.02), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


class _CloudRun(BaseHTTPRequestHandler):
    def do_GET(self):  # pylint: disable=invalid-name  # http.server's name
        self._reply({"executions": self.server.executions} if self.server.executions else {})

    def do_POST(self):  # pylint: disable=invalid-name  # http.server's name
        self.rfile.read(int(self.headers["Content-Length"]))
        self._reply({"name": f"{JOB}/operations/1"})

    def _reply(self, content):
        self.server.calls.append(f"{self.command} {self.path}")
        body = json.dumps(content).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):  # pylint: disable=arguments-differ  # quiet
        return None


def job_at(server, session):
    return CloudRunJob(JOB, session, f"http://127.0.0.1:{server.server_port}")


@pytest.mark.parametrize("shape", ["binary", "structured", "push"])
def test_the_function_takes_pubsubs_bodies_under_functions_framework(shape, cloud_run, monkeypatch, tmp_path):
    from functions_framework import create_app

    now = RetrainRequest(reason="drift", requested_at=datetime.now(UTC), requested_by="test")
    monkeypatch.setenv("RETRAIN_JOB", JOB)
    with requests.Session() as session:
        monkeypatch.setattr(retrain_function, "CloudRunJob", lambda job: job_at(cloud_run, session))
        main = tmp_path / "main.py"
        main.write_text("from batch.retrain_function import retrain\n")  # as terraform/deploy/function.sh makes it
        client = create_app("retrain", str(main), "cloudevent").test_client()
        response = client.post("/", **body(shape, message(encode(now))))
    assert response.status_code == 200, response.text
    assert cloud_run.calls[-1] == f"POST /v2/{JOB}:run"


def body(shape: str, data: dict) -> dict:
    """The request that delivers `data`: CloudEvents in both content modes, and Pub/Sub's own push body."""
    event = {
        "specversion": "1.0",
        "type": "google.cloud.pubsub.topic.v1.messagePublished",
        "source": "//pubsub.googleapis.com/projects/p/topics/quake-dev-retrain",
        "id": "2070443601311540",
        "time": "2026-03-04T05:06:00.123Z",
        "datacontenttype": "application/json",
    }
    if shape == "structured":
        return {
            "data": json.dumps(event | {"data": data}),
            "headers": {"Content-Type": "application/cloudevents+json"},
        }
    headers = {f"ce-{name}": value for name, value in event.items() if name != "datacontenttype"}
    return {"json": data, "headers": headers if shape == "binary" else {}}


def test_cloud_run_is_asked_before_it_is_told(cloud_run):
    with requests.Session() as session:
        job = job_at(cloud_run, session)
        assert answer(message(encode(REQUEST)), job, NOW) == "started"
        cloud_run.executions = [
            {"name": f"{JOB}/executions/b"},
            {"name": f"{JOB}/executions/a", "completionTime": "2026-03-04T04:00:00Z"},
        ]
        assert job.running() == f"{JOB}/executions/b"
        assert answer(message(encode(REQUEST)), job, NOW) == "running"
    listing = f"GET /v2/{JOB}/executions?pageSize=20"
    assert cloud_run.calls == [listing, f"POST /v2/{JOB}:run", listing, listing]


def test_a_refusal_of_cloud_run_makes_pubsub_try_again(cloud_run):
    cloud_run.status = 403
    with requests.Session() as session, pytest.raises(requests.HTTPError):
        answer(message(encode(REQUEST)), job_at(cloud_run, session), NOW)


@pytest.mark.parametrize("job", ["quake-dev-retrain", "projects/p/jobs/j", ""])
def test_a_job_is_named_in_full(job):
    with pytest.raises(ValueError, match="projects/P/locations/L/jobs/J"):
        CloudRunJob(job, object())
