"""Answers of the warehouse as tables, files and charts."""

import altair as alt
import pandas as pd

from dashboard.api import Answer
from dashboard.charts import ACCENT

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets run text that begins so."""


def as_frame(answer: Answer) -> pd.DataFrame:
    """The answer with times as times; a name that comes twice gets a number."""
    names: list[str] = []
    for name in answer.columns:
        names.append(name if name not in names else f"{name} {len(names) + 1}")
    table = pd.DataFrame(answer.rows, columns=names)
    for name, kind in zip(names, answer.types):
        if kind.startswith("timestamp"):
            table[name] = pd.to_datetime(table[name], format="ISO8601", errors="coerce", utc=True)
    return table


def as_csv(table: pd.DataFrame) -> bytes:
    """UTF-8 with a header; text that a spreadsheet would take for a formula is quoted with an apostrophe."""
    return table.map(_harmless).to_csv(index=False).encode()


def numeric(table: pd.DataFrame) -> list[str]:
    """Names of the columns that hold numbers."""
    return [name for name in table.columns if pd.api.types.is_numeric_dtype(table[name])]


def chart_of(table: pd.DataFrame, x: str, y: str) -> alt.Chart:
    """A column against another: points over times and numbers, bars over names."""
    named = (
        table[[x, y]].set_axis(["x", "y"], axis=1)
        if x != y
        else table[[x]].assign(y=table[y]).set_axis(["x", "y"], axis=1)
    )
    is_time, is_number = pd.api.types.is_datetime64_any_dtype(named["x"]), pd.api.types.is_numeric_dtype(named["x"])
    kind = "temporal" if is_time else "quantitative" if is_number else "nominal"
    named = named if kind != "nominal" else named.assign(x=named["x"].astype(str)).head(200)
    chart = alt.Chart(named)
    drawn = (
        chart.mark_bar(color=ACCENT) if kind == "nominal" else chart.mark_point(color=ACCENT, filled=True, opacity=0.7)
    )
    more = {"nominal": {"sort": None}, "temporal": {"scale": alt.Scale(type="utc")}}.get(kind, {})
    across = alt.X("x", type=kind, title=x, **more)
    return drawn.encode(x=across, y=alt.Y("y", type="quantitative", title=y), tooltip=["x", "y"]).properties(height=340)


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
