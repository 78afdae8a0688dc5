"""The engine's chain of one message with a simple assessment in place of the science: what the judges drive."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from alerts.chain import Chain, chain_from_record, to_record
from alerts.rules import covering_chain, decide, expire
from alerts.sequencer import Sequencer
from quake.event import SeismicEvent, Tick
from quake.identity import Identities, Resolution
from quake.levels import forecast_level
from quake.schema import Alert, Assessment, EventReport

Assess = Callable[[Resolution, SeismicEvent, int], Assessment]
"""(resolution, the report that caused it, processed_sequence) -> its row."""


def level_of(magnitude: float | None) -> str:
    """The impact colour the simple assessment gives a magnitude."""
    steps = [(7.0, "red"), (6.5, "orange"), (6.0, "yellow"), (5.0, "green")]
    return next((level for least, level in steps if (magnitude or 0) >= least), "none")


def probability_of(magnitude: float | None) -> float:
    """P(M >= 5, 7 days) it gives: 1 % from M4.7, 5 % from M5.4, 10 % from M5.7."""
    return min(1.0, 10 ** ((magnitude or 0) - 6.7))


def simple_assessment(resolution: Resolution, report: SeismicEvent, processed_sequence: int) -> Assessment:
    """An assessment that depends on the magnitude and on nothing else."""
    event = resolution.preferred
    active = resolution.status == "active"
    probability = probability_of(event.magnitude)
    return Assessment(
        quake_id=resolution.quake_id,
        revision=resolution.revision,
        role="champion",
        model_version="simple",
        status=resolution.status,
        superseded_by=resolution.superseded_by,
        sequence=report.sequence,
        processed_sequence=processed_sequence,
        assessed_at=report.ingested_at,
        origin_time=event.origin_time,
        latitude=event.latitude,
        longitude=event.longitude,
        depth_km=event.depth_km,
        magnitude=event.magnitude,
        magnitude_type=event.magnitude_type,
        review_status=event.review_status,
        event_type=event.event_type,
        place=event.place,
        source=event.source,
        source_event_id=event.source_event_id,
        reports=resolution.reports,
        region="r000",
        intensity=None,
        intensity_low=None,
        intensity_high=None,
        people_mmi6=None,
        fatalities_low=None,
        fatalities=None,
        fatalities_high=None,
        alert_level=level_of(event.magnitude) if active else "none",
        forecast_level=forecast_level(probability, 100.0) if active else 0,
        probability=probability,
        baseline_probability=probability / 100,
        gain=100.0,
        forecast=(),
        mode="simulate",
        hindsight=False,
    )


@dataclass(slots=True)
class Pipeline:
    """Identity, assessment, decision, sequence; and everything they have put out so far."""

    assess: Assess = simple_assessment
    identities: Identities = field(default_factory=Identities)
    chains: dict[str, Chain] = field(default_factory=dict)
    sequencer: Sequencer = field(default_factory=lambda: Sequencer("epoch"))
    reports: list[EventReport] = field(default_factory=list)
    assessments: list[Assessment] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)

    def process(self, message: SeismicEvent | Tick) -> None:
        """Takes in one message."""
        if isinstance(message, Tick):
            self._tick(message)
        else:
            for resolution in self.identities.identify(message):
                self._take(resolution, message)

    def restarted(self) -> "Pipeline":
        """A pipeline that knows only what the state's records, written as JSON and read again, tell it."""
        written = json.dumps([self.identities.to_records(), [to_record(chain) for chain in self.chains.values()]])
        identities, chains = json.loads(written)
        return Pipeline(
            self.assess,
            Identities.from_records(identities),
            {record["quake_id"]: chain_from_record(record) for record in chains},
            Sequencer(self.sequencer.epoch, self.sequencer.last_seq),
            self.reports,
            self.assessments,
            self.alerts,
        )

    def _tick(self, tick: Tick) -> None:
        self.identities.advance(tick.at)
        for chain in [chain for chain in self.chains.values() if chain.open]:
            self._settle(*expire(chain, tick.at, tick.sequence))

    def _take(self, resolution: Resolution, report: SeismicEvent) -> None:
        if resolution.report_row is not None:
            self.reports.append(resolution.report_row)
        assessment = self.assess(resolution, report, self.identities.processed_sequence)
        self.assessments.append(assessment)
        covering = covering_chain(assessment, (chain for chain in self.chains.values() if chain.open))
        self._settle(*decide(assessment, self.chains.get(resolution.quake_id), covering))

    def _settle(self, chain: Chain | None, draft) -> None:
        if chain is not None:
            self.chains[chain.quake_id] = chain
        if draft is not None:
            self.alerts.append(self.sequencer.assign(draft))
