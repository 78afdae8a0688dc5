"""What plain column drift would have said: Evidently's preset on each month of Japan and the month before.

python -m benchmarks.drift_evidently [CATALOGUE.csv.gz]
"""

import json
import sys
from pathlib import Path

import numpy as np

from batch.drift import compared
from benchmarks.drift_japan import END, FIRST, SHARED
from benchmarks.drift_stream import Stream, read_stream

MONTH_S = 30.44 * 86_400.0
ROWS_MIN = 20


def main() -> None:
    """Prints months compared, months in which Evidently calls the data drifted, and those in which magnitudes are."""
    stream = read_stream(Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED, FIRST, END)
    edges = np.arange(FIRST.timestamp(), END.timestamp(), MONTH_S)
    months = [stream.where((stream.at_s >= low) & (stream.at_s < low + MONTH_S)) for low in edges]
    pairs = [pair for pair in zip(months, months[1:]) if min(len(month.at_s) for month in pair) >= ROWS_MIN]
    verdicts = [{row["name"]: row["drifted"] for row in compared(*map(_table, pair))[1]} for pair in pairs]
    counts = {name: sum(verdict[name] for verdict in verdicts) for name in verdicts[0]}
    print(json.dumps({"months": len(pairs), "drifted": counts}))


def _table(stream: Stream) -> "object":
    import pandas as pd

    names = ("magnitude", "latitude", "longitude")
    table = pd.DataFrame({name: getattr(stream, name) for name in names})
    return table.assign(**dict.fromkeys(("depth_km", "nst", "gap_deg", "dmin_deg", "rms_s"), np.nan)).assign(
        **dict.fromkeys(("source", "magnitude_type", "review_status", "network"), "x")
    )


if __name__ == "__main__":
    main()
