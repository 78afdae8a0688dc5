"""Small charts of one earthquake: how its solution changed, and what may follow against a normal day."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard.api import Row

ACCENT, BASELINE = "#0072b2", "#e69f00"
"""Blue and orange of Okabe and Ito (2008): readable on light and dark, told apart by colour-blind eyes."""
PANELS = {"magnitude": "Magnitude", "intensity": "MMI at the epicentre", "probability": "Chance of M5+ in 7 days"}
HEADLINE_DAYS = 7


def revision_charts(assessments: Sequence[Row]) -> list[alt.LayerChart]:
    """Magnitude, intensity and headline probability by the time each revision became known, one below the other."""
    table = pd.DataFrame(assessments).assign(assessed_at=lambda rows: pd.to_datetime(rows["assessed_at"]))
    return [_panel(table, column, label) for column, label in PANELS.items()]


def probability_chart(forecast: Sequence[Row]) -> alt.LayerChart:
    """Probability of at least one earthquake above each magnitude in 7 days, beside a normal day's."""
    chosen = [item for item in forecast if item["horizon_days"] == HEADLINE_DAYS]
    kinds = {"probability": "now", "baseline_probability": "a normal day"}
    rows = [
        {"magnitude": item["magnitude_min"], "chance": item[column], "of": kind}
        for item in chosen
        for column, kind in kinds.items()
    ]
    chart = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("magnitude:Q", title="at least magnitude", axis=alt.Axis(values=_magnitudes(chosen), format=".0f")),
        y=alt.Y("chance:Q", title=f"chance in {HEADLINE_DAYS} days", scale=alt.Scale(type="log"), axis=_percent_axis()),
        color=alt.Color("of:N", title=None, scale=alt.Scale(range=[BASELINE, ACCENT]), legend=alt.Legend(orient="top")),
        tooltip=["of:N", "magnitude:Q", alt.Tooltip("chance:Q", format=".3%")],
    )
    return (chart.mark_line() + chart.mark_point(filled=True, size=60)).properties(height=240)


def _panel(table: pd.DataFrame, column: str, label: str) -> alt.LayerChart:
    chart = alt.Chart(table).encode(
        x=alt.X("assessed_at:T", title=None, axis=alt.Axis(tickCount=6, labelOverlap=True)),
        y=alt.Y(f"{column}:Q", title=None, scale=alt.Scale(zero=False), axis=_axis(column)),
        tooltip=["revision:Q", alt.Tooltip("assessed_at:T", format="%Y-%m-%d %H:%M"), f"{column}:Q", "review_status:N"],
    )
    status = alt.Shape(
        "review_status:N", title=None, legend=alt.Legend(orient="top") if column == "magnitude" else None
    )
    steps, points = chart.mark_line(interpolate="step-after", color=ACCENT), chart.mark_point(size=70, color=ACCENT)
    return (steps + points.encode(shape=status)).properties(title=label, height=200 if column == "magnitude" else 160)


def _axis(column: str) -> Any:
    return _percent_axis() if column == "probability" else alt.Axis(tickCount=4, format=".1f")


def _percent_axis() -> alt.Axis:
    return alt.Axis(format="~%", tickCount=4)


def _magnitudes(forecast: Sequence[Row]) -> list[float]:
    return sorted({item["magnitude_min"] for item in forecast})
