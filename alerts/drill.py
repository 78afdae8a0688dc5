"""Exercises: alerts of earthquakes that did not happen, through the same log, hub and channels as all others.

A drill has a chain of its own, marked; it is no report, no assessment, no part of any catalogue, and covers nothing.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from alerts.chain import Chain, assessment_from_record, assessment_to_record
from alerts.sequencer import SHARED, Sequencer
from quake.event import Drill
from quake.schema import Alert, Assessment

OVER = "the exercise is over"
PREFIX = "drill-"
"""Before the quake_id of every drill."""


def drill_message(figures: Mapping[str, Any], sequence: int, at: datetime, ends: bool = False) -> Drill:
    """The message that begins a drill, or `ends` it; `figures` are the columns that alert and assessment share.

    Raises ValueError for a quake_id that could be an earthquake's.
    """
    if not str(figures["quake_id"]).startswith(PREFIX):
        raise ValueError(f"a drill's quake_id begins with {PREFIX}, got {figures['quake_id']!r}")
    shared = {name: figures[name] for name in SHARED}
    assessment = Assessment(
        **shared,
        role="drill",
        status="active",
        sequence=sequence,
        processed_sequence=0,
        assessed_at=at,
        event_type="earthquake",
        source="drill",
        source_event_id=figures["quake_id"],
        reports=0,
        region="",
        intensity_low=None,
        intensity_high=None,
        fatalities_low=None,
        fatalities=None,
        fatalities_high=None,
    )
    record = json.dumps(assessment_to_record(assessment))
    return Drill(sequence=sequence, at=at, ends=ends, assessment=record)


def drill_of(alert: Alert) -> Drill:
    """The message that caused a drill's ALERT or CANCEL: what was, for those who fold the log again."""
    figures = {name: getattr(alert, name) for name in SHARED}
    return drill_message(figures, alert.sequence, alert.sent_at, ends=alert.message_type == "CANCEL")


def assessment_of(drill: Drill) -> Assessment:
    """What the drill says would have been assessed. Raises ValueError when it says nothing of the kind."""
    try:
        assessment = assessment_from_record(json.loads(drill.assessment))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not the assessment of a drill: {error!r}") from error
    if not assessment.quake_id.startswith(PREFIX):
        raise ValueError(f"a drill's quake_id begins with {PREFIX}, got {assessment.quake_id!r}")
    return assessment


def alert_on_drill(drill: Drill, chains: dict[str, Chain], sequencer: Sequencer) -> Alert | None:
    """The message that a drill causes, next in the log; none when it has begun, or ended, already."""
    assessment = assessment_of(drill)
    chain = chains.get(assessment.quake_id)
    if chain is None and not drill.ends:
        chain, draft = Chain.opened(assessment, None, True)
    elif chain is not None and chain.open and drill.ends:
        chain, draft = chain.closed("CANCEL", OVER, drill.at, drill.sequence)
    else:
        return None
    chains[chain.quake_id] = chain
    return sequencer.assign(draft)
