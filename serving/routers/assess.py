"""What if: assessments of reports that the caller brings. Nothing is stored, nobody is alerted."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

from fastapi import APIRouter

from quake.adapters.magnitude_model import load_magnitude_model
from quake.adapters.report_impact import expected_magnitude, impact_of_report
from quake.event import SeismicEvent
from quake.impact import Impact
from quake.levels import forecast_level
from quake.live import entry_of
from quake.magnitude import MagnitudeModel
from quake.risk import headline
from quake.schema import Exceedance, as_record
from serving.config import WARNING, mode_of
from serving.problems import Unusable, documented
from serving.services import Given
from serving.supposing import AssessAnswer, AssessBody, Supposed

router = APIRouter(prefix="/v1/assess", tags=["forecast"], responses=documented(401, 403, 411, 413, 422, 429))
OWN = tuple(field.name for field in fields(Impact) if field.name not in ("cities", "people_mmi"))
INSTANT = timedelta(milliseconds=1)
"""A forecast begins after the earthquake it follows."""


@router.post("", summary="What reports would mean: shaking, people, probabilities of what may follow")
def assess_reports(given: Given, body: AssessBody) -> AssessAnswer:
    """1 to 100 reports, real or thought of; each is assessed alone, beside all that the service knows. An earthquake
    that the service knows already would count twice: ask `/v1/events/{quake_id}` for those."""
    now, forecaster = given.forecaster.now(), given.forecaster
    magnitudes = load_magnitude_model(given.storage)
    events = [report.event(now) for report in body.reports]
    for number, event in enumerate(events):
        if event.origin_time > now:
            wrong = f"body.reports.{number}.origin_time"
            raise Unusable(wrong, event.origin_time.isoformat(), f"a time not after {now.isoformat()}")
    items = [_supposed(event, magnitudes, forecaster.suppose(entry_of(event), now + INSTANT)) for event in events]
    version = forecaster.state.model.version if forecaster.state and items[0].forecast else None
    return AssessAnswer(
        items=items, assessed_at=now, model_version=version, mode=mode_of(given.settings), warning=WARNING
    )


def _supposed(event: SeismicEvent, magnitudes: MagnitudeModel, forecast: tuple[Exceedance, ...] | None) -> Supposed:
    magnitude, sigma = expected_magnitude(magnitudes, event)
    impact = impact_of_report(event, magnitude, sigma)
    shared = {name: getattr(impact, name) for name in OWN}
    towns = {"places": [town._asdict() for town in impact.cities], "people_mmi": list(impact.people_mmi)}
    expected = {"magnitude_expected": magnitude, "magnitude_sigma": sigma}
    return Supposed(**shared | towns | expected | _following(forecast))


def _following(forecast: tuple[Exceedance, ...] | None) -> dict[str, Any]:
    names = ("probability", "baseline_probability", "gain")
    if forecast is None:
        return dict.fromkeys((*names, "forecast_level")) | {"forecast": []}
    shown = headline(forecast)
    level = {"forecast_level": forecast_level(shown.probability, shown.gain)}
    return level | {name: getattr(shown, name) for name in names} | {"forecast": [as_record(item) for item in forecast]}
