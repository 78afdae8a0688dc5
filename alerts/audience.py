"""Who gets what: a pure function of the alert log, a filter and where the subscriber left off.

A subscriber with filter F gets message n if F matches n or an earlier message of that chain, and n is worth a notice,
or F's verdict flips with n, or n ends the chain. A CANCEL or EXPIRED so reaches exactly those who were told.
"""

from collections.abc import Iterable, Iterator

from alerts.filter import Filter, IntensityAt, parse_filter
from quake.intensity import intensity_at as published_intensity
from quake.schema import Alert

__all__ = ["TERMINAL", "Audience", "Filter", "audience", "parse_filter"]

TERMINAL = ("CANCEL", "EXPIRED")


def audience(
    log: Iterable[Alert], wanted: Filter, last_seq: int = 0, *, intensity_at: IntensityAt = published_intensity
) -> Iterator[Alert]:
    """The messages of `log` after `last_seq` that are for a subscriber with the filter.

    `log` is one epoch in order of `seq`, from far enough back to hold every chain still open. One who joins late
    (`last_seq` = the newest) so counts as told of the chains that are open and match: their CANCEL will come.
    """
    subscriber = Audience(wanted, intensity_at)
    for alert in log:
        if subscriber.offer(alert) and alert.seq > last_seq:
            yield alert


class Audience:
    """The same, one message at a time. It remembers open chains that were told of, nothing else."""

    def __init__(self, wanted: Filter, intensity_at: IntensityAt = published_intensity) -> None:
        self.wanted = wanted
        self.last_seq = 0
        self._intensity_at = intensity_at
        self._matched: dict[str, bool] = {}

    def offer(self, alert: Alert) -> bool:
        """Whether the next message of the log is for this subscriber; one that was offered before is not."""
        if alert.seq <= self.last_seq:
            return False
        self.last_seq = alert.seq
        if alert.message_type in TERMINAL:
            return self._matched.pop(alert.quake_id, None) is not None
        told = alert.quake_id in self._matched
        before = self._matched.get(alert.quake_id, False)
        matches = self.wanted.matches(alert, self._intensity_at)
        if not (told or matches):
            return False
        self._matched[alert.quake_id] = matches
        return alert.notify or matches != before
