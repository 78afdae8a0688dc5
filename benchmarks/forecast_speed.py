"""What a report costs the model as history grows: CPU time of each tenth of a simulated replay, and of one question."""

import time
from dataclasses import replace
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from quake.etas import RegionState
from quake.etas_parameters import CALIFORNIA
from quake.etas_risk import region_counts

CLUSTERS = 3000
PARTS = 10


def catalogue(events: int, seed: int = 1) -> NDArray[np.float64]:
    """Rows of days, x, y, magnitude >= 2.5: clusters of 0.1 to 30 km over 1,000 km, shuffled in time."""
    rng = np.random.default_rng(seed)
    centres, sizes = rng.uniform(-500, 500, (CLUSTERS, 2)), 10 ** rng.uniform(-1, 1.5, CLUSTERS)
    which = (CLUSTERS * rng.random(events) ** 3).astype(int)
    places = centres[which] + rng.normal(0, 1, (events, 2)) * sizes[which, None]
    magnitudes = np.minimum(2.5 + rng.exponential(1 / np.log(10), events), 7.8)
    return np.column_stack([np.cumsum(rng.exponential(0.17, events)), places, magnitudes])


def main(events: Annotated[int, typer.Option(help="Reports to replay")] = 600_000) -> None:
    """Microseconds of CPU a report in each tenth, and the last tenth over the first."""
    reports, state = catalogue(events), RegionState(replace(CALIFORNIA))
    RegionState(CALIFORNIA).observe_all(reports[:10])
    costs = []
    for part in np.array_split(reports, PARTS):
        begun = time.process_time()
        state.observe_all(part)
        costs.append((time.process_time() - begun) / len(part) * 1e6)
        typer.echo(f"{len(state):>8} reports: {costs[-1]:.0f} us a report")
    region_counts(state, 0.0, 0.0, float(reports[-1, 0]) + 1)
    begun = time.process_time()
    for place in range(50):
        region_counts(state, 10.0 * place, 0.0, float(reports[-1, 0]) + 1)
    question = (time.process_time() - begun) / 50 * 1e6
    typer.echo(f"last over first {costs[-1] / costs[0]:.2f}; counts in a disc {question:.0f} us")


if __name__ == "__main__":
    typer.run(main)
