"""Every table, one dataclass each, read by SQLite, DuckDB, BigQuery and the API. Append-only; first row per key wins.

Field types are `str, int, float, bool, datetime`, `| None` where a column may be null, `tuple[str, ...]` for a list
of strings and `tuple[Exceedance, ...]` for a list of records. A field's docstring is its column's description.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Table:
    """A table's name, row class and natural key; `partition` and `cluster` are hints to BigQuery."""

    name: str
    row: type
    key: tuple[str, ...]
    partition: str
    cluster: tuple[str, ...]


TABLES: dict[str, Table] = {}
"""Every table by name."""
HORIZONS_DAYS = (1, 7, 30)
MAGNITUDES = (4.0, 5.0, 6.0, 7.0)
"""Of every forecast: its `Exceedance` rows are the pairs of a horizon and a least magnitude."""
COUNTS, FIRSTS = 0, 1
"""Rows of what a world expects, shape (2, horizons, magnitudes): how many of at least the magnitude, and how many of
them that descend from no other such one to come. The number of these says whether there is one at all."""
EXPECTED_SHAPE = 2, len(HORIZONS_DAYS), len(MAGNITUDES)


def table(name: str, key: tuple[str, ...], partition: str, cluster: tuple[str, ...] = ()) -> Callable[[type], type]:
    """Declares the dataclass below as the row of table `name`; every name must be a field of it."""

    def declare(row: type) -> type:
        unknown = {*key, partition, *cluster} - {field.name for field in fields(row)}
        if unknown:
            raise ValueError(f"table {name}: no such columns: {sorted(unknown)}")
        TABLES[name] = Table(name, row, key, partition, cluster)
        return row

    return declare


