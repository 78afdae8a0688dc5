"""The alert log over HTTP: what the stream carries, to look up or to catch up with."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response

from alerts.audience import audience
from alerts.filter import Filter
from quake.intensity import intensity_at
from quake.schema import Alert, as_record
from serving import reads
from serving.alert_queries import AlertQuery
from serving.answers import columns, json_response, page
from serving.cursors import decode_cursor, encode_cursor
from serving.models import model_of, page_of
from serving.parameters import AlertId
from serving.problems import Unusable, documented
from serving.services import Given

router = APIRouter(prefix="/v1/alerts", tags=["alerts"], responses=documented(422, 429))
END = 2**63 - 1


@router.get("", response_model=page_of(Alert), summary="The alert log, newest first, or oldest first after a message")
async def list_alerts(request: Request, given: Given, query: Annotated[AlertQuery, Query()]) -> Response:
    """Without a filter, the log as it is. With one, what the stream sends a subscriber with that filter, cancellations
    included, out of the newest messages. `after_seq` turns the order: oldest first, to catch up."""
    (at,) = decode_cursor(query.cursor, int) if query.cursor else (query.after_seq,)
    wanted = query.wanted()
    if wanted is None:
        rows = await asyncio.to_thread(_from_table, given, query, at)
    else:
        rows = await _for_subscriber(given, query, at, wanted)
    return json_response(request, page(Alert, rows, query.limit, lambda row: encode_cursor(row["seq"])))


@router.get("/{alert_id}", response_model=model_of(Alert), responses=documented(404), summary="One alert")
def get_alert(request: Request, given: Given, alert_id: AlertId) -> Response:
    """One message of one earthquake's chain."""
    row = reads.alert(given.warehouse, alert_id)
    if row is None:
        raise HTTPException(404, f"no alert {alert_id!r}; GET /v1/alerts lists those there are")
    return json_response(request, columns(Alert, row))


def _from_table(given: Given, query: AlertQuery, at: int | None) -> list[reads.Row]:
    epoch, limit = query.epoch or given.hub.log.epoch, query.limit + 1
    if query.after_seq is None:
        before = END if at is None else at
        return reads.alerts_before(given.warehouse, epoch, before, query.quake_id, limit)
    return reads.alerts_from(given.warehouse, epoch, at or 0, query.quake_id, limit)


async def _for_subscriber(given: Given, query: AlertQuery, at: int | None, wanted: Filter) -> list[reads.Row]:
    log, rising = given.hub.log, query.after_seq is not None
    if query.epoch not in (None, "", log.epoch):
        raise Unusable("query.epoch", query.epoch, f"filters work on the epoch that goes on: {log.epoch}")
    if rising and (at or 0) < log.first_seq:
        raise Unusable("query.after_seq", str(at), f"with a filter, at least {log.first_seq}; or use the stream")
    known = [entry.alert for entry in log.background(END)]
    chosen = await asyncio.to_thread(lambda: list(audience(known, wanted, log.first_seq, intensity_at=intensity_at)))
    chosen = [alert for alert in chosen if query.quake_id in ("", alert.quake_id)]
    if rising:
        chosen = [alert for alert in chosen if alert.seq > (at or 0)]
    else:
        chosen = [alert for alert in reversed(chosen) if at is None or alert.seq < at]
    return [as_record(alert) for alert in chosen[: query.limit + 1]]
