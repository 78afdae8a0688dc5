"""Every number that is watched, once: code, runbooks and Terraform's alert policies read this table.

A row reaches Google Cloud in one of three ways: Google measures it itself (`google`), it is read off our JSON log lines
(`event` and `field`), or Prometheus scrapes it from the API's `/metrics` (neither).
"""

from dataclasses import dataclass

MEASURED = "measured"
"""The log event that carries one figure of a flow: `log.info(MEASURED, **measured(name, value))`."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One number: `kind` is gauge, counter or histogram; `emitted` is the module, or the product, that counts."""

    name: str
    kind: str
    unit: str
    meaning: str
    emitted: str
    event: str = ""
    field: str = ""
    google: str = ""


_PUBSUB, _RUN = "pubsub.googleapis.com/", "run.googleapis.com/"
_API, _WORKER, _SCORES, _DRIFT = "serving.metrics", "streaming.worker", "batch scores", "batch drift"
_TRACKING, _ALIAS = "quake.adapters.registry.tracking", "quake.adapters.registry.alias"

_ROWS = (
    Metric("quake_requests", "counter", "1", "HTTP requests by route and status", _API),
    Metric("quake_request_seconds", "histogram", "s", "Time to answer", _API),
    Metric("quake_refused", "counter", "1", "Requests refused, by reason", _API),
    Metric("quake_subscribers", "gauge", "1", "Open alert streams", _API),
    Metric("quake_frames", "counter", "1", "Frames sent to subscribers, by type", _API),
    Metric("quake_streams_closed", "counter", "1", "Streams closed by us, by code", _API),
    Metric("quake_hub_failures", "counter", "1", "Rounds or messages the hub lost", _API),
    Metric("quake_alert_log_seq", "gauge", "1", "Newest alert of the log", _API),
    Metric("quake_feed_age_seconds", "gauge", "s", "Since ingest was last heard of", _API),
    Metric(
        "oldest_unacked", "gauge", "s", "Age of the oldest message that the engine has not settled", "Pub/Sub",
        google=_PUBSUB + "subscription/oldest_unacked_message_age",
    ),
    Metric(
        "dead_letters", "gauge", "1", "Messages that wait among a topic's dead letters", "Pub/Sub",
        google=_PUBSUB + "subscription/num_undelivered_messages",
    ),
    Metric(
        "published", "counter", "1", "Publish operations on a topic; ingest sends a tick every 60 s", "Pub/Sub",
        google=_PUBSUB + "topic/send_message_operation_count",
    ),
    Metric("request_latency", "histogram", "ms", "Time to answer", "Cloud Run", google=_RUN + "request_latencies"),
    Metric("request_count", "counter", "1", "Requests by response code", "Cloud Run", google=_RUN + "request_count"),
    Metric(
        "uptime", "gauge", "1", "Whether the world could reach the service", "Cloud Monitoring",
        google="monitoring.googleapis.com/uptime_check/check_passed",
    ),
    Metric("rows_committed", "counter", "1", "Rows that the engine has written", _WORKER, "committed", "rows"),
    Metric("messages_refused", "counter", "1", "Messages that became dead letters", _WORKER, "message refused"),
    Metric("feed_failures", "counter", "1", "Attempts of a feed that failed", "streaming.merge", "feed failed"),
    Metric("registry_failures", "counter", "1", "What MLflow was asked and failed", _TRACKING, "registry failed"),
    Metric("models_refused", "counter", "1", "Models whose bytes are gone or other", _ALIAS, "model refused"),
    Metric("information_gain", "gauge", "nat", "Gain a forecast over the normal day", _SCORES, MEASURED, "value"),
    Metric("reliability", "gauge", "1", "Largest |forecast - observed| of a bin", _SCORES, MEASURED, "value"),
    Metric("interval_coverage", "gauge", "1", "Share of windows inside the 90 % interval", _SCORES, MEASURED, "value"),
    Metric("drift_share", "gauge", "1", "Share of columns that drifted", _DRIFT, MEASURED, "value"),
    Metric("model_age", "gauge", "d", "Since the champion was made", _SCORES, MEASURED, "value"),
)  # fmt: skip

METRICS: dict[str, Metric] = {row.name: row for row in _ROWS}
"""Every metric by name."""


def measured(name: str, value: float) -> dict[str, str | float]:
    """The fields of the log event `MEASURED` for one figure. Raises ValueError for a name that is not a row."""
    known = sorted(row.name for row in _ROWS if row.event == MEASURED)
    if name not in known:
        raise ValueError(f"no measured metric {name!r}; known: {', '.join(known)}")
    return {"metric": name, "value": float(value)}
