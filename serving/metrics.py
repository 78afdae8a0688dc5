"""What Prometheus may ask of this process: one registry an app, so that two apps in one process stay apart."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The counters of one API process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "quake_requests", "HTTP requests by route and status", ["route", "status"], registry=self.registry
        )
        self.seconds = Histogram("quake_request_seconds", "Time to answer, seconds", ["route"], registry=self.registry)
        self.refused = Counter("quake_refused", "Requests refused, by reason", ["reason"], registry=self.registry)
        self.subscribers = Gauge("quake_subscribers", "Open alert streams", ["transport"], registry=self.registry)
        frames = Counter("quake_frames", "Frames sent to subscribers, by type", ["type"], registry=self.registry)
        self.frames = {kind: frames.labels(kind) for kind in ("hello", "alert", "checkpoint")}
        self.closed = Counter("quake_streams_closed", "Streams closed by us, by code", ["code"], registry=self.registry)
        self.hub_failures = Counter("quake_hub_failures", "Rounds or messages the hub lost", registry=self.registry)
        self.log_seq = Gauge("quake_alert_log_seq", "Newest alert of the log", registry=self.registry)
        self.feed_age = Gauge("quake_feed_age_seconds", "Since ingest was last heard of", registry=self.registry)

    def exposition(self) -> bytes:
        """Everything in Prometheus's text format."""
        return generate_latest(self.registry)
