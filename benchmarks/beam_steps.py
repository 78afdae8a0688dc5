"""What each step costs and keeps: `python -m benchmarks.beam_steps [REPORTS]`, CPU microseconds and bytes."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterable

from benchmarks.beam_world import begin, plain_impact
from benchmarks.beam_throughput import reports_alone
from quake.adapters.magnitude_model import load_magnitude_model
from quake.adapters.storage import open_storage
from quake.event import encode
from streaming.score import impact_of_event
from streaming.records import Change, Decided, fields_of, to_bytes
from streaming.step_alert import AlertStep
from streaming.step_region import RegionStep
from streaming.steps import IdentifyStep

REPORTS = 3_000
IMPACTS = 300
"""Reports of which the real impact is computed."""


def main(count: int = REPORTS) -> None:
    """Prints one line a step."""
    reports = reports_alone(count)
    identify, changes = IdentifyStep("world", begin()), []
    _time("identify, a report", reports, lambda report: changes.extend(identify.take(encode(report)).changes))
    quakes = len(identify.identities.world.quakes)
    print(f"identify keeps {len(identify.dump()) / quakes:.0f} bytes an earthquake")
    with tempfile.TemporaryDirectory() as folder:
        magnitudes = load_magnitude_model(open_storage(f"file://{folder}"))
        impact_of_event(magnitudes, reports[0])
        _time(
            "impact, a change",
            changes[:IMPACTS],
            lambda change: impact_of_event(magnitudes, change.resolution.preferred),
        )
    decided = _regions(changes)
    alert = AlertStep("alerts", begin())
    payloads = [to_bytes(item) for item in sorted(decided, key=lambda item: item.number)]
    _time("alert, a change", payloads, alert.take)


def _regions(changes: list[Change]) -> list[Decided]:
    """Every region's step on what it hears."""
    for change in changes:
        change.impact = fields_of(plain_impact(change.resolution.preferred))
    heard = [(region, to_bytes(change)) for change in changes for region in change.hearing]
    steps = {region: RegionStep(region, begin()) for region, _ in heard}
    decided: list[Decided] = []
    print(f"a change is heard by {len(heard) / len(changes):.1f} regions")
    _time("assess, a change and region", heard, lambda item: decided.extend(steps[item[0]].take(item[1]).decided))
    return decided


def _time(name: str, items: Iterable, take: Callable) -> None:
    items = list(items)
    began = time.process_time()
    for item in items:
        take(item)
    print(f"{name}: {(time.process_time() - began) / len(items) * 1e6:.0f} us of CPU")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
