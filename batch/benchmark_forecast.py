"""Scores the space-time model against the even one, event by event, as EarthquakeNPP does."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import typer
from numpy.typing import NDArray
from tqdm import tqdm

from batch.benchmark_catalogue import Catalogue
from quake import score
from quake.etas import RegionState
from quake.etas_parameters import EtasParameters

CHUNK = 2000
HEADER = "days,tll,sll"


def window_scores(catalogue: Catalogue, parameters: EtasParameters, test: tuple[float, float]) -> NDArray[np.float64]:
    """Days, TLL and SLL of each test event, shape (n, 3): what the served state says of each report as it arrives.

    The catalogue's area is one region: nothing to blend.
    """
    state, rows = RegionState(parameters), []
    reports = catalogue.reports[catalogue.reports[:, 0] < test[1]]
    with tqdm(total=len(reports), desc="replay", unit="report") as progress:
        for start in range(0, len(reports), CHUNK):
            part = reports[start : start + CHUNK]
            arrivals = state.observe_all(part)
            rows.append(
                np.column_stack([part[:, 0], score.temporal_scores(arrivals[:, 0], arrivals[:, 1]), arrivals[:, 2]])
            )
            progress.update(len(part))
    scores = np.concatenate(rows)
    inside = scores[:, 0] >= test[0]
    if not inside.any():
        raise typer.BadParameter("no earthquakes between --test-start and --test-end")
    return scores[inside]


def even_scores(catalogue: Catalogue, train_end: float, days: NDArray[np.float64]) -> NDArray[np.float64]:
    """TLL and SLL of the test events at `days` under an even rate, shape (n, 2), from what lies before `train_end`."""
    times = catalogue.reports[:, 0]
    known = times[times < train_end]
    first = int(np.searchsorted(times, days[0]))
    waits = np.diff(days, prepend=times[max(0, first - 1)])
    temporal, spatial = score.poisson_scores(len(known), train_end - known[0], waits, catalogue.area_km2)
    return np.column_stack([temporal, spatial])


def summary(scores: NDArray[np.float64], even: NDArray[np.float64], seed: int = 1) -> dict[str, Any]:
    """Means, and the gain over the even model with its paired 95 % block-bootstrap interval, nats an event."""
    gain = score.block_bootstrap(scores[:, 1:].sum(1) - even.sum(1), np.random.default_rng(seed))
    return {
        "events": len(scores),
        "model": {"tll": float(scores[:, 1].mean()), "sll": float(scores[:, 2].mean())},
        "poisson": {"tll": float(even[:, 0].mean()), "sll": float(even[:, 1].mean())},
        "gain": gain.value,
        "gain_ci95": [gain.low, gain.high],
    }


def against(scores: NDArray[np.float64], other: Path, seed: int = 1) -> dict[str, Any]:
    """Gain over another model's per-event score file (HEADER), paired by event, nats an event."""
    if not other.is_file():
        raise typer.BadParameter(f"no score file at {other}")
    theirs = np.loadtxt(other, delimiter=",", skiprows=1)
    if theirs.shape != scores.shape or np.abs(theirs[:, 0] - scores[:, 0]).max() > 1e-4:
        raise typer.BadParameter(f"{other} scores other events: {len(theirs)} rows for {len(scores)} test events")
    parts = {"total": scores[:, 1:].sum(1) - theirs[:, 1:].sum(1), "tll": scores[:, 1] - theirs[:, 1]}
    parts["sll"] = scores[:, 2] - theirs[:, 2]
    return {name: asdict(score.block_bootstrap(gain, np.random.default_rng(seed))) for name, gain in parts.items()}


def write_scores(path: Path, scores: NDArray[np.float64]) -> None:
    """Per-event scores as CSV, one row a test event."""
    np.savetxt(path, scores, delimiter=",", header=HEADER, comments="", fmt="%.9f")
