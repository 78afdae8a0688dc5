"""False alarms of the drift watch on Japan 2008 to 2019, and its delay after injected faults beside a CUSUM's.

    python -m benchmarks.drift_japan [CATALOGUE.csv.gz] [--onsets N] [--json FILE] [--without-cusum]

The catalogue is the USGS's (shared data: benchmark/Japan_catalog.csv.gz). Nothing is injected into the first run.
Faults begin at times drawn from July 2009 to 2018; a delay that outlasts two years counts as two years.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from batch.flow_steps import REST_DAYS
from benchmarks.drift_cusum import cusum_delay
from benchmarks.drift_stream import Stream, alarms_of, read_stream, replayed
from quake.seismicity import mc_maximum_curvature
from streaming.drift import DAY_S, Watch

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "benchmark" / "Japan_catalog.csv.gz"
LEARNT, FIRST, LAST, END = (datetime(year, 1, 1, tzinfo=UTC) for year in (1998, 2008, 2019, 2020))
STABLE = datetime(2009, 7, 1, tzinfo=UTC)
"""At the start of 2009 the catalogue lost its earthquakes below M 4: a real change, alarms there are right."""
LONGEST = timedelta(days=730)

Fault = Callable[[Stream, datetime], Stream]


def main() -> None:
    """Runs it and prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("catalogue", type=Path, nargs="?", default=SHARED)
    parser.add_argument("--onsets", type=int, default=60)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--without-cusum", action="store_true", help="the watch alone, a few seconds")
    asked = parser.parse_args()
    stream = read_stream(asked.catalogue, LEARNT, END)
    result = {"untouched": untouched(stream), "faults": delays(stream, asked.onsets, not asked.without_cusum)}
    text = json.dumps(result, indent=1)
    if asked.json:
        asked.json.write_text(text + "\n", encoding="utf-8")
    print(text)


def untouched(stream: Stream) -> dict[str, Any]:
    """Alarms of the untouched run, and how often they start a fit: not within REST_DAYS of the one before."""
    found = [alarm for alarm in alarms_of(Watch(), stream, LEARNT, END) if alarm.raised_at >= FIRST]
    years, starts = (END - FIRST).days / 365.25, list[datetime]()
    for alarm in found:
        if not starts or alarm.raised_at - starts[-1] > timedelta(days=REST_DAYS):
            starts.append(alarm.raised_at)
    return {
        "retrains": len(starts),
        "retrains_a_year": round(len(starts) / years, 2),
        "alarms": len(found),
        "a_year": round(len(found) / years, 2),
        "by_statistic": dict(Counter(alarm.statistic for alarm in found)),
        "at": [f"{alarm.raised_at:%Y-%m-%d} {alarm.statistic}" for alarm in found],
    }


def delays(stream: Stream, onsets: int, cusum: bool = True, seed: int = 1) -> dict[str, Any]:
    """Median and 95 % delays in events of the true catalogue and in days, ours and the CUSUM's, by fault."""
    seconds = np.sort(np.random.default_rng(seed).uniform(STABLE.timestamp(), LAST.timestamp(), onsets))
    times = [datetime.fromtimestamp(second, UTC) for second in seconds]
    table: dict[str, Any] = {}
    for at, watch in _watches(stream, times):
        for name, fault in FAULTS.items():
            for who, when in _raced(watch(), stream, fault(stream, at), at, cusum).items():
                days = (when - at).total_seconds() / DAY_S
                table.setdefault(name, {}).setdefault(who, []).append((stream.count(at, when), days))
    return {name: {who: _summary(rows) for who, rows in both.items()} for name, both in table.items()}


def _raced(watch: Watch, stream: Stream, faulty: Stream, at: datetime, cusum: bool) -> dict[str, datetime]:
    """When each raises its first alarm after the fault."""
    first = next(iter(alarms_of(watch, faulty, at, at + LONGEST)), None)
    ours = first.raised_at if first else at + LONGEST
    theirs = {"cusum": cusum_delay(stream, faulty, at, at + LONGEST)} if cusum else {}
    return {"watch": ours} | theirs


def _watches(stream: Stream, times: list[datetime]) -> Iterator[tuple[datetime, Callable[[], Watch]]]:
    """Each onset with a maker of the watch as it stood then."""
    watch, since = Watch(), LEARNT
    for at in times:
        replayed(watch, stream, since, at)
        state, since = json.dumps(watch.to_state()), at
        yield at, lambda state=state: Watch.from_state(json.loads(state))


def _summary(rows: list[tuple[int, float]]) -> dict[str, float]:
    events, days = np.array(rows, float).T
    figures = {"median_events": np.median(events), "p95_events": np.quantile(events, 0.95)}
    figures |= {"median_days": np.median(days), "p95_days": np.quantile(days, 0.95)}
    return {name: round(float(value), 1) for name, value in figures.items()}


def less_complete(stream: Stream, at: datetime) -> Stream:
    """From `at` on nothing below the year's own completeness magnitude + 0.5 is reported."""
    before = stream.between(at - timedelta(days=365), at)
    cut = mc_maximum_curvature(before.magnitude) + 0.5
    return stream.where((stream.at_s < at.timestamp()) | (stream.magnitude >= cut - 1e-6))


def shifted(stream: Stream, at: datetime) -> Stream:
    """From `at` on every magnitude is 0.2 larger, as when mb gives way to Mw."""
    return stream.with_magnitude(stream.magnitude + 0.2 * (stream.at_s >= at.timestamp()))


FAULTS: dict[str, Fault] = {"mc + 0.5": less_complete, "magnitude + 0.2": shifted}

if __name__ == "__main__":
    main()
