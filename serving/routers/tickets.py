"""Tickets for browsers: the server of a page asks with its key, the page opens the stream with the ticket."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from serving.config import STREAM_PATH
from serving.problems import documented
from serving.services import Given
from serving.tickets import LIFE_S

router = APIRouter(prefix="/v1/tickets", tags=["service"], responses=documented(401, 403, 411, 413, 429))


class TicketAnswer(BaseModel):
    """A ticket, good for one stream."""

    ticket: str = Field(description=f"Append as `?ticket=` to `{STREAM_PATH}`")
    expires_at: datetime = Field(description=f"{LIFE_S:.0f} s from now, UTC", examples=["2023-02-06T01:18:34Z"])


@router.post("", status_code=201, summary="A ticket that opens one stream within 60 s")
def issue_ticket(request: Request, given: Given) -> TicketAnswer:
    """Needs scope `read`. Its streams count as the key's. A page that reconnects asks its server for another."""
    now = given.clock().timestamp()
    ticket = given.guard.tickets.issue(request.scope["caller"].name, now)
    return TicketAnswer(ticket=ticket, expires_at=datetime.fromtimestamp(now + LIFE_S, UTC))
