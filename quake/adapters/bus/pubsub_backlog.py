"""How many messages wait in a Pub/Sub subscription: only Cloud Monitoring knows."""

from datetime import UTC, datetime, timedelta
from typing import Any

METRIC = "pubsub.googleapis.com/subscription/num_undelivered_messages"
WINDOW = timedelta(minutes=10)


def undelivered(project: str, subscription: str, session: Any = None, now: datetime | None = None) -> int:
    """The newest count that Cloud Monitoring has, 0 when it has none: for a subscription that nobody used lately.

    `session` gets URLs as `requests.Session` does; default: one with this process's Google credentials.
    """
    end = now or datetime.now(UTC)
    parameters = {
        "filter": f'metric.type="{METRIC}" AND resource.labels.subscription_id="{subscription}"',
        "interval.startTime": (end - WINDOW).isoformat(),
        "interval.endTime": end.isoformat(),
    }
    url = f"https://monitoring.googleapis.com/v3/projects/{project}/timeSeries"
    answer = (session or _session()).get(url, params=parameters, timeout=10)
    answer.raise_for_status()
    points = [point for series in answer.json().get("timeSeries", []) for point in series["points"]]
    return int(points[0]["value"]["int64Value"]) if points else 0


def _session() -> Any:
    import google.auth
    from google.auth.transport.requests import AuthorizedSession

    credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/monitoring.read"])
    return AuthorizedSession(credentials)
