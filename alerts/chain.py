"""One earthquake's alert chain and the messages it yields, before they have their place in the log."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from quake.schema import Assessment, as_record, from_record

BELOW = "now below the alert thresholds"
"""Reason of a CANCEL of an earthquake that did happen: it was revised, or its aftershocks have become less likely."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the last message with `notify` said."""

    magnitude: float | None
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message of a chain: everything but its sentence and its place in the log."""

    alert_number: int
    message_type: str
    notify: bool
    references: tuple[str, ...]
    reason: str
    sequence: int
    sent_at: datetime
    assessment: Assessment
    """As assessed, but with the levels the chain holds."""
    drill: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The alert life of one earthquake so far. Withdrawn and returned, it opens again and counts on."""

    quake_id: str
    alert_number: int
    """Of the last message."""
    open: bool
    alert_level: str
    """Held: the levels that were told, which fall only on good evidence."""
    forecast_level: int
    falls: int
    """Reports in a row that said lower than what is held."""
    told: Told
    assessment: Assessment
    """The last one decided."""
    drill: bool = False

    @classmethod
    def opened(cls, assessment: Assessment, former: "Chain | None", drill: bool) -> "tuple[Chain, Draft]":
        """A chain with its ALERT; `former` is the closed chain of the same earthquake, if it had one."""
        chain = cls(
            quake_id=assessment.quake_id,
            alert_number=0 if former is None else former.alert_number,
            open=True,
            alert_level=assessment.alert_level,
            forecast_level=assessment.forecast_level,
            falls=0,
            told=_told(assessment),
            assessment=assessment,
            drill=drill,
        )
        reason = "first assessment that warrants it" if former is None else "warranted again"
        return chain.message("ALERT", reason, True, assessment.assessed_at, None)

    def updated(self, reason: str, notify: bool, at: datetime, sequence: int | None = None) -> "tuple[Chain, Draft]":
        """The chain with one more UPDATE."""
        return self.message("UPDATE", reason, notify, at, sequence)

    def closed(
        self, message_type: str, reason: str, at: datetime, sequence: int | None = None
    ) -> "tuple[Chain, Draft]":
        """The chain ended by a CANCEL or EXPIRED."""
        return replace(self, open=False, falls=0).message(message_type, reason, True, at, sequence)

    def message(
        self, message_type: str, reason: str, notify: bool, at: datetime, sequence: int | None
    ) -> "tuple[Chain, Draft]":
        """The chain with its next message; `sequence` is a tick's, None for the last report's."""
        number = self.alert_number + 1
        held = replace(self.assessment, alert_level=self.alert_level, forecast_level=self.forecast_level)
        draft = Draft(
            alert_number=number,
            message_type=message_type,
            notify=notify,
            references=tuple(f"{self.quake_id}.{earlier}" for earlier in range(1, number)),
            reason=reason,
            sequence=self.assessment.sequence if sequence is None else sequence,
            sent_at=at,
            assessment=held,
            drill=self.drill,
        )
        told = _told(self.assessment) if notify else self.told
        return replace(self, alert_number=number, told=told), draft


def to_record(chain: Chain) -> dict[str, Any]:
    """The chain as plain values that JSON can hold."""
    assessment = assessment_to_record(chain.assessment)
    simple = {name: getattr(chain, name) for name in _SIMPLE}
    return simple | {"told": asdict(chain.told), "assessment": assessment}


def chain_from_record(record: dict[str, Any]) -> Chain:
    """The chain that `to_record` wrote."""
    assessment = assessment_from_record(record["assessment"])
    return Chain(**record | {"told": Told(**record["told"]), "assessment": assessment})


def assessment_to_record(assessment: Assessment) -> dict[str, Any]:
    """The assessment as plain values that JSON can hold."""
    return {name: _plain(value) for name, value in as_record(assessment).items()}


def assessment_from_record(record: dict[str, Any]) -> Assessment:
    """The assessment that `assessment_to_record` wrote."""
    times = {name: datetime.fromisoformat(record[name]) for name in ("assessed_at", "origin_time")}
    return from_record(Assessment, record | times)


_SIMPLE = ("quake_id", "alert_number", "open", "alert_level", "forecast_level", "falls", "drill")


def _told(assessment: Assessment) -> Told:
    return Told(assessment.magnitude, assessment.latitude, assessment.longitude)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