def table_of(row: object | type) -> Table:
    """The table a row, or a row class, belongs to."""
    kind = row if isinstance(row, type) else type(row)
    for candidate in TABLES.values():
        if candidate.row is kind:
            return candidate
    raise ValueError(f"{kind.__name__} is the row of no table; known: {', '.join(TABLES)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceedance:
    """What may follow: earthquakes of at least `magnitude_min` within 100 km in the next `horizon_days`."""

    horizon_days: int
    magnitude_min: float
    expected: float
    """Expected number."""
    probability: float
    """Probability of at least one."""
    baseline_expected: float
    """Expected number on a normal day: the long-term mean there, raised to its probability like `expected`."""
    baseline_probability: float
    """Of a normal day, calibrated by the same curves."""
    gain: float
    """`expected / baseline_expected`."""


@table("event_reports", ("source", "source_event_id", "source_revision"), "ingested_at", ("quake_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class EventReport:
    """A row is one report of one agency, as received."""

    quake_id: str
    source: str
    source_event_id: str
    source_revision: int
    """1, 2, ...: counts up whenever the content differs from the last row of that id, deletion and return included."""
    sequence: int
    """Ingest's order."""
    processed_sequence: int
    """The engine's order: 1, 2, ... in which reports were taken in, late ones included."""
    aliases: tuple[str, ...]
    kind: str
    origin_time: datetime
    updated_at: datetime
    ingested_at: datetime
    latitude: float
    longitude: float
    depth_km: float | None
    magnitude: float | None
    magnitude_type: str | None
    review_status: str
    event_type: str
    network: str
    nst: int | None
    gap_deg: float | None
    dmin_deg: float | None
    rms_s: float | None
    place: str
    content_hash: str


@table("assessments", ("quake_id", "revision", "role"), "assessed_at", ("quake_id", "region"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A row is what one revision of one earthquake meant when it became known. Past rows never change."""

    quake_id: str
    revision: int
    """1, 2, ... for each earthquake."""
    role: str
    """`champion`, or `challenger` for a model that only watches."""
    model_version: str
    status: str
    """`active`, `withdrawn` by its agency, or `superseded` by the earthquake it was merged into."""
    superseded_by: str | None
    sequence: int
    processed_sequence: int
    assessed_at: datetime
    """When ingest received the report that caused this row: the core reads no clock."""
    origin_time: datetime
    latitude: float
    longitude: float
    depth_km: float | None
    magnitude: float | None
    magnitude_type: str | None
    review_status: str
    event_type: str
    place: str
    source: str
    """The feed whose solution is preferred."""
    source_event_id: str
    reports: int
    """Reports of this earthquake so far, all agencies."""
    region: str
    intensity: float | None
    """Expected Modified Mercalli intensity at the epicentre; None without a magnitude."""
    intensity_low: float | None
    """16 % quantile of the intensity."""
    intensity_high: float | None
    """84 % quantile of the intensity."""
    people_mmi6: int | None
    """People expected to have felt MMI VI or more."""
    fatalities_low: float | None
    fatalities: float | None
    fatalities_high: float | None
    alert_level: str
    """`none`, `green`, `yellow`, `orange` or `red`: our own levels, never PAGER's."""
    forecast_level: int
    """0 to 3, from P(M >= 5, 7 days, 100 km) and its gain."""
    probability: float
    """P(at least one M >= 5 within 100 km in 7 days): the headline of `forecast`."""
    baseline_probability: float
    """The same on a normal day."""
    gain: float
    """Expected number over the normal day's, of the headline."""
    forecast: tuple[Exceedance, ...]
    mode: str
    """`live`, `replay` or `simulate`."""
    hindsight: bool
    """The model was fitted to a time span that holds this earthquake."""


@table("alerts", ("quake_id", "alert_number"), "sent_at", ("quake_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A row is one message of one earthquake's alert chain: ALERT, UPDATE*, then CANCEL or EXPIRED."""

    alert_id: str
    """`{quake_id}.{alert_number}`."""
    seq: int
    """Gapless within `epoch`: the order of the alert log."""
    epoch: str
    """Names one life of the log; a client that meets another epoch starts anew."""
    alert_number: int
    """1, 2, ... for each earthquake."""
    message_type: str
    """`ALERT`, `UPDATE`, `CANCEL` or `EXPIRED`."""
    notify: bool
    """Whether this message says something that matters to one who has heard the last one."""
    references: tuple[str, ...]
    """The alert_ids of this chain before this one."""
    superseded_by: str | None
    quake_id: str
    revision: int
    model_version: str
    sequence: int
    """Of the report or tick that caused it."""
    sent_at: datetime
    """That message's time: when ingest received it."""
    reason: str
    """What changed, in a few words."""
    headline: str
    """A plain-language sentence, standing warning included."""
    alert_level: str
    forecast_level: int
    origin_time: datetime
    latitude: float
    longitude: float
    depth_km: float | None
    magnitude: float | None
    magnitude_type: str | None
    review_status: str
    place: str
    intensity: float | None
    people_mmi6: int | None
    probability: float
    baseline_probability: float
    gain: float
    forecast: tuple[Exceedance, ...]
    mode: str
    hindsight: bool
    drill: bool
    """An exercise: nothing happened."""


@table("forecasts", ("issued_at", "cell", "horizon_days", "magnitude_min", "role"), "issued_at", ("cell",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A row is a scheduled forecast for one cell; immutable once issued."""

    issued_at: datetime
    cell: str
    horizon_days: int
    magnitude_min: float
    role: str
    model_version: str
    latitude: float
    longitude: float
    expected: float
    probability: float
    baseline_expected: float
    baseline_probability: float
    gain: float
    processed_sequence: int
    mode: str
    hindsight: bool


@table("outcomes", ("issued_at", "cell", "horizon_days", "magnitude_min", "role"), "issued_at", ("cell",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A row is what came of one forecast, once the catalogue has settled."""

    issued_at: datetime
    cell: str
    horizon_days: int
    magnitude_min: float
    role: str
    observed: int
    """Earthquakes counted."""
    known_at: datetime


@table("dead_letters", ("source", "payload_hash", "reason"), "received_at")
@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A row is something we could not read, with the reason, kept whole."""

    source: str
    payload_hash: str
    reason: str
    payload: str
    received_at: datetime


@table("deliveries", ("alert_id", "channel", "recipient"), "delivered_at")
@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A row is the end of handing one alert to one recipient on one channel."""

    alert_id: str
    channel: str
    recipient: str
    """A name without meaning that the subscriptions resolve, never an address."""
    status: str
    """`delivered`, `dead` after the last attempt, or `unsubscribed` meanwhile."""
    attempts: int
    delivered_at: datetime
    """When it was delivered or given up."""


@table("delivery_log", ("alert_id", "channel", "recipient", "attempt", "step"), "at")
@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStep:
    """A row is one step on the way to a delivery, written before the next is taken."""

    alert_id: str
    channel: str
    """Empty for step `decided`."""
    recipient: str
    """As in `deliveries`; empty for step `decided`."""
    attempt: int
    """1, 2, ... of `sending` and `failed`; else 0."""
    step: str
    """`due`, `sending`, `failed`; `decided` once all to whom the alert is due are known."""
    detail: str
    """Of `due` the alerts told of that earthquake before, of `failed` the reason."""
    at: datetime


@table("drift_reports", ("name", "window_start", "window_end"), "window_end")
@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """A row is one figure of one comparison of two windows of the warehouse."""

    name: str
    window_start: datetime
    window_end: datetime
    value: float
    threshold: float
    drifted: bool
    report_url: str


@table("drift_alarms", ("region", "statistic", "processed_sequence"), "raised_at", ("region",))
@dataclass(frozen=True, slots=True, kw_only=True)
class DriftAlarm:
    """A row is one alarm of one streaming statistic of one region."""

    region: str
    statistic: str
    processed_sequence: int
    raised_at: datetime
    value: float
    expected: float


@table("model_decisions", ("model_version", "decided_at"), "decided_at")
@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDecision:
    """A row is one decision about one model: registered, promoted, rejected or rolled back, and why."""

    model_version: str
    decided_at: datetime
    decision: str
    previous_version: str | None
    reason: str
    gain: float | None
    gain_low: float | None
    gain_high: float | None
    run_id: str
    dataset_hash: str


@table("history", ("source", "source_event_id"), "origin_time")
@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEvent:
    """A row is one earthquake of the bulk catalogue that the service starts from."""

    source: str
    source_event_id: str
    origin_time: datetime
    latitude: float
    longitude: float
    depth_km: float | None
    magnitude: float
    magnitude_type: str | None
    place: str


def as_record(row: Any) -> dict[str, Any]:
    """A row as a plain dict, nested records too; times stay datetimes."""
    return {field.name: _plain(getattr(row, field.name)) for field in fields(row)}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [as_record(item) if isinstance(item, Exceedance) else item for item in value]
    return value


def from_record(row: type, record: dict[str, Any]) -> Any:
    """The row that `as_record` made a dict of; lists become tuples, nested dicts `Exceedance`."""
    values = {field.name: record[field.name] for field in fields(row)}
    for name, value in values.items():
        if isinstance(value, (list, tuple)):
            values[name] = tuple(Exceedance(**item) if isinstance(item, dict) else item for item in value)
    return row(**values)
