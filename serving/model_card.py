"""The champion's card: what it was made of, how well it did where it had not looked, and what it is not good for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from quake.risk import HORIZONS_DAYS, MAGNITUDES, RADIUS_KM
from serving.champion import Crowned
from serving.config import WARNING
from serving.reads import Row

LIMITS = (
    WARNING,
    f"Counts within {RADIUS_KM:.0f} km, {HORIZONS_DAYS} days, magnitude {MAGNITUDES} and up; nothing else is scored.",
    "Below the magnitude of completeness counts are extrapolated, and a report's first magnitude may still change.",
    "A catalogue of the past: rare places have few earthquakes to learn from, and the long-term rate is all they have.",
    "Alert levels are our own, never PAGER's.",
)


class Metric(BaseModel):
    """A figure from a time that the model was not fitted to."""

    name: str = Field(description="As `quake train` names it; gains are nats", examples=["gain_per_forecast"])
    value: float
    low: float | None = Field(description="95 % interval; null where none was computed")
    high: float | None = Field(description="95 % interval; null where none was computed")


class Decided(BaseModel):
    """The newest decision about this model."""

    decision: str = Field(examples=["promoted"])
    decided_at: datetime
    previous_version: str | None
    reason: str
    gain: float | None = Field(description="Over the champion before, nats a forecast; null where none was measured")
    gain_low: float | None = Field(description="95 % interval")
    gain_high: float | None = Field(description="95 % interval")


class ModelCard(BaseModel):
    """The model whose word is served."""

    model_version: str
    alias: str = Field(examples=["champion"])
    previous_version: str | None = Field(description="What `quake rollback` goes back to")
    registered_at: datetime
    made_at: datetime = Field(description="When it was fitted, UTC")
    age_days: float = Field(description="Since then")
    sha256: str = Field(description="Of its bytes, checked when they were read")
    trained_from: datetime = Field(description="Start of the span it was fitted to, UTC")
    trained_to: datetime = Field(description="End of that span: later earthquakes it has not seen")
    tested_to: datetime | None = Field(description="`metrics` are from `trained_to` to here")
    catalogue: str = Field(description="What it was fitted to, and the catalogue's licence")
    dataset_sha256: str = Field(description="Of the prepared data")
    code_version: str
    code_sha256: str = Field(description="Of the code that fitted it")
    command: str = Field(description="Makes it again")
    metrics: list[Metric]
    decision: Decided | None = Field(description="Null before the first decision is stored")
    limits: list[str] = Field(description="What it is not good for")


def model_card(crowned: Crowned, decision: Row | None, now: datetime) -> ModelCard:
    """The card of the champion at `now`."""
    known, model, entry = crowned.provenance, crowned.model, crowned.entry
    texts = ("catalogue", "dataset_sha256", "code_version", "code_sha256", "command")
    return ModelCard(
        model_version=entry.version,
        alias="champion",
        previous_version=crowned.previous,
        registered_at=entry.registered_at,
        made_at=crowned.made_at,
        age_days=(now - crowned.made_at).total_seconds() / 86_400,
        sha256=entry.digest,
        trained_from=model.trained_from,
        trained_to=model.trained_to,
        tested_to=known.get("tested_to"),
        metrics=metrics_of(known.get("metrics", {})),
        decision=None if decision is None else Decided(**decision),
        limits=list(LIMITS),
        **{name: str(known.get(name, "")) for name in texts},
    )


def metrics_of(metrics: Mapping[str, Any]) -> list[Metric]:
    """Every number, with the interval that stands beside it as `NAME_low` and `NAME_high`, or as `NAME_ci95`."""
    found = []
    for name, value in metrics.items():
        stem, _, end = name.rpartition("_")
        if (
            isinstance(value, bool)
            or not isinstance(value, (int, float))
            or (end in ("low", "high") and stem in metrics)
        ):
            continue
        low, high = metrics.get(f"{name}_ci95") or (metrics.get(f"{name}_low"), metrics.get(f"{name}_high"))
        found.append(Metric(name=name, value=value, low=low, high=high))
    return found
