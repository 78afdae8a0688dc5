"""Starts a Cloud Run job over its REST API: what the retrain function needs of Google Cloud, and no more."""

from typing import Any, Protocol

ENDPOINT = "https://run.googleapis.com"
TIMEOUT_S = 20.0


class Jobs(Protocol):
    """A job that runs once at a time."""

    def running(self) -> str | None:
        """The execution that has not ended yet, if there is one."""

    def start(self) -> str:
        """Starts an execution and returns its name."""


class CloudRunJob:
    """The job `projects/P/locations/L/jobs/J`. Calls raise `requests.RequestException` when Google says no."""

    def __init__(self, job: str, session: Any | None = None, endpoint: str = ENDPOINT) -> None:
        """`session` is a requests session that proves who we are; without one, the function's own account does."""
        if job.split("/")[::2] != ["projects", "locations", "jobs"]:
            raise ValueError(f"no job {job!r}; it has to read projects/P/locations/L/jobs/J")
        self._url = f"{endpoint}/v2/{job}"
        self._session = session or _session()

    def running(self) -> str | None:
        """The newest execution without completion time."""
        found = self._answer("GET", f"{self._url}/executions?pageSize=20").get("executions", [])
        return next((execution["name"] for execution in found if "completionTime" not in execution), None)

    def start(self) -> str:
        """Starts an execution; returns the name of the operation that watches it."""
        return str(self._answer("POST", f"{self._url}:run").get("name", ""))

    def _answer(self, method: str, url: str) -> dict[str, Any]:
        response = self._session.request(method, url, json={} if method == "POST" else None, timeout=TIMEOUT_S)
        response.raise_for_status()
        return dict(response.json())


def _session() -> Any:
    from google.auth import default
    from google.auth.transport.requests import AuthorizedSession

    credentials, _ = default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    return AuthorizedSession(credentials)
