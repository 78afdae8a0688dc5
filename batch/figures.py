"""Pictures of a fitted model for its MLflow run: where a normal day expects earthquakes, how aftershocks decay."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from quake.model import ForecastModel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAIN_MAGNITUDES = (5.0, 6.0, 7.0, 8.0)


def figures_of(model: ForecastModel) -> dict[str, bytes]:
    """PNG files by name."""
    drawn = {"background.png": _background, "aftershocks.png": _aftershocks}
    return {name: _png(draw, model) for name, draw in drawn.items()}


def _png(draw: "Callable[[Axes, ForecastModel], None]", model: ForecastModel) -> bytes:
    # Not pyplot: it keeps every figure and may look for a screen.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure, buffer = Figure(figsize=(8, 4.5), dpi=110, layout="constrained"), io.BytesIO()
    draw(figure.subplots(), model)
    FigureCanvasAgg(figure).print_png(buffer)
    return buffer.getvalue()


def _background(axes: "Axes", model: ForecastModel) -> None:
    grid = model.background
    seen = axes.imshow(np.log10(grid.rates), origin="lower", extent=(-180, 180, -90, 90), aspect="auto", cmap="magma")
    axes.figure.colorbar(seen, label=f"log10 of M >= {grid.mc:g} a year and cell")
    axes.set(title="A normal year", xlabel="longitude", ylabel="latitude")


def _aftershocks(axes: "Axes", model: ForecastModel) -> None:
    law, days = model.reasenberg_jones, np.logspace(-2, 2.5, 200)
    for magnitude in MAIN_MAGNITUDES:
        rate = 10 ** (law.a + law.b * (magnitude - model.background.mc)) * (days + law.c) ** -law.p
        axes.loglog(days, rate, label=f"after M {magnitude:g}")
    axes.set(title="Reasenberg-Jones", xlabel="days", ylabel=f"M >= {model.background.mc:g} a day")
    axes.legend()
