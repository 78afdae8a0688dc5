"""Alerts in the forms that other systems read: CAP 1.2 and Atom."""

from fastapi import APIRouter, HTTPException, Request, Response

from alerts.atom import MEDIA_TYPE as ATOM_TYPE
from alerts.atom import atom
from alerts.cap import MEDIA_TYPE as CAP_TYPE
from alerts.cap import cap
from quake.schema import Alert, from_record
from serving import reads
from serving.answers import tagged_response
from serving.parameters import AlertId
from serving.problems import documented
from serving.services import Given

router = APIRouter(prefix="/v1/alerts", tags=["alerts"], responses=documented(422, 429))
NEWEST = 100
"""Entries of the feed."""
CHAIN_LIMIT = 2000
"""Messages of one earthquake that a CAP document may refer to."""
END = 2**63 - 1


def _xml(media_type: str) -> dict[int | str, dict]:
    return {200: {"description": "XML", "content": {media_type: {"schema": {"type": "string"}}}}}


@router.get("/atom", response_class=Response, responses=_xml(ATOM_TYPE), summary="The newest alerts as an Atom feed")
def get_atom(request: Request, given: Given) -> Response:
    """Newest first, each with links to its CAP document and its JSON. Drills are marked Exercise."""
    rows = reads.alerts_before(given.warehouse, given.hub.log.epoch, END, "", NEWEST)
    body = atom([from_record(Alert, row) for row in rows], given.settings.api_url)
    return tagged_response(request, body, ATOM_TYPE)


@router.get(
    "/{alert_id}.cap",
    response_class=Response,
    responses=_xml(CAP_TYPE) | documented(404),
    summary="One alert as CAP 1.2",
)
def get_cap(request: Request, given: Given, alert_id: AlertId) -> Response:
    """The message with references to every earlier one of its earthquake; status Exercise for drills, Test for what
    is replayed or simulated. It is not an early warning: urgency is Past, or Future where more is likely to follow."""
    row = reads.alert(given.warehouse, alert_id)
    if row is None:
        raise HTTPException(404, f"no alert {alert_id!r}; GET /v1/alerts lists those there are")
    alert = from_record(Alert, row)
    chain = reads.alerts_from(given.warehouse, alert.epoch, 0, alert.quake_id, CHAIN_LIMIT)
    earlier = [each for each in (from_record(Alert, found) for found in chain) if each.seq < alert.seq]
    settings = given.settings
    body = cap(alert, earlier, settings.sender, f"{settings.api_url}/v1/alerts/{alert_id}")
    return tagged_response(request, body, CAP_TYPE)
