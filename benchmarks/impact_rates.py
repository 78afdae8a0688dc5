"""How often each of our colours would have been shown: all earthquakes of M5 and more from 2013 to 2023.

    python -m benchmarks.impact_rates FOLDER

FOLDER holds `comcat/global_m5_2013_2023.csv.gz`.
"""

import csv
import gzip
import sys
from collections import Counter
from pathlib import Path

from benchmarks.impact_rated import Rated, colour
from quake.levels import LEVELS

COLUMNS = ("latitude", "longitude", "depth", "mag")


def main(folder: Path) -> None:
    """Prints one line."""
    with gzip.open(folder / "comcat/global_m5_2013_2023.csv.gz", "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["type"] == "earthquake"]
    counts = Counter(colour(Rated(row["time"], *(float(row[name]) for name in COLUMNS), "")) for row in rows)
    colours = ", ".join(f"{counts[level]:,} {level}" for level in LEVELS)
    print(f"All {len(rows):,} earthquakes of M5 and more, 2013 to 2023: {colours}.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
