"""What the tree costs in skill: the streaming log density less the sum over every pair, on a sample of test events."""

# pylint: disable=too-many-locals,too-many-arguments,too-many-positional-arguments  # the parts of one formula; a command's options

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from batch.benchmark_catalogue import day_of, read_catalogue
from batch.train_etas import read_parameters
from quake.etas import RegionState
from quake.etas_depth import deepness, with_depth
from quake.etas_parameters import WIDTHS, EtasParameters


def main(
    catalog: Annotated[Path, typer.Option(help="CSV with time, latitude, longitude, magnitude")],
    parameters: Annotated[Path, typer.Option(help="Fitted parameters, from --parameters of the benchmark")],
    test_start: Annotated[str, typer.Option(help="First day compared")],
    test_end: Annotated[str, typer.Option(help="Day after the last one compared")],
    polygon: Annotated[Path | None, typer.Option(help="Corners, rows of latitude, longitude: .npy or CSV")] = None,
    events: Annotated[int, typer.Option(help="Events compared, evenly over the window")] = 600,
) -> None:
    """Mean, 1 % and 99 % quantile and the largest of the difference, nats."""
    model, until = read_parameters(parameters)[0], day_of(test_end, "--test-end")
    reports = read_catalogue(catalog, model.mc, polygon, day_of(test_start, "--test-start")).reports
    reports = reports[reports[:, 0] < until]
    first = int(np.searchsorted(reports[:, 0], day_of(test_start, "--test-start")))
    rows = np.linspace(first, len(reports) - 1, events).astype(int)
    arrivals = RegionState(model).observe_all(reports)
    apart = np.array([arrivals[row, 2] - exact_log_density(model, reports, arrivals, row) for row in rows])
    low, high = np.quantile(apart, [0.01, 0.99])
    typer.echo(f"{events} events: mean {apart.mean():+.4f}, 1 % {low:+.4f}, 99 % {high:+.4f}, "
               f"largest {np.abs(apart).max():.4f} nats")  # fmt: skip


def exact_log_density(
    model: EtasParameters, reports: NDArray[np.float64], arrivals: NDArray[np.float64], row: int
) -> float:
    """Log density of the place of report `row` by the equations of `EtasParameters`, every earlier report summed."""
    before = reports[:row, 0] < reports[row, 0]
    source, width, p_bg = reports[:row][before], arrivals[:row, 4][before], arrivals[:row, 3][before]
    age, excess = reports[row, 0] - source[:, 0], source[:, 3] - model.mc
    squared = ((source[:, 1:3] - reports[row, 1:3]) ** 2).sum(1)
    size = model.deep_space ** deepness(with_depth(source)[:, 4]) * np.exp(model.a_space * excess)
    weight = size * (age + model.c) ** -model.p * np.exp(-age / model.tau)
    spread = model.d * np.exp(model.gamma * excess) * width**model.eta
    kernel = (1 + squared / spread) ** -(1 + model.rho) - (model.reach + squared / spread) ** -(1 + model.rho)
    kernel *= model.rho / np.pi / spread / (1 - model.reach**-model.rho)
    near, far = (_background(squared, p_bg, (size * width) ** 2, model.area_km2) for size in WIDTHS)
    ground = model.near * near + model.far * far + (1 - model.near - model.far) / model.area_km2
    mixture = (model.background * ground + (weight * kernel).sum()) / (model.background + weight.sum())
    steady = model.steady * arrivals[row, 8] / arrivals[row, 0]
    return float(np.log(steady * ground + (1 - steady) * mixture))


def _background(
    squared: NDArray[np.float64], p_bg: NDArray[np.float64], spread: NDArray[np.float64], area_km2: float
) -> float:
    """Kernels h^2 / pi / (r^2 + h^2)^2 weighted by p_bg, and one made-up earthquake spread evenly."""
    kernels = (p_bg * spread / np.pi / (squared + spread) ** 2).sum()
    return float((kernels + 1 / area_km2) / (p_bg.sum() + 1))


if __name__ == "__main__":
    typer.run(main)
