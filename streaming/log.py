"""The log as messages: the stored reports in the engine's order, and the ticks and drills that came between them."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import merge

from alerts.drill import drill_of
from quake.adapters.sql import answer
from quake.adapters.warehouse import Warehouse
from quake.event import Drill, Message, SeismicEvent, Tick
from quake.identity import report_of
from quake.schema import Alert, EventReport, from_record
from streaming.sequence import Sequencer

PAGE = 20_000


def messages(warehouse: Warehouse, until: datetime, page: int = PAGE) -> Iterator[Message]:
    """Every message that ingest sent before `until`, as far as the stored reports tell: duplicates are gone, and ticks
    come every minute, where ingest itself was down as well."""
    sent = with_ticks(_reports(warehouse, until, page), until)
    return merge(sent, _drills(warehouse, until), key=lambda message: message.sequence)


def with_ticks(reports: Iterable[SeismicEvent], until: datetime) -> Iterator[SeismicEvent | Tick]:
    """The reports with the ticks that ingest would have sent before each, and then before `until`."""
    sequencer = Sequencer()
    for report in reports:
        yield from _ticks(sequencer, report.ingested_at)
        sequencer.last = max(sequencer.last, report.sequence)
        yield report
    if sequencer.last:
        yield from (tick for tick in _ticks(sequencer, until) if tick.at < until)


def _ticks(sequencer: Sequencer, at: datetime) -> Iterator[Tick]:
    for minute in sequencer.due(at):
        yield Tick(sequence=sequencer.next(minute), at=minute)


def _drills(warehouse: Warehouse, until: datetime) -> Iterator[Drill]:
    for row in warehouse.query(answer("alerts_of_drills"), {"as_of": until}).to_pylist():
        yield drill_of(from_record(Alert, row))


def _reports(warehouse: Warehouse, until: datetime, page: int) -> Iterator[SeismicEvent]:
    after, sql = 0, answer("reports_in_order")
    while True:
        rows = warehouse.query(sql, {"after": after, "as_of": until, "limit": page}).to_pylist()
        for row in rows:
            report = from_record(EventReport, row)
            after = report.processed_sequence
            yield report_of(report)
        if len(rows) < page:
            return
