"""The one place that numbers messages: `seq` is gapless within an `epoch`."""

from dataclasses import fields

from alerts.chain import Draft
from alerts.message import headline
from quake.schema import Alert, Assessment

SHARED = sorted({field.name for field in fields(Alert)} & {field.name for field in fields(Assessment)} - {"sequence"})
"""Columns an alert takes from its assessment as they are."""


class Sequencer:
    """Gives every message its place in the alert log. `last_seq` is that of the newest row of `epoch`, 0 for none."""

    def __init__(self, epoch: str, last_seq: int = 0) -> None:
        self.epoch = epoch
        self.last_seq = last_seq

    def assign(self, draft: Draft) -> Alert:
        """The draft as the next row of the log, with its sentence."""
        self.last_seq += 1
        return Alert(
            alert_id=f"{draft.assessment.quake_id}.{draft.alert_number}",
            seq=self.last_seq,
            epoch=self.epoch,
            alert_number=draft.alert_number,
            message_type=draft.message_type,
            notify=draft.notify,
            references=draft.references,
            sequence=draft.sequence,
            sent_at=draft.sent_at,
            reason=draft.reason,
            headline=headline(draft),
            drill=draft.drill,
            **{name: getattr(draft.assessment, name) for name in SHARED},
        )
