"""Replays every version of one real earthquake: `python -m benchmarks.identity_superseded HISTORY.csv`.

nc72852151, M5.1 off Cape Mendocino, 2017-07-29: 29 versions by three agencies over eleven weeks, each taken as a report
of a feed of its own that names no other agency's id. The forecast is the generic one of Reasenberg and Jones over the
count of the years before, so that the history depends on no fitted model; people and colour are PAGER's: none, green.
"""

import csv
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.identity_pipeline import Assess, Pipeline, simple_assessment
from quake.event import SeismicEvent, Tick, stamped
from quake.identity import Resolution
from quake.levels import GAIN_MIN, forecast_level
from quake.schema import Assessment
from quake.seismicity import poisson_probability, reasenberg_jones_count

EVENT = "nc72852151"
BASELINE = 27 / (26 * 365.25) * 7
"""M >= 5 within 100 km in a week: 27 from 1981 to 2006 in EarthquakeNPP's ComCat_25."""
HORIZON_DAYS = 7.0


def replay(path: Path, gain_min: float = GAIN_MIN) -> list[str]:
    """What was said and what came of it, a line each. `gain_min` is the rule that decides this earthquake's alert."""
    pipeline, lines, origin = Pipeline(assess=generic_assessment(gain_min)), [], None
    for sequence, message in enumerate(_messages(path), start=1):
        told, known = len(pipeline.alerts), len(pipeline.assessments)
        if isinstance(message, Tick):
            pipeline.process(replace(message, sequence=sequence))
        else:
            origin = origin or message.origin_time
            pipeline.process(stamped(message, sequence, message.ingested_at))
            lines += _version(message, pipeline.assessments[known:], origin)
        lines += [
            f"    {alert.message_type}{' (notify)' * alert.notify}: {alert.reason}" for alert in pipeline.alerts[told:]
        ]
    return lines


def generic_assessment(gain_min: float) -> Assess:
    """An assessment by the generic California sequence."""

    def assess(resolution: Resolution, report: SeismicEvent, processed_sequence: int) -> Assessment:
        event = resolution.preferred
        start = (report.ingested_at - event.origin_time) / timedelta(days=1)
        expected = BASELINE
        if event.magnitude is not None:
            expected += reasenberg_jones_count(event.magnitude, 5.0, start, start + HORIZON_DAYS)
        probability, gain = float(poisson_probability(expected)), expected / BASELINE
        return replace(
            simple_assessment(resolution, report, processed_sequence),
            alert_level="green",
            forecast_level=forecast_level(probability, gain, gain_min=gain_min),
            probability=probability,
            baseline_probability=float(poisson_probability(BASELINE)),
            gain=gain,
        )

    return assess


def _version(report: SeismicEvent, rows: list[Assessment], origin: datetime) -> list[str]:
    size = "no magnitude" if report.magnitude is None else f"M{report.magnitude:.2f}"
    after = f"+{(report.ingested_at - origin) / timedelta(minutes=1):.1f} min"
    said = f"{after} {report.source} {report.review_status} {size} {report.depth_km:.1f} km"
    if not rows:
        return [f"{said}: nothing new"]
    return [
        f"{said}: {row.quake_id} revision {row.revision}, prefers {row.source_event_id} M{row.magnitude}, "
        f"P {100 * row.probability:.1f} %, {row.gain:.1f} times the normal week"
        for row in rows
    ]


def _messages(path: Path) -> Iterator[SeismicEvent | Tick]:
    """The versions in order of publication, with a tick every ten minutes while there is anything to end."""
    with path.open(encoding="utf-8") as file:
        events = [_event(row) for row in csv.DictReader(file) if row["event_id"] == EVENT]
    events.sort(key=lambda event: event.ingested_at)
    ticks = [Tick(sequence=0, at=events[0].ingested_at + timedelta(minutes=10 * n)) for n in range(1, 8 * 144)]
    yield from sorted([*events, *ticks], key=lambda message: getattr(message, "at", None) or message.ingested_at)


def _event(row: dict[str, str]) -> SeismicEvent:
    published = datetime.fromtimestamp(int(row["update_time_ms"]) / 1000, UTC)
    return SeismicEvent(
        source=row["source"],
        source_event_id=row["code"],
        origin_time=datetime.fromisoformat(row["eventtime"]),
        updated_at=published,
        latitude=float(row["lat"]),
        longitude=float(row["lon"]),
        depth_km=float(row["depth_km"]),
        magnitude=float(row["mag"]) if row["mag"] else None,
        magnitude_type=row["mag_type"].lower() or None,
        review_status=row["review_status"].lower(),
        network=row["source"],
        aliases=(row["code"],),
        ingested_at=published,
    )


def main() -> None:
    """Prints the history by the default rules, and by a rule that asks for half the gain."""
    for gain_min in (GAIN_MIN, GAIN_MIN / 2):
        print(f"an alert needs {gain_min:g} times the normal week", *replay(Path(sys.argv[1]), gain_min), sep="\n")


if __name__ == "__main__":
    main()
