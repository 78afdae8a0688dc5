"""The champion's card."""

from fastapi import APIRouter, HTTPException, Request, Response

from serving import reads
from serving.answers import json_response
from serving.model_card import ModelCard, model_card
from serving.problems import documented
from serving.services import Given

router = APIRouter(prefix="/v1/model", tags=["service"], responses=documented(404, 429))


@router.get("", response_model=ModelCard, summary="The model that speaks: data, dates, scores, limits")
def champion_card(request: Request, given: Given) -> Response:
    """Of the champion that the alias file names now; a promotion shows here within seconds, without a restart."""
    crowned = given.forecaster.champion.now
    if crowned is None:
        raise HTTPException(404, given.forecaster.champion.problem or "no champion yet: `quake bootstrap` makes one")
    decision = reads.decision(given.warehouse, crowned.entry.version)
    return json_response(request, model_card(crowned, decision, given.clock()).model_dump())
