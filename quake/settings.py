"""Every setting, once: `QUAKE_*` variables over laptop defaults. An address is a URL whose scheme picks the adapter."""

from datetime import datetime
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The service's settings; frozen, read by entry points only."""

    model_config = SettingsConfigDict(env_prefix="QUAKE_", frozen=True, extra="ignore")

    data: Path = Field(Path("data"), description="Folder of all local state")
    bus: str = Field("", description="Message bus URL; default: sqlite in the data folder")
    warehouse: str = Field("", description="Warehouse URL; default: the same sqlite file")
    registry: str = Field("", description="MLflow tracking and registry URL; default: sqlite in the data folder")
    storage: str = Field("", description="URL of files: snapshots, models, history, reports; default: the data folder")
    feed: str = Field("live", description="live, replay, replay:WHAT or simulate[:seed=N]")
    history_until: datetime | None = Field(
        None, description="Nothing of the history from this time on is known; a replay's start. Default: now"
    )
    feeds: tuple[str, ...] = Field(
        ("usgs",), description="Live feeds to listen to; emsc too once you have read its terms (docs/feeds.md)"
    )
    speed: float = Field(1.0, gt=0, description="How much faster than life replay and simulate run")
    usgs_url: str = Field(
        "https://earthquake.usgs.gov/earthquakes/feed/v1.0/summary/all_day.geojson",
        description="USGS summary feed to poll",
    )
    usgs_fdsn_url: str = Field("https://earthquake.usgs.gov/fdsnws/event/1/query", description="USGS history service")
    emsc_url: str = Field(
        "wss://www.seismicportal.eu/standing_order/websocket", description="EMSC WebSocket; attribution asked"
    )
    poll_s: float = Field(
        60.0, ge=60, description="Seconds between USGS polls; USGS asks for no more than one a minute"
    )
    api_host: str = Field("127.0.0.1", description="Address the API listens on; anything but loopback needs api_keys")
    api_port: int = Field(8000, ge=1, le=65535, description="Port of the API")
    stream_port: int = Field(8002, ge=1, le=65535, description="Port of the stream where it is a process of its own")
    stream_url: str = Field(
        "",
        description="Where /v1 says the stream is, {host} being the name the caller used; default: the API's own",
    )
    dashboard_port: int = Field(8501, ge=1, le=65535, description="Port of the map")
    api_keys: tuple[str, ...] = Field((), description="SHA-256 digests of accepted API keys", repr=False)
    api_url: str = Field("", description="Where map, watch and clients find the API; default: api_host and api_port")
    batch_size: int = Field(200, ge=1, le=10_000, description="Messages the engine takes per commit")
    snapshot_s: float = Field(300.0, gt=0, description="Seconds between the engine's snapshots")
    forecast_hours: int | None = Field(
        None, ge=0, le=24, description="Hours between grid forecasts; 0 is none; default: 1 live, 24 in a replay"
    )
    rules: dict[str, float | int | str] = Field(
        {}, description="Alert rules that differ from the table, as JSON: names and defaults in alerts/table.py"
    )
    log_json: bool = Field(False, description="Logs as JSON lines instead of text")
    cors_origins: tuple[str, ...] = Field(
        (), description="Web origins that may call the API and the stream, besides the map's own"
    )
    rate_limit: int = Field(1200, ge=0, description="Requests a minute one client may make; 0 is no limit")
    public_read: bool = Field(True, description="Reading and the stream need no API key")
    stream_limit: int = Field(
        50, ge=0, description="Streams one key or address may hold open; 0 is no limit, and so is a laptop without keys"
    )
    sender: str = Field(
        "quakestream@localhost", description="Who alerts come from: mail address of e-mails, sender of CAP documents"
    )
    smtp: str = Field(
        "", description="SMTP server of e-mails: smtp, smtp+starttls or smtps://[USER:PASSWORD@]HOST[:PORT]", repr=False
    )
    webhook_networks: tuple[str, ...] = Field(
        (), description="Networks (CIDR) that webhooks may reach although they are not on the public internet"
    )
    webhook_http: bool = Field(False, description="Webhooks may go in the clear, http as well as https")
    model_age_days: float = Field(400.0, gt=0, description="A champion made longer ago makes the service degraded")

    @property
    def mode(self) -> str:
        """`live`, `replay` or `simulate`: what every row and page is marked with."""
        return self.feed.partition(":")[0]

    @property
    def hours_between_grids(self) -> int:
        """`forecast_hours`, or what is usual in this mode."""
        return self.forecast_hours if self.forecast_hours is not None else 1 if self.mode == "live" else 24

    @field_validator("feed")
    @classmethod
    def _known_feed(cls, value: str) -> str:
        if value.partition(":")[0] not in ("live", "replay", "simulate"):
            raise ValueError(f"feed {value!r} is unknown; known: live, replay[:FILE], simulate[:?seed=N]")
        return value

    @field_validator("data")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @model_validator(mode="after")
    def _local_addresses(self) -> Self:
        store = f"sqlite:///{self.data / 'quake.db'}"
        defaults = {
            "bus": store,
            "warehouse": store,
            "registry": f"sqlite:///{self.data / 'mlflow.db'}",
            "storage": f"file://{self.data}",
            "api_url": f"http://127.0.0.1:{self.api_port}",
        }
        for name, default in defaults.items():
            if not getattr(self, name):
                object.__setattr__(self, name, default)
        return self
