"""Per-event scores of the exact ETAS with published parameters: the file for `quake benchmark forecast --against`."""

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from batch.benchmark_catalogue import day_of, read_catalogue
from batch.benchmark_forecast import write_scores
from quake.etas_oracle import PublishedEtas, exact_scores
from quake.score import temporal_scores


def main(
    catalog: Annotated[Path, typer.Option(help="CSV with time, latitude, longitude, magnitude, x, y")],
    published: Annotated[Path, typer.Option(help="JSON of published parameters")],
    test_start: Annotated[str, typer.Option(help="First day scored")],
    test_end: Annotated[str, typer.Option(help="Day after the last one scored")],
    out: Annotated[Path, typer.Option(help="Where the scores go")],
) -> None:
    """Scores every event of the test window against every event before it: minutes."""
    model = PublishedEtas.from_published(json.loads(published.read_text(encoding="utf-8")))
    reports = read_catalogue(catalog, model.mc).reports
    reports = reports[reports[:, 0] < day_of(test_end, "--test-end")]
    first = int(np.searchsorted(reports[:, 0], day_of(test_start, "--test-start")))
    rate, integral, density = exact_scores(model, reports, first).T
    scores = np.column_stack([reports[first:, 0], temporal_scores(rate, integral), density])
    write_scores(out, scores)
    typer.echo(f"TLL {scores[:, 1].mean():.4f} SLL {scores[:, 2].mean():.4f} over {len(scores)} events")


if __name__ == "__main__":
    typer.run(main)
