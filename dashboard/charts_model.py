"""Charts of the model page: the score as it ran, and what the chances meant."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from dashboard.api import Row
from dashboard.charts import ACCENT, BASELINE, time_axis

ROLES = {"champion": ACCENT, "challenger": BASELINE}
LEGEND = alt.Legend(orient="top", title=None)
HEIGHT = 270


def running_chart(rows: Sequence[Row]) -> alt.LayerChart:
    """Gain of each issue as a point and up to then as a line, by model; the normal day is the line at zero."""
    table = pd.DataFrame(rows).assign(issued_at=lambda found: pd.to_datetime(found["issued_at"]))
    chart = alt.Chart(table).encode(
        x=time_axis("issued_at", table["issued_at"]),
        color=_colours(table),
        tooltip=["role:N", "issued_at:T", "forecasts:Q", "observed:Q", alt.Tooltip("running_gain:Q", format=".4f")],
    )
    points = chart.mark_point(size=18, opacity=0.35).encode(y=alt.Y("gain:Q", title="nats a forecast"))
    line = chart.mark_line(strokeWidth=2.5).encode(y="running_gain:Q")
    zero = alt.Chart(pd.DataFrame({"y": [0.0]})).mark_rule(strokeDash=[4, 4], color="#808a94").encode(y="y:Q")
    return (zero + points + line).properties(height=HEIGHT)


def reliability_chart(scores: Sequence[Row]) -> alt.LayerChart:
    """Observed frequency against the mean chance of each class, with 95 % intervals; zeros lie at the floor."""
    bins = [part | {"role": row["role"]} for row in scores for part in row["reliability"]]
    floor = 0.3 * min(max(part["mean_probability"], 1e-6) for part in bins)
    table = pd.DataFrame(_point(part, floor) for part in bins)
    axis = alt.Axis(
        format="~%", values=[10.0**power for power in range(-6, 1) if 10.0**power >= floor], gridOpacity=0.5
    )
    scale = alt.Scale(type="log", domain=[floor, 1.0], nice=False)
    chart = alt.Chart(table).encode(
        x=alt.X("chance:Q", title="chance given", scale=scale, axis=axis),
        color=_colours(table),
        tooltip=[
            "role:N",
            alt.Tooltip("chance:Q", format=".3%"),
            alt.Tooltip("happened:Q", format=".3%"),
            "forecasts:Q",
        ],
    )
    perfect = alt.Chart(pd.DataFrame({"p": [floor, 1.0]})).mark_line(strokeDash=[4, 4], color="#808a94")
    perfect = perfect.encode(x=alt.X("p:Q", scale=scale), y=alt.Y("p:Q", scale=scale))
    happened = alt.Y("shown:Q", title="how often it happened", scale=scale, axis=axis)
    points = chart.mark_point(filled=True, opacity=1, size=80).encode(y=happened)
    bars = chart.mark_rule(strokeWidth=2).encode(y=alt.Y("low:Q", scale=scale), y2="high:Q")
    return (perfect + bars + points).properties(height=HEIGHT)


def _colours(table: pd.DataFrame) -> alt.Color:
    """The same colour for a role in every chart; the legend names only those that are there."""
    shown = {role: colour for role, colour in ROLES.items() if role in set(table["role"])}
    return alt.Color("role:N", scale=alt.Scale(domain=list(shown), range=list(shown.values())), legend=LEGEND)


def _point(part: Row, floor: float) -> Row:
    chance, happened = max(part["mean_probability"], floor), part["frequency"]
    low, high = (part["mean_probability"] * (part["ratio"][end] or 0.0) for end in ("low", "high"))
    clipped = {"shown": max(happened, floor), "low": max(low, floor), "high": min(max(high, floor), 1.0)}
    return {"role": part["role"], "chance": chance, "happened": happened, "forecasts": part["count"], **clipped}
