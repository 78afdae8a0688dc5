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
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")


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


def people_chart(people: Sequence[int]) -> alt.LayerChart:
    """People at each intensity from III up, on a logarithmic scale, with the figures; `people` begins with MMI 1."""
    rows = [{"intensity": ROMAN[i], "people": count, "shown": count or None} for i, count in enumerate(people) if i > 1]
    chart = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("intensity:O", title="expected intensity (MMI)", sort=None, axis=alt.Axis(labelAngle=0)),
        y=alt.Y(
            "shown:Q", title="people", scale=alt.Scale(type="log", domainMin=1), axis=alt.Axis(format="~s", tickCount=4)
        ),
        tooltip=["intensity:O", alt.Tooltip("people:Q", format=",")],
    )
    words = chart.mark_text(dy=-7, color="#7d8894").encode(text=alt.Text("people:Q", format=".2~s"))
    return (chart.mark_bar(color=ACCENT).encode(y2=alt.datum(1)) + words).properties(height=180)


def time_axis(column: str, times: pd.Series) -> alt.X:
    """A horizontal axis in UTC, whatever the reader's clock says; hours where the span is short, else days."""
    short = len(times) > 0 and times.max() - times.min() < pd.Timedelta(days=2)
    axis = alt.Axis(tickCount=6, labelOverlap=True, format="%H:%M" if short else "%d %b %Y")
    return alt.X(f"{column}:T", title="UTC" if short else None, axis=axis, scale=alt.Scale(type="utc"))


def _panel(table: pd.DataFrame, column: str, label: str) -> alt.LayerChart:
    chart = alt.Chart(table).encode(
        x=time_axis("assessed_at", table["assessed_at"]),
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
